package node

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"net/netip"
	"slices"

	"meridian/admin/api"
	"meridian/dnsserver"
	"meridian/dnswire"
	"meridian/geo"
	"meridian/routing"
)

// asking implements admin.Resolver and admin.GeoSource.
type asking struct{ *Node }

// Resolve answers a question as the DNS server would.
func (n asking) Resolve(_ context.Context, q api.ResolveRequest) (api.ResolveResult, error) {
	l, err := n.serving()
	if err != nil {
		return api.ResolveResult{}, err
	}
	name, err := l.qualify(q.Name)
	if err != nil {
		return api.ResolveResult{}, api.Errorf(api.Invalid, "name: %v", err)
	}
	rrtype, err := dnswire.ParseType(q.Type)
	if err != nil {
		return api.ResolveResult{}, api.Errorf(api.Invalid, "type: %v", err)
	}
	from := q.Resolver.Unmap()
	if !from.IsValid() {
		from = netip.AddrFrom4([4]byte{127, 0, 0, 1})
	}
	question := dnsserver.Question{Name: name, Type: rrtype, Client: q.Client, Resolver: from, Draw: rand.Uint64()}
	reply, err := l.view.Ask(question)
	if err != nil {
		return api.ResolveResult{}, err
	}
	out := api.ResolveResult{
		Name: string(name), Type: dnswire.TypeName(rrtype), Resolver: from.String(),
		Rcode: reply.Rcode, Scope: int(reply.Scope), Generation: l.number,
	}
	if q.Client.IsValid() {
		out.Client = q.Client.Masked().String()
	}
	for _, r := range reply.Answers {
		out.Answers = append(out.Answers, api.Record{Name: string(r.Name), Type: r.Type, TTL: r.TTL, Data: r.Data})
		out.TTL = r.TTL
	}
	if reply.Decided {
		return l.explained(out, &reply.Query, q.Explain)
	}
	return out, nil
}

// explained adds what routing says of a decision.
func (l *live) explained(out api.ResolveResult, q *routing.Query, full bool) (api.ResolveResult, error) {
	trace := l.snapshot.Explain(q)
	out.Profile, out.Block = string(trace.Profile), trace.Block
	out.TTL, out.Reason = trace.Outcome.TTL, trace.Outcome.Reason.String()
	out.Endpoints = trace.Outcome.Endpoints
	if len(trace.Geo) > 0 {
		out.Geo = string(trace.Geo[0])
	}
	if !full {
		return out, nil
	}
	var err error
	out.TraceText = trace.String()
	out.Trace, err = json.Marshal(trace)
	return out, err
}

// qualify returns the name asked for: as it stands if it lies in a zone, else
// below the service's zone.
func (l *live) qualify(s string) (dnswire.Name, error) {
	name, err := dnswire.ParseName(s)
	if err != nil {
		return "", err
	}
	for _, z := range l.service.Zones {
		if name.IsSubdomainOf(z.Origin) {
			return name, nil
		}
	}
	if name == "." || s[len(s)-1] == '.' {
		return name, nil
	}
	child, err := l.service.Zones[0].Origin.Child(s)
	if err != nil {
		return "", err
	}
	if _, known := l.view.Lookup(child); known || !slices.Contains([]byte(s), '.') {
		return child, nil
	}
	return name, nil
}

// Geo tells what is known of a client address.
func (n asking) Geo(_ context.Context, a netip.Addr) (api.GeoResult, error) {
	l, err := n.serving()
	if err != nil {
		return api.GeoResult{}, err
	}
	a = a.Unmap().WithZone("")
	t := l.structure.Clients()
	block := t.Find(a)
	info := t.Info(t.Class(block))
	known := l.geo.Describe(a)
	out := api.GeoResult{
		Address: a.String(), Block: t.Prefix(block).String(), Code: string(info.Geo), Source: known.GeoSource,
	}
	if inner := geo.Unwrap(a); inner != a {
		out.Unwrapped = inner.String()
	}
	for c := info.Geo; c != ""; c = c.Parent() {
		out.Codes = append(out.Codes, string(c))
	}
	for _, id := range info.Rank {
		out.Ranking = append(out.Ranking, string(l.structure.Plan().Locations[id].Name))
	}
	return out, nil
}
