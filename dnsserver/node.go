package dnsserver

import "meridian/routing"

// node is a name that exists: one that holds data, or one that has names below
// it (an empty non-terminal, RFC 8020).
type node struct {
	zone     *zone
	name     []byte // wire form, lower case
	sets     []*rrset
	alias    []byte // target of the CNAME among sets: wire form, lower case
	dynamic  bool   // a profile is answered here
	profile  routing.ProfileID
	parent   bool  // names exist below
	wildcard *node // the name "*" below
	cut      *cut  // the topmost delegation at or above
}

// set returns the node's static RRset of a type, nil if there is none.
func (n *node) set(rrtype uint16) *rrset {
	for _, s := range n.sets {
		if s.rrtype == rrtype {
			return s
		}
	}
	return nil
}

// inhabited reports whether anything but the profile exists at or below the
// name, or whether it is an apex. Such a name cannot be denied.
func (n *node) inhabited() bool {
	return len(n.sets) > 0 || n.parent || n == n.zone.apex
}

// cut is a delegation (RFC 1034 §4.2.1).
type cut struct {
	at      *node
	servers *rrset
	glue    []glue
}

// glue is an address set in a referral.
type glue struct {
	prefix   []byte // the owner without the zone's origin
	set      *rrset
	required bool // in-domain: a referral without it is truncated (RFC 9471 §3.1)
}

// zone is what all names of a zone share.
type zone struct {
	origin  []byte // wire form, lower case
	labels  uint8
	apex    *node
	soa     *rrset // its TTL is its MINIMUM
	servers []glue // addresses of the zone's own name servers, for NS answers
	serial  uint32
}
