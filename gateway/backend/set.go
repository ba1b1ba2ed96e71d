package backend

import (
	"strings"
	"time"

	"meridian/gateway/breaker"
)

// Set is the backends and pools of one plan. It does not change; what its
// backends share with other sets does.
type Set struct {
	owner   *Backends
	targets map[string]*Target // by name in lower case
	ends    []*endpoint        // by name
	pools   []*pool
}

// Find returns the backend or pool of a name, without regard to case.
func (s *Set) Find(name string) (*Target, bool) {
	if t, ok := s.targets[name]; ok {
		return t, true
	}
	t, ok := s.targets[strings.ToLower(name)]
	return t, ok
}

// Status returns the backends by name.
func (s *Set) Status(now time.Time) []Status {
	out := make([]Status, len(s.ends))
	for i, e := range s.ends {
		out[i] = e.status(now)
	}
	return out
}

func (e *endpoint) status(now time.Time) Status {
	out := Status{
		Backend: e.name, URL: e.url, Region: e.region, Rule: e.circuit.rule != nil,
		Breaker: e.circuit.status(now), InFlight: int(e.counts.inFlight.Load()),
	}
	if o := e.circuit.order.Load(); o != nil {
		out.Order = *o
	}
	out.Addresses, out.Lookup = e.origin.status(now)
	return out
}

// Breakers returns what is not as it is when all is well: breakers that are not
// closed, and backends that operators keep out of service.
func (s *Set) Breakers(now time.Time) []breaker.Entry {
	var out []breaker.Entry
	for _, e := range s.ends {
		one := breaker.Entry{Backend: e.name, Disabled: e.circuit.disabled(now) > 0, Status: e.circuit.status(now)}
		if one.Calm() {
			continue
		}
		if o := e.circuit.order.Load(); one.Disabled && one.State == breaker.Closed && o != nil {
			one.Until = o.DisabledUntil
		}
		out = append(out, one)
	}
	return out
}

// Share returns how many members of the worst of the pools with
// HealthOfLocation admit requests, of how many; 0, 0 without such a pool.
func (s *Set) Share() (healthy, all int) {
	now := time.Now()
	for _, p := range s.pools {
		if !p.deep {
			continue
		}
		n := 0
		for _, m := range p.members {
			if m.circuit.wait(now) == 0 {
				n++
			}
		}
		if all == 0 || n*all < healthy*len(p.members) {
			healthy, all = n, len(p.members)
		}
	}
	return healthy, all
}
