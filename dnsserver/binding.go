package dnsserver

import (
	"encoding/binary"
	"net/netip"
	"slices"

	"meridian/routing"
)

// Keys of service parameters (RFC 9460 §14.3.2).
const (
	keyALPN     = 1
	keyPort     = 3
	keyIPv4Hint = 4
	keyIPv6Hint = 6
)

const httpsPort = 443

func (b ServiceBinding) port() uint16 {
	if b.Port == 0 {
		return httpsPort
	}
	return b.Port
}

// binding is the data of an HTTPS record in the parts a reply is made of: the
// hints are those of the families that the profile answers.
type binding struct {
	head  []byte    // priority, target, alpn, port
	hints [2][]byte // by routing.Family; empty: no such hint
}

// newBinding returns what an answer set's HTTPS record says, nil where it has
// none: something behind it has no TLS listener, or they disagree on the port
// or have no protocol in common.
func newBinding(set routing.AnswerSet, c *Content) *binding {
	shared, ok := sharedBinding(set, c)
	if !ok || len(shared.ALPN) == 0 {
		return nil
	}
	b := &binding{head: []byte{0, 1, 0}} // ServiceMode, priority 1, target: the owner itself
	b.head = appendParam(b.head, keyALPN, alpnList(shared.ALPN))
	if shared.port() != httpsPort {
		b.head = appendParam(b.head, keyPort, binary.BigEndian.AppendUint16(nil, shared.port()))
	}
	b.hints[routing.IPv4] = appendHints(keyIPv4Hint, set.IPv4)
	b.hints[routing.IPv6] = appendHints(keyIPv6Hint, set.IPv6)
	return b
}

// alpnList returns identifiers as character strings (RFC 9460 §7.1.1).
func alpnList(ids []string) []byte {
	var list []byte
	for _, id := range ids {
		list = append(append(list, byte(len(id))), id...)
	}
	return list
}

// sharedBinding returns the binding that all that stands behind a set shares.
func sharedBinding(set routing.AnswerSet, c *Content) (shared ServiceBinding, ok bool) {
	if set.Location != routing.NoLocation {
		shared, ok = c.LocationHTTPS[set.Location]
		return shared, ok
	}
	for i, e := range set.Endpoints {
		b, known := c.HTTPS[e]
		switch {
		case !known, i > 0 && b.port() != shared.port():
			return ServiceBinding{}, false
		case i == 0:
			shared = ServiceBinding{ALPN: slices.Clone(b.ALPN), Port: b.Port}
		default:
			shared.ALPN = slices.DeleteFunc(shared.ALPN, func(id string) bool { return !slices.Contains(b.ALPN, id) })
		}
	}
	return shared, len(set.Endpoints) > 0
}

func appendParam(b []byte, key uint16, value []byte) []byte {
	b = binary.BigEndian.AppendUint16(b, key)
	b = binary.BigEndian.AppendUint16(b, uint16(len(value)))
	return append(b, value...)
}

func appendHints(key uint16, addrs []netip.Addr) []byte {
	if len(addrs) == 0 {
		return nil
	}
	var list []byte
	for _, addr := range addrs {
		list = append(list, addr.AsSlice()...)
	}
	return appendParam(nil, key, list)
}

// secureProfiles tells which profiles may have an HTTPS record at all. Others
// deny it for every client alike.
func (v *View) secureProfiles() []bool {
	plan := v.plan()
	if plan == nil || len(v.content.HTTPS)+len(v.content.LocationHTTPS) == 0 {
		return nil
	}
	secure := make([]bool, len(plan.Profiles))
	// A nested profile may come before or after its parent: one pass per level.
	for range routing.MaxDepth {
		id := routing.EndpointID(0)
		for p := range plan.Profiles {
			for i := range plan.Profiles[p].Endpoints {
				secure[p] = secure[p] || v.secureTarget(secure, &plan.Profiles[p].Endpoints[i].Target, id)
				id++
			}
		}
	}
	return secure
}

func (v *View) secureTarget(secure []bool, t *routing.Target, id routing.EndpointID) bool {
	switch t.Kind {
	case routing.TargetProfile:
		child, ok := v.content.Snapshot.ProfileID(t.Profile)
		return ok && secure[child]
	case routing.TargetLocation, routing.TargetGateway:
		location, ok := v.content.Snapshot.LocationID(t.Location)
		_, bound := v.content.LocationHTTPS[location]
		return ok && bound
	}
	_, bound := v.content.HTTPS[id]
	return bound
}
