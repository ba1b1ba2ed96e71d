package backend

import (
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"time"

	"meridian/gateway/breaker"
)

// Explain returns how the target would choose at now for a request without a
// session. Nothing changes by asking.
func (t *Target) Explain(now time.Time) Explanation {
	out := Explanation{Target: t.name, Pool: t.pool != nil}
	t.list(&out, now)
	out.refuse()
	out.Retry = breaker.Never
	for i, m := range out.Members {
		out.Retry = min(out.Retry, m.Wait)
		if m.Why == chosen {
			t.enter(&out, i, now)
		}
	}
	if out.Refused != "" || out.Chosen != "" || out.URL != "" || out.Retry == breaker.Never {
		out.Retry = 0
	}
	return out
}

// list fills in who could be asked, and why none can where the target is broken.
func (t *Target) list(out *Explanation, now time.Time) {
	switch {
	case t.pool != nil:
		out.Members = t.pool.explain(now)
	case t.broken != nil:
		out.Refused = t.broken.Error()
	case t.only != nil:
		out.Members = []MemberExplanation{t.only.explain(now)}
		if out.Members[0].Why == "" {
			out.Members[0].Why = chosen
		}
	}
}

const (
	chosen  = "chosen"
	next    = "next"    // another turn of the same group has it
	standby = "standby" // its group waits until the better ones are open
	refused = "refused" // no address of it may be used
)

// refuse passes over the chosen one where none of its addresses may be used.
// Whoever is next is asked in its place, as a connection that fails would have
// it.
func (out *Explanation) refuse() {
	first := slices.IndexFunc(out.Members, func(m MemberExplanation) bool { return m.Why == chosen })
	if first < 0 || out.Members[first].Refused == "" {
		return
	}
	out.Refused = out.Members[first].Refused
	out.Members[first].Why = refused
	for _, why := range []string{next, standby} {
		at := slices.IndexFunc(out.Members, func(m MemberExplanation) bool { return m.Why == why && m.Refused == "" })
		if at >= 0 {
			out.Members[at].Why, out.Refused = chosen, ""
			return
		}
	}
}

// enter completes out for the chosen member.
func (t *Target) enter(out *Explanation, i int, now time.Time) {
	e := t.only
	if t.pool != nil {
		e = t.pool.members[i].endpoint
	}
	out.Chosen = e.name
	f := new(flight)
	f.prepare(&http.Request{URL: &url.URL{}, Header: http.Header{}}, e)
	f.url.RawQuery = "" // it may have credentials
	out.URL = f.url.String()
	out.Addr = e.origin.peek(now)
}

// explain describes a backend alone: why it would be passed over, or "".
func (e *endpoint) explain(now time.Time) MemberExplanation {
	wait := e.circuit.wait(now)
	return MemberExplanation{Backend: e.name, Why: e.circuit.why(now), Wait: wait, Status: e.status(now), Refused: e.origin.refused()}
}

// explain describes the members in the order they would be asked.
func (p *pool) explain(now time.Time) []MemberExplanation {
	var first *member
	var its *group
	for _, g := range p.groups {
		if _, m := g.ahead(g.rotor.at.Load(), 0, now); m != nil {
			first, its = m, g
			break
		}
	}
	out := make([]MemberExplanation, len(p.members))
	for i, m := range p.members {
		out[i] = m.endpoint.explain(now)
		out[i].Priority, out[i].Weight, out[i].Rank = m.priority, m.weight, m.rank
		switch {
		case out[i].Why != "":
		case m == first:
			out[i].Why = chosen
		case its != nil && its.has(m):
			out[i].Why = next
		default:
			out[i].Why = standby
		}
	}
	return out
}

func (g *group) has(m *member) bool {
	for _, one := range g.turns {
		if one == m {
			return true
		}
	}
	return false
}

// refused says why no address may be used, as far as they are known; "": one
// may.
func (o *origin) refused() string {
	if o.lookup == "" {
		_, complaint := o.usable([]netip.Addr{o.way.literal})
		return complaint
	}
	r := o.now.Load()
	if r == nil || len(r.all) > 0 {
		return ""
	}
	_, complaint := o.usable(r.from)
	return complaint
}

// peek returns the address that would be tried next; zero: none is known.
func (o *origin) peek(now time.Time) netip.AddrPort {
	r := o.now.Load()
	if r == nil || len(r.all) == 0 {
		return netip.AddrPort{}
	}
	return r.choose(o.turn.Load(), nil, now).addr
}
