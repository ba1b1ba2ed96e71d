package node

import (
	"context"
	"fmt"
	"strings"
	"time"

	"meridian/admin/api"
	"meridian/configs"
	"meridian/gateway/breaker"
)

// mostNamed is how many gateways a problem names; it counts the others.
const mostNamed = 3

// outage is what an API sends requests to, a pool or a backend that is in none,
// where nobody answers one, or lets one pass.
type outage struct {
	subject, name string
	members       []string // backends, in lower case
	gateways      []string // where, with their locations
	why           []string // at the first of them, by member
	since         *time.Time
	silent        bool // a member lets requests pass, and answers none
	part          bool // the pools of this backend have others
	meant         bool // operators have taken all of it out of service
}

// outOfUse is which backends of a gateway answer no request, by name in lower
// case.
type outOfUse struct {
	shut   map[string]*api.OpenBreaker // those that let none pass
	silent map[string]silence          // those that have not answered for a while
}

// outages tells of pools and of backends that let no request pass at a gateway,
// or answer none.
func (n statusAPI) outages(ctx context.Context, l *live) []api.Problem {
	all, err := backendsAPI(n).Breakers(ctx)
	if err != nil {
		return nil // there is no plan, which is told already
	}
	now := time.Now()
	return outages(l.service, all, n.silences(now), now)
}

// shutAt is which backends let no request pass, by gateway that can be heard, and
// by name in lower case.
func shutAt(all api.Breakers) map[string]map[string]*api.OpenBreaker {
	shut := map[string]map[string]*api.OpenBreaker{}
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
	return shut
}

func outages(s *configs.Service, all api.Breakers, silent map[string]map[string]silence, now time.Time) (out []api.Problem) {
	shut := shutAt(all)
	type seat struct{ gateway, member string }
	told := map[seat]bool{} // members of what is out
	for _, o := range sendable(s) {
		for _, g := range all.Nodes {
			if o.part && told[seat{g.Node, o.members[0]}] || !o.at(g, outOfUse{shut[g.Node], silent[g.Node]}, now) {
				continue
			}
			for _, name := range o.members {
				told[seat{g.Node, name}] = true
			}
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

// sendable is what APIs send requests to, without a gateway yet where it is out:
// pools first, and members of pools that no breaker takes out of them.
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
		b := &s.Backends[i]
		lower := strings.ToLower(b.Name)
		if !pooled[lower] || b.Breaker == nil {
			out = append(out, &outage{subject: "backend/" + b.Name, name: "backend " + b.Name, members: []string{lower}, part: pooled[lower]})
		}
	}
	return append(out, &outage{subject: "backend/gateway.backend", name: "gateway.backend of the node file", members: []string{unclaimedBackend}})
}

// at adds a gateway where all members are out of use; of a member of pools, where
// it answers nothing. It reports whether it did.
func (o *outage) at(g api.BreakerNews, out outOfUse, now time.Time) bool {
	for _, name := range o.members {
		_, silent := out.silent[name]
		if shut := out.shut[name] != nil; !silent && !shut || o.part && shut {
			return false
		}
	}
	if len(o.members) == 0 {
		return false
	}
	o.gateways = append(o.gateways, fmt.Sprintf("%s (%s)", g.Node, g.Location))
	if len(o.gateways) > 1 {
		return true
	}
	o.meant = true
	for _, name := range o.members {
		o.because(name, out, now)
	}
	return true
}

// because adds why a member is out, and since when.
func (o *outage) because(name string, out outOfUse, now time.Time) {
	b := out.shut[name]
	var since *time.Time
	switch {
	case b == nil:
		s := out.silent[name]
		o.why, o.silent, since = append(o.why, s.text(now)), true, instant(s.since(now))
	case b.Disabled:
		o.why = append(o.why, b.Backend+" is disabled")
		return
	default:
		o.why, since = append(o.why, fmt.Sprintf("%s is %s (%s)", b.Backend, b.Breaker.State, b.Breaker.Cause)), b.Breaker.Since
	}
	o.meant = false
	if o.since == nil || since != nil && since.After(*o.since) {
		o.since = since
	}
}

func (o *outage) problem() api.Problem {
	where := strings.Join(o.gateways[:min(len(o.gateways), mostNamed)], ", ")
	if more := len(o.gateways) - mostNamed; more > 0 {
		where += fmt.Sprintf(" and %d more", more)
	}
	what := "lets no request pass"
	if o.silent {
		what = "answers no request"
	}
	p := api.Problem{
		Severity: "critical", Code: "backends_out", Subject: o.subject, Since: o.since,
		Text: fmt.Sprintf("%s %s at %s: %s", o.name, what, where, strings.Join(o.why, ", ")),
	}
	if o.part {
		p.Text += "; it has no breaker, so its pools go on asking it"
	}
	if o.meant || o.part {
		p.Severity = "warning"
	}
	return p
}
