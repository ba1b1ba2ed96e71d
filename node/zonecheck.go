package node

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"meridian/admin/api"
	"meridian/configs"
	"meridian/dnswire"
	"meridian/resolver"
)

// Times of the delegation check.
const (
	zoneCheckAfter = time.Minute // after start: the others may be starting too
	zoneCheckEvery = time.Hour
	zoneAskTimeout = 5 * time.Second
	maxParentNS    = 13 // name servers of the parent that are asked
)

// The record types the check asks for.
const (
	typeA, typeNS, typeSOA, typeAAAA = 1, 2, 6, 28
	dnsPort                          = 53
)

// zoneChecker compares the delegation in the parent zone with what the name
// servers answer.
type zoneChecker struct {
	node *Node
	port uint16 // at which name servers are asked
	mu   sync.Mutex
	last *api.ZoneCheck
	up   string // the parent zone
}

func (n *Node) newZoneChecker() error {
	n.zone = &zoneChecker{node: n, port: dnsPort}
	return nil
}

// start checks now and then.
func (z *zoneChecker) start() {
	ctx, cancel := context.WithCancel(context.Background())
	var done sync.WaitGroup
	done.Go(func() {
		timer := time.NewTimer(zoneCheckAfter)
		defer timer.Stop()
		for {
			select {
			case <-timer.C:
				z.check(ctx)
				timer.Reset(zoneCheckEvery)
			case <-ctx.Done():
				return
			}
		}
	})
	z.node.steps.push("zone check", func(context.Context) error {
		cancel()
		done.Wait()
		return nil
	})
}

// check asks the parents and the name servers of all zones and notes what
// differs.
func (z *zoneChecker) check(ctx context.Context) *api.ZoneCheck {
	out := &api.ZoneCheck{At: time.Now().UTC()}
	l := z.node.pub.current.Load()
	if l == nil {
		return out
	}
	up := ""
	for i := range l.service.Zones {
		c := &delegation{zone: &l.service.Zones[i], serial: l.serial, shared: z.node.clustered(), ask: z.node.resolver, port: z.port, out: out}
		c.parent(ctx)
		c.servers(ctx)
		if i == 0 {
			up = string(c.up)
		}
	}
	out.OK = len(out.Text) == 0
	z.mu.Lock()
	z.last, z.up = out, up
	z.mu.Unlock()
	z.node.metrics.delegation.Set(number(out.OK))
	return out
}

// delegation is the check of one zone under way.
type delegation struct {
	serial uint32 // of the plan in service here
	shared bool   // all name servers have the same plans
	zone   *configs.Zone
	ask    *resolver.Resolver
	port   uint16
	up     dnswire.Name // the parent zone
	out    *api.ZoneCheck
}

func (c *delegation) differs(format string, args ...any) {
	c.out.Text = append(c.out.Text, fmt.Sprintf(format, args...))
}

// query asks one server over one transport and notes how it went.
func (c *delegation) query(ctx context.Context, server netip.AddrPort, role, transport string, name dnswire.Name, rrtype uint16) *resolver.Reply {
	ctx, cancel := context.WithTimeout(ctx, zoneAskTimeout)
	defer cancel()
	r, err := c.ask.Query(ctx, server, transport, name, rrtype, resolver.QueryOptions{EDNS: true})
	p := api.ZoneProbe{Server: server.String(), Role: role, Transport: transport, OK: err == nil}
	if err != nil {
		p.Detail = err.Error()
		c.differs("%s does not answer over %s: %v", server, transport, err)
	} else {
		p.Detail = fmt.Sprintf("%s in %v", r.RcodeName, r.RTT.Round(time.Millisecond))
	}
	c.out.Asked = append(c.out.Asked, p)
	return r
}

// parent finds the parent zone's name servers and compares their delegation.
func (c *delegation) parent(ctx context.Context) {
	servers := c.findParent(ctx)
	for _, server := range servers[:min(len(servers), maxParentNS)] {
		for _, transport := range []string{"udp", "tcp"} {
			if r := c.query(ctx, server, "parent", transport, c.zone.Origin, typeNS); r != nil {
				c.compare(server, transport, r)
			}
		}
	}
}

// findParent asks the recursive resolver for the NS records of the names above
// the zone, nearest first.
func (c *delegation) findParent(ctx context.Context) []netip.AddrPort {
	for up := c.zone.Origin.Parent(); ; up = up.Parent() {
		names, err := c.ask.NameServers(ctx, up)
		if err == nil && len(names) > 0 {
			c.up = up
			return c.addresses(ctx, names)
		}
		if up == "." || up == "" {
			why := "no name above it is known to have name servers"
			if err != nil {
				why = err.Error()
			}
			c.differs("the parent zone of %s was not found: %s", c.zone.Origin, why)
			return nil
		}
	}
}

// addresses looks up name servers of the parent.
func (c *delegation) addresses(ctx context.Context, names []dnswire.Name) []netip.AddrPort {
	var out []netip.AddrPort
	for _, name := range names {
		a, err := c.ask.Lookup(ctx, name)
		if err != nil && len(a.Addrs) == 0 {
			c.differs("the address of %s, a name server of %s, was not found: %v", name, c.up, err)
		}
		for _, addr := range a.Addrs {
			out = append(out, netip.AddrPortFrom(addr, c.port))
		}
	}
	return out
}

// compare holds a parent's delegation against the plan: NS set and glue.
func (c *delegation) compare(server netip.AddrPort, transport string, r *resolver.Reply) {
	glue := map[dnswire.Name][]netip.Addr{}
	for _, rr := range slices.Concat(r.Answer, r.Authority, r.Additional) {
		if rr.Type == typeA || rr.Type == typeAAAA {
			glue[rr.Name] = append(glue[rr.Name], rr.Addr)
		}
	}
	if ns, want := c.listed(slices.Concat(r.Answer, r.Authority)), c.planned(); !slices.Equal(ns, want) {
		c.differs("parent %s (%s) delegates %s to [%s], the plan lists [%s]", server, transport, c.zone.Origin, strings.Join(ns, " "), strings.Join(want, " "))
	}
	for _, s := range c.zone.NameServers {
		if s.Name.IsSubdomainOf(c.zone.Origin) && len(r.Authority) > 0 {
			c.compareGlue(server, transport, s.Name, glue[s.Name], s.Addrs)
		}
	}
}

func (c *delegation) compareGlue(server netip.AddrPort, transport string, name dnswire.Name, got, want []netip.Addr) {
	order := func(a, b netip.Addr) int { return a.Compare(b) }
	got, want = slices.SortedFunc(slices.Values(got), order), slices.SortedFunc(slices.Values(want), order)
	if !slices.Equal(got, want) {
		c.differs("parent %s (%s) has glue %v for %s, the plan lists %v", server, transport, got, name, want)
	}
}

// servers asks every listed name server for the SOA and NS records.
func (c *delegation) servers(ctx context.Context) {
	for _, s := range c.zone.NameServers {
		addrs := s.Addrs
		if len(addrs) == 0 {
			a, err := c.ask.Lookup(ctx, s.Name)
			if err != nil {
				c.differs("the address of name server %s was not found: %v", s.Name, err)
			}
			addrs = a.Addrs
		}
		for _, addr := range addrs {
			for _, transport := range []string{"udp", "tcp"} {
				c.server(ctx, netip.AddrPortFrom(addr, c.port), transport)
			}
		}
	}
}

// server asks a name server for the SOA record and, where it has one, for the NS
// records, which must be those of the plan too.
func (c *delegation) server(ctx context.Context, server netip.AddrPort, transport string) {
	r := c.query(ctx, server, "nameServer", transport, c.zone.Origin, typeSOA)
	switch {
	case r == nil:
		return
	case !r.AA:
		c.differs("%s (%s) does not answer with authority for %s: %s", server, transport, c.zone.Origin, r.RcodeName)
		return
	}
	i := slices.IndexFunc(r.Answer, func(rr resolver.ReplyRecord) bool { return rr.Type == typeSOA })
	if i < 0 {
		c.differs("%s (%s) has no SOA record of %s", server, transport, c.zone.Origin)
		return
	}
	serial := r.Answer[i].Serial
	c.out.Asked[len(c.out.Asked)-1].Detail += fmt.Sprintf(", plan %d", serial)
	if c.shared && serial != c.serial { // nodes without a cluster number their plans each for itself
		c.differs("%s (%s) serves plan %d, this node %d", server, transport, serial, c.serial)
	}
	if r = c.query(ctx, server, "nameServer", transport, c.zone.Origin, typeNS); r == nil {
		return
	}
	if got, want := c.listed(r.Answer), c.planned(); !slices.Equal(got, want) {
		c.differs("%s (%s) lists [%s] for %s, the plan [%s]", server, transport, strings.Join(got, " "), c.zone.Origin, strings.Join(want, " "))
	}
}

// listed returns the name servers of the zone among records, sorted.
func (c *delegation) listed(records []resolver.ReplyRecord) []string {
	var out []string
	for _, rr := range records {
		if rr.Type == typeNS && rr.Name == c.zone.Origin {
			out = append(out, string(rr.Target))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// planned returns the name servers of the plan, sorted.
func (c *delegation) planned() []string {
	var out []string
	for _, s := range c.zone.NameServers {
		out = append(out, string(s.Name))
	}
	slices.Sort(out)
	return out
}

// CheckZone implements admin.ZoneSource.
func (z *zoneChecker) CheckZone(ctx context.Context) (api.ZoneCheck, error) {
	if _, err := z.node.serving(); err != nil {
		return api.ZoneCheck{}, err
	}
	return *z.check(ctx), nil
}

// Zone implements admin.ZoneSource.
func (z *zoneChecker) Zone(context.Context) (api.Zone, error) {
	l, err := z.node.serving()
	if err != nil {
		return api.Zone{}, err
	}
	main := &l.service.Zones[0]
	z.mu.Lock()
	defer z.mu.Unlock()
	out := api.Zone{Name: string(main.Origin), Parent: z.up, Serial: l.serial, Check: z.last}
	for _, zone := range l.service.Zones {
		out.Lines = append(out.Lines, delegationLines(zone)...)
	}
	for _, s := range main.NameServers {
		ns := api.NS{Name: string(s.Name)}
		for _, a := range s.Addrs {
			ns.Addresses = append(ns.Addresses, a.String())
		}
		out.NameServers = append(out.NameServers, ns)
	}
	return out, nil
}

// nsTTL is what the parent should give the delegation (RFC 9199 §3.5), seconds.
const nsTTL = 86400

// delegationLines writes the NS and glue records for the parent zone.
func delegationLines(zone configs.Zone) []string {
	var lines []string
	for _, s := range zone.NameServers {
		lines = append(lines, fmt.Sprintf("%s %d IN NS %s", zone.Origin, nsTTL, s.Name))
	}
	for _, s := range zone.NameServers {
		if !s.Name.IsSubdomainOf(zone.Origin) {
			continue
		}
		for _, a := range s.Addrs {
			kind := uint16(typeA)
			if a.Is6() {
				kind = typeAAAA
			}
			lines = append(lines, fmt.Sprintf("%s %d IN %s %s", s.Name, nsTTL, dnswire.TypeName(kind), a))
		}
	}
	return lines
}

// problems tells of a delegation that differs.
func (z *zoneChecker) problems() []api.Problem {
	z.mu.Lock()
	defer z.mu.Unlock()
	if z.last == nil || z.last.OK {
		return nil
	}
	return []api.Problem{{
		Severity: "warning", Code: "delegation_differs", Subject: "zone", Text: z.last.Text[0], Since: &z.last.At,
	}}
}
