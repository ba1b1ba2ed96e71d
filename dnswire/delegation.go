package dnswire

import "github.com/miekg/dns"

// checkPlace checks one RRset against the delegations and redirections at and
// above its owner.
func (z *zoneCheck) checkPlace(name Name, set zoneSet) {
	glue := (set.rrtype == dns.TypeA || set.rrtype == dns.TypeAAAA) && z.hosts[name]
	for above := name; above != z.zone; {
		above = above.Parent()
		if above != z.zone && z.delegates(above) {
			if !glue {
				z.fail(set.records[0], "%s record of %q lies below the delegation of %q: want only addresses of its name servers there",
					TypeName(set.rrtype), name, above)
			}
			return
		}
		if dname := z.nodes[above].set(dns.TypeDNAME); dname != nil {
			z.fail(set.records[0], "%s record of %q lies below the DNAME of %q on line %d (RFC 6672 §2.4)",
				TypeName(set.rrtype), name, above, dname[0].Line)
			return
		}
	}
	proper := set.rrtype == dns.TypeNS || set.rrtype == dns.TypeDS || set.rrtype == dns.TypeCNAME // checkNode judges the last
	if z.delegates(name) && !proper && !glue {
		z.fail(set.records[0], "%s record of %q, which is delegated: want NS, DS and glue only", TypeName(set.rrtype), name)
	}
}

// delegates reports whether name, which is in the zone, is delegated.
func (z *zoneCheck) delegates(name Name) bool { return z.nodes[name].set(dns.TypeNS) != nil }

// checkGlue checks that name servers below their own delegation have an
// address (RFC 9471).
func (z *zoneCheck) checkGlue(cut Name, servers []*Record) {
	for _, r := range servers {
		host, ok := r.Target()
		if !ok || !host.IsSubdomainOf(cut) {
			continue
		}
		node := z.nodes[host]
		if node.set(dns.TypeA) == nil && node.set(dns.TypeAAAA) == nil {
			z.fail(r, "name server %q of %q has no address: want an A or AAAA record for it", host, cut)
		}
	}
}
