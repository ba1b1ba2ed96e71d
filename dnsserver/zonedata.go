package dnsserver

import (
	"encoding/binary"
	"net/netip"
	"slices"

	"meridian/dnswire"
)

// addSOA makes the SOA record. The first name server is the primary.
func (b *zoneBuild) addSOA() {
	if len(b.in.NameServers) == 0 {
		b.fail("has no name servers: want at least 1")
		return
	}
	mailbox, err := b.mailbox()
	if err != nil {
		b.fail("has no room for a mailbox: %w", err)
		return
	}
	ttl := b.soaTTL()
	data := b.in.NameServers[0].Name.AppendWire(nil)
	data = mailbox.AppendWire(data)
	for _, v := range [...]uint32{b.in.Serial, soaRefresh, soaRetry, soaExpire, ttl} {
		data = binary.BigEndian.AppendUint32(data, v)
	}
	b.zone.soa = &rrset{rrtype: typeSOA, ttl: ttl}
	b.zone.soa.add(data, 0, b.zone.origin)
	b.zone.apex.sets = append(b.zone.apex.sets, b.zone.soa)
}

// soaTTL is the smallest profile TTL of the zone, within bounds: a name may
// come into being as fast as an answer may change.
func (b *zoneBuild) soaTTL() uint32 {
	ttl := uint32(maxSOATTL)
	for _, id := range b.in.Profiles {
		ttl = min(ttl, b.profiles.profileTTL(id))
	}
	return max(ttl, minSOATTL)
}

// addServers makes the NS set at the apex and the addresses of name servers in
// the zone.
func (b *zoneBuild) addServers() {
	servers := &rrset{rrtype: typeNS, ttl: nameServerTTL}
	for _, ns := range b.in.NameServers {
		servers.add(ns.Name.AppendWire(nil), 0, b.zone.origin)
		if ns.Name.IsSubdomainOf(b.in.Origin) {
			b.addServerAddresses(ns)
		}
	}
	if servers.count > 0 {
		b.zone.apex.sets = append(b.zone.apex.sets, servers)
	}
}

func (b *zoneBuild) mailbox() (dnswire.Name, error) {
	if b.in.Mailbox != "" {
		return b.in.Mailbox, nil
	}
	return b.in.Origin.Child("hostmaster")
}

func (b *zoneBuild) addServerAddresses(ns NameServer) {
	if len(ns.Addresses) == 0 {
		b.fail("name server %q is in the zone and has no address: want at least one, as glue", ns.Name)
		return
	}
	b.addAddresses(b.node(ns.Name), ns.Addresses)
}

func (b *zoneBuild) addAddresses(n *node, addrs []netip.Addr) {
	for _, addr := range addrs {
		addr = addr.Unmap()
		rrtype := uint16(typeA)
		if addr.Is6() {
			rrtype = typeAAAA
		}
		n.ensure(rrtype, nameServerTTL).add(addr.AsSlice(), -1, nil)
	}
}

// ensure returns the node's RRset of a type, made if need be.
func (n *node) ensure(rrtype uint16, ttl uint32) *rrset {
	s := n.set(rrtype)
	if s == nil {
		s = &rrset{rrtype: rrtype, ttl: ttl}
		n.sets = append(n.sets, s)
	}
	return s
}

// addServerGlue notes the addresses that go with NS answers at the apex.
func (b *zoneBuild) addServerGlue() {
	for _, ns := range b.in.NameServers {
		if ns.Name.IsSubdomainOf(b.in.Origin) {
			b.zone.servers = append(b.zone.servers, b.addressesOf(ns.Name.AppendWire(nil), false)...)
		}
	}
}

// addressesOf returns the static address sets at a name of the zone.
func (b *zoneBuild) addressesOf(name []byte, required bool) []glue {
	n, ok := b.tree.names[string(name)]
	if !ok || n.zone != b.zone {
		return nil
	}
	var out []glue
	for _, rrtype := range [...]uint16{typeA, typeAAAA} {
		if s := n.set(rrtype); s != nil {
			out = append(out, glue{n.name[:len(n.name)-len(b.zone.origin)], s, required})
		}
	}
	return out
}

// addRecords sorts the static records into sets.
func (b *zoneBuild) addRecords() {
	for i := range b.in.Records {
		r := &b.in.Records[i]
		if why := b.unwanted(r); why != "" {
			b.fail("%s record at %q: %s", dnswire.TypeName(r.Type), r.Name, why)
			continue
		}
		b.addRecord(r)
	}
}

// unwanted says why a record cannot be served; empty: it can. reserved holds
// the names of the zone's name servers.
func (b *zoneBuild) unwanted(r *dnswire.Record) string {
	switch r.Type {
	case typeDNAME:
		return "not served"
	case typeSOA, typeNS:
		if r.Name == b.in.Origin {
			return "at the apex it comes from the document"
		}
	case typeA, typeAAAA, typeCNAME:
		if slices.ContainsFunc(b.in.NameServers, func(ns NameServer) bool { return ns.Name == r.Name }) {
			return "the addresses of a name server stand beside its name"
		}
	}
	return ""
}

func (b *zoneBuild) addRecord(r *dnswire.Record) {
	n := b.node(r.Name)
	if n == nil {
		return
	}
	if err := n.ensure(r.Type, r.TTL).addRecord(r.RR, b.zone.origin); err != nil {
		b.fail("%w", err)
	} else if target, ok := r.Target(); ok && r.Type == typeCNAME {
		n.alias = target.AppendWire(nil)
	}
}

// addCuts gives every node its delegation: that of the name above it, or its
// own NS set.
func (b *zoneBuild) addCuts() {
	for _, n := range b.nodes {
		if n == b.zone.apex {
			continue
		}
		n.cut = b.tree.names[string(parentName(n.name))].cut
		if servers := n.set(typeNS); n.cut == nil && servers != nil {
			n.cut = &cut{at: n, servers: servers}
		}
	}
	for i := range b.in.Records {
		b.addCutGlue(&b.in.Records[i])
	}
}

// addCutGlue adds the addresses of a delegation's name server.
func (b *zoneBuild) addCutGlue(r *dnswire.Record) {
	target, ok := r.Target()
	if r.Type != typeNS || !ok || !target.IsSubdomainOf(b.in.Origin) {
		return
	}
	n := b.tree.names[string(r.Name.AppendWire(nil))]
	if n != nil && n.cut != nil && n.cut.at == n {
		n.cut.glue = append(n.cut.glue, b.addressesOf(target.AppendWire(nil), target.IsSubdomainOf(r.Name))...)
	}
}
