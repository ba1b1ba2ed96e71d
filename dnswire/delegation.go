package dnswire

import "github.com/miekg/dns"

// checkPlace checks one RRset against the delegations and redirections at and
// above its owner.
func (z *zoneCheck) checkPlace(name Name, set zoneSet) {
	glue := set.address() && z.hosts[name]
	first, kind := set.records[0], TypeName(set.rrtype)
	switch above, dname := z.above(name); {
	case dname != nil:
		z.fail(first, "%s record of %q lies below the DNAME of %q on line %d (RFC 6672 §2.4)", kind, name, above, dname.Line)
	case above != "" && !glue:
		z.fail(first, "%s record of %q lies below the delegation of %q: want only addresses of its name servers there", kind, name, above)
	case above == "" && z.delegates(name) && !set.atCut() && !glue:
		z.fail(first, "%s record of %q, which is delegated: want NS, DS and glue only", kind, name)
	}
}

// atCut reports whether the set may stand where a name is delegated; of a CNAME
// checkNode judges.
func (s zoneSet) atCut() bool {
	return s.rrtype == dns.TypeNS || s.rrtype == dns.TypeDS || s.rrtype == dns.TypeCNAME
}

// address reports whether the set holds addresses.
func (s zoneSet) address() bool { return s.rrtype == dns.TypeA || s.rrtype == dns.TypeAAAA }

func (n *zoneNode) hasAddress() bool { return n.set(dns.TypeA) != nil || n.set(dns.TypeAAAA) != nil }

// above returns the nearest delegation or redirection above name, empty when
// there is none; dname is nil for a delegation.
func (z *zoneCheck) above(name Name) (at Name, dname *Record) {
	for name != z.zone {
		name = name.Parent()
		if name != z.zone && z.delegates(name) {
			return name, nil
		}
		if set := z.nodes[name].set(dns.TypeDNAME); set != nil {
			return name, set[0]
		}
	}
	return "", nil
}

// delegates reports whether name, which is in the zone, is delegated.
func (z *zoneCheck) delegates(name Name) bool { return z.nodes[name].set(dns.TypeNS) != nil }

// checkGlue checks that name servers below their own delegation have an
// address (RFC 9471).
func (z *zoneCheck) checkGlue(cut Name, servers []*Record) {
	for _, r := range servers {
		host, ok := r.Target()
		if ok && host.IsSubdomainOf(cut) && !z.nodes[host].hasAddress() {
			z.fail(r, "name server %q of %q has no address: want an A or AAAA record for it", host, cut)
		}
	}
}
