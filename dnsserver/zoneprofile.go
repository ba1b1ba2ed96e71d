package dnsserver

import (
	"meridian/dnswire"
	"meridian/routing"
)

// profileInfo is what a tree needs to know of profiles.
type profileInfo interface {
	// profileTTL returns a profile's TTL in seconds.
	profileTTL(routing.ProfileID) uint32
	// isName reports whether a profile is answered with a name (CNAME).
	isName(routing.ProfileID) bool
}

// addProfiles marks the names at which profiles are answered.
func (b *zoneBuild) addProfiles() {
	for name, id := range b.in.Profiles {
		n := b.node(name)
		if n == nil {
			continue
		}
		n.dynamic, n.profile = true, id
		b.tree.profiles[name] = id
	}
}

// check reports data that cannot stand together.
func (b *zoneBuild) check() {
	for name, id := range b.in.Profiles {
		if n := b.tree.names[string(name.AppendWire(nil))]; n != nil && n.zone == b.zone {
			b.checkProfile(name, n, b.profiles.isName(id))
		}
	}
	for _, n := range b.nodes {
		b.checkNode(n)
	}
}

func (b *zoneBuild) checkNode(n *node) {
	if n.alias != nil && len(n.sets) > 1 {
		b.fail("CNAME record beside other data at a name (RFC 2181 §10.1)")
	}
	if n.wildcard != nil && n.wildcard.set(typeNS) != nil {
		b.fail("NS record at a wildcard (RFC 4592 §4.2)")
	}
}

// checkProfile reports static records that clash with a profile's answers.
func (b *zoneBuild) checkProfile(name dnswire.Name, n *node, isName bool) {
	if isName && n == b.zone.apex {
		b.fail("profile at %q answers a name: the apex cannot be a CNAME (RFC 1034 §3.6.2)", name)
		return
	}
	if n.cut != nil {
		b.fail("profile at %q: the name is delegated", name)
	}
	for _, s := range n.sets {
		if clashes(s.rrtype, isName) && n != b.zone.apex || n == b.zone.apex && clashes(s.rrtype, false) {
			b.fail("%s record at %q: a profile is answered there", dnswire.TypeName(s.rrtype), name)
		}
	}
}

func clashes(rrtype uint16, isName bool) bool {
	switch rrtype {
	case typeA, typeAAAA, typeCNAME, typeHTTPS:
		return true
	}
	return isName
}
