package dnswire

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/miekg/dns"
)

// tidy orders errors by place and cuts them to MaxErrors.
func tidy(errs []RecordError) []RecordError {
	slices.SortStableFunc(errs, func(a, b RecordError) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	if len(errs) > MaxErrors {
		errs = append(errs[:MaxErrors:MaxErrors], RecordError{
			Line: errs[MaxErrors].Line, Problem: fmt.Sprintf("more than %d errors; the rest is not shown", MaxErrors),
		})
	}
	return errs
}

// zoneCheck is the zone that records form, and what is wrong with it.
type zoneCheck struct {
	zone   Name
	nodes  map[Name]*zoneNode
	names  []Name        // of nodes, in the order of the text
	exists map[Name]bool // nodes and the empty non-terminals above them
	hosts  map[Name]bool // targets of the zone's NS records
	errs   []RecordError
}

// zoneNode is all records of one owner.
type zoneNode struct{ sets []zoneSet }

// zoneSet is all records of one owner and type, in the order of the text.
type zoneSet struct {
	rrtype  uint16
	records []*Record
}

// set returns the records of a type, nil when there are none.
func (n *zoneNode) set(rrtype uint16) []*Record {
	if n != nil {
		for _, set := range n.sets {
			if set.rrtype == rrtype {
				return set.records
			}
		}
	}
	return nil
}

func (n *zoneNode) add(r *Record) {
	for i := range n.sets {
		if n.sets[i].rrtype == r.Type {
			n.sets[i].records = append(n.sets[i].records, r)
			return
		}
	}
	n.sets = append(n.sets, zoneSet{r.Type, []*Record{r}})
}

// checkZone reports what is wrong with records as a whole, in no order.
func checkZone(zone Name, records []Record) []RecordError {
	z := &zoneCheck{
		zone: zone, nodes: map[Name]*zoneNode{}, exists: map[Name]bool{zone: true}, hosts: map[Name]bool{},
	}
	for i := range records {
		z.place(&records[i])
	}
	for _, name := range z.names {
		node := z.nodes[name]
		z.checkNode(name, node)
		for _, set := range node.sets {
			z.checkSet(set)
			z.checkPlace(name, set)
		}
		z.checkGlue(name, node.set(dns.TypeNS))
		z.checkAlias(name, node.set(dns.TypeCNAME))
	}
	return z.errs
}

func (z *zoneCheck) fail(r *Record, format string, args ...any) {
	z.errs = append(z.errs, RecordError{Line: r.Line, Problem: fmt.Sprintf(format, args...)})
}

// place checks where a record stands and files it.
func (z *zoneCheck) place(r *Record) {
	if !r.Name.IsSubdomainOf(z.zone) {
		z.fail(r, "owner %q: want a name in the zone %q", r.Name, z.zone)
		return
	}
	if r.Type == dns.TypeNS {
		if r.Name == z.zone {
			z.fail(r, "NS record at the apex: name servers come from nameServers")
			return
		}
		if host, ok := r.Target(); ok {
			z.hosts[host] = true
		}
	}
	z.file(r)
}

func (z *zoneCheck) file(r *Record) {
	node := z.nodes[r.Name]
	if node == nil {
		node = &zoneNode{}
		z.nodes[r.Name] = node
		z.names = append(z.names, r.Name)
		for name := r.Name; !z.exists[name]; name = name.Parent() {
			z.exists[name] = true
		}
	}
	node.add(r)
}

// refusedType says why records of a type have no place in the text.
func refusedType(t uint16) string {
	switch t {
	case dns.TypeSOA:
		return "the SOA is made from the document"
	case dns.TypeRRSIG, dns.TypeNSEC, dns.TypeNSEC3, dns.TypeNSEC3PARAM, dns.TypeDNSKEY, dns.TypeCDS, dns.TypeCDNSKEY:
		return "made by signing, never written"
	case dns.TypeZONEMD:
		return "a digest of a zone with dynamic answers means nothing"
	case dns.TypeNone, dns.TypeOPT:
		return "not a type of data"
	}
	if t >= 128 && t <= 255 { // RFC 6895 §3.1
		return "not a type of data"
	}
	return ""
}

// checkNode checks which types stand side by side.
func (z *zoneCheck) checkNode(name Name, node *zoneNode) {
	if alias := node.set(dns.TypeCNAME); alias != nil && len(node.sets) > 1 {
		other := node.sets[0]
		if other.rrtype == dns.TypeCNAME {
			other = node.sets[1]
		}
		z.fail(alias[0], "CNAME of %q beside %s on line %d: an alias has no other data (RFC 2181 §10.1)",
			name, TypeName(other.rrtype), other.records[0].Line)
	}
	for _, rrtype := range []uint16{dns.TypeNS, dns.TypeDNAME, dns.TypeDS} {
		if set := node.set(rrtype); set != nil && name.IsWildcard() {
			z.fail(set[0], "%s record of the wildcard %q: has no agreed meaning (RFC 4592 §4)", TypeName(rrtype), name)
		}
	}
	if ds := node.set(dns.TypeDS); ds != nil && node.set(dns.TypeNS) == nil {
		z.fail(ds[0], "DS record of %q: want NS records of the same name", name)
	}
}

// checkSet checks one RRset by itself.
func (z *zoneCheck) checkSet(set zoneSet) {
	first, kind := set.records[0], TypeName(set.rrtype)
	if len(set.records) > MaxSetRecords {
		z.fail(first, "%d %s records of %q: want at most %d", len(set.records), kind, first.Name, MaxSetRecords)
		return
	}
	if (set.rrtype == dns.TypeCNAME || set.rrtype == dns.TypeDNAME) && len(set.records) > 1 {
		z.fail(set.records[1], "second %s of %q: want one (the first is on line %d)", kind, first.Name, first.Line)
	}
	z.checkRecords(set)
	z.checkTargets(set)
	for _, r := range set.records {
		z.checkSVCB(r)
	}
}

// checkRecords compares the records of one RRset and adds them up.
func (z *zoneCheck) checkRecords(set zoneSet) {
	first, kind := set.records[0], TypeName(set.rrtype)
	octets, seen := 0, map[string]int{}
	for _, r := range set.records {
		if r.TTL != first.TTL {
			z.fail(r, "TTL %d of %s %q: want %d as on line %d: a set has one TTL (RFC 2181 §5.2)", r.TTL, kind, r.Name, first.TTL, first.Line)
		}
		rdata, err := RData(r.RR)
		if err != nil {
			z.fail(r, "%v", err)
			return
		}
		if line, ok := seen[string(rdata)]; ok {
			z.fail(r, "%s record of %q: the same as on line %d", kind, r.Name, line)
		}
		seen[string(rdata)] = r.Line
		octets += recordHead + len(rdata)
	}
	if octets > MaxSetOctets {
		z.fail(first, "%s records of %q take %d octets: want at most %d", kind, first.Name, octets, MaxSetOctets)
	}
}

// checkTargets checks that names which must not be aliases are none (RFC 2181
// §10.3), as far as this zone shows.
func (z *zoneCheck) checkTargets(set zoneSet) {
	if set.rrtype != dns.TypeNS && set.rrtype != dns.TypeMX && set.rrtype != dns.TypeSRV {
		return
	}
	for _, r := range set.records {
		target, _ := r.Target()
		if alias := z.nodes[target].set(dns.TypeCNAME); alias != nil {
			z.fail(r, "%s target %q is an alias (line %d): want a name with addresses (RFC 2181 §10.3)",
				TypeName(set.rrtype), target, alias[0].Line)
		}
	}
}
