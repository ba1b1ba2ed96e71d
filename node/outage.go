package node

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"meridian/admin/api"
	"meridian/configs"
	"meridian/gateway/breaker"
)

// mostNamed is how many gateways a problem names; it counts the others.
const mostNamed = 3

// outage is what an API sends requests to, a pool or a backend that is in none,
// where nobody lets one pass.
type outage struct {
	subject, name string
	members       []string // backends, in lower case
	gateways      []string // where, with their locations
	why           []string // at the first of them, by member
	since         *time.Time
	meant         bool // operators have taken all of it out of service
}

// outages tells of pools and of backends outside of pools that let no request
// pass at a gateway.
func (n statusAPI) outages(ctx context.Context, l *live) []api.Problem {
	all, err := backendsAPI(n).Breakers(ctx)
	if err != nil {
		return nil // there is no plan, which is told already
	}
	return outages(l.service, all)
}

func outages(s *configs.Service, all api.Breakers) (out []api.Problem) {
	shut := map[string]map[string]*api.OpenBreaker{} // by gateway that can be heard, and backend
	for i := range all.Breakers {
		b := &all.Breakers[i]
		if !isShut(b) || b.AgeSeconds >= contactTime.Seconds() {
			continue
		}
		if shut[b.Node] == nil {
			shut[b.Node] = map[string]*api.OpenBreaker{}
		}
		shut[b.Node][strings.ToLower(b.Backend)] = b
	}
	for _, o := range sendable(s) {
		for _, g := range all.Nodes {
			o.at(g, shut[g.Node])
		}
		if len(o.gateways) > 0 {
			out = append(out, o.problem())
		}
	}
	return out
}

func isShut(b *api.OpenBreaker) bool {
	return b.Disabled || b.Breaker.State == breaker.Open.String() || b.Breaker.State == breaker.ForcedOpen.String()
}

// sendable is what APIs send requests to, without a gateway yet where it is out.
func sendable(s *configs.Service) (out []*outage) {
	pooled := map[string]bool{}
	for i := range s.Pools {
		p := &s.Pools[i]
		o := &outage{subject: "pool/" + p.Name, name: "pool " + p.Name}
		for _, m := range p.Members {
			o.members = append(o.members, strings.ToLower(m.Backend))
			pooled[strings.ToLower(m.Backend)] = true
		}
		out = append(out, o)
	}
	for i := range s.Backends {
		if name := s.Backends[i].Name; !pooled[strings.ToLower(name)] {
			out = append(out, &outage{subject: "backend/" + name, name: "backend " + name, members: []string{strings.ToLower(name)}})
		}
	}
	return out
}

// at adds a gateway where all members are shut.
func (o *outage) at(g api.BreakerNews, shut map[string]*api.OpenBreaker) {
	open := slices.ContainsFunc(o.members, func(name string) bool { return shut[name] == nil })
	if open || len(shut) == 0 {
		return
	}
	o.gateways = append(o.gateways, fmt.Sprintf("%s (%s)", g.Node, g.Location))
	if len(o.gateways) > 1 {
		return
	}
	o.meant = true
	for _, name := range o.members {
		b := shut[name]
		if b.Disabled {
			o.why = append(o.why, b.Backend+" is disabled")
			continue
		}
		o.meant = false
		o.why = append(o.why, fmt.Sprintf("%s is %s (%s)", b.Backend, b.Breaker.State, b.Breaker.Cause))
		if o.since == nil || b.Breaker.Since != nil && b.Breaker.Since.After(*o.since) {
			o.since = b.Breaker.Since
		}
	}
}

func (o *outage) problem() api.Problem {
	where := strings.Join(o.gateways[:min(len(o.gateways), mostNamed)], ", ")
	if more := len(o.gateways) - mostNamed; more > 0 {
		where += fmt.Sprintf(" and %d more", more)
	}
	p := api.Problem{
		Severity: "critical", Code: "backends_out", Subject: o.subject, Since: o.since,
		Text: fmt.Sprintf("%s lets no request pass at %s: %s", o.name, where, strings.Join(o.why, ", ")),
	}
	if o.meant {
		p.Severity = "warning"
	}
	return p
}
