package backend

import (
	"time"

	"meridian/gateway/breaker"
)

// pool chooses among members. It does not change; rotors and circuits do.
type pool struct {
	name     string
	members  []*member // in the order of groups
	groups   []*group
	deep     bool // HealthOfLocation
	status   int
	cookie   string
	sessions map[string]*member // by value of the cookie
}

// member is a backend in a pool.
type member struct {
	*endpoint
	bit      uint64 // its own in a set of members
	priority int
	weight   int
	rank     int
	session  string // value of the cookie
}

// group is members that share their turns. The next group has a turn only while
// nobody of this one admits.
type group struct {
	turns []*member
	rotor *rotor
}

// set returns the members of these names.
func (p *pool) set(names []string) (members uint64) {
	for _, name := range names {
		for _, m := range p.members {
			if m.name == name {
				members |= m.bit
			}
		}
	}
	return members
}

// ahead returns how far from the position at the next member is that may admit,
// leaving out those of the set skip. nil: there is none.
func (g *group) ahead(at uint64, skip uint64, now time.Time) (uint64, *member) {
	n := uint64(len(g.turns))
	for i := range n {
		m := g.turns[(at+i)%n]
		if skip&m.bit != 0 {
			continue
		}
		if m.circuit.wait(now) == 0 {
			return i, m
		}
		skip |= m.bit
	}
	return 0, nil
}

// pick takes the next turn. The position moves behind the member that has it,
// so that those who were passed over are next as soon as they admit.
func (g *group) pick(skip uint64, now time.Time) (*member, breaker.Permit) {
	for {
		at := g.rotor.at.Load()
		n, m := g.ahead(at, skip, now)
		if m == nil {
			return nil, breaker.Permit{}
		}
		if !g.rotor.at.CompareAndSwap(at, at+n+1) {
			continue
		}
		if p, ok := m.circuit.admit(now); ok {
			return m, p
		}
		skip |= m.bit
	}
}

// pick chooses a member: the session's, else the next of the first group that
// has one. Members in tried come only where no other admits.
func (p *pool) pick(session string, tried uint64, now time.Time) (*member, breaker.Permit) {
	if m := p.sessions[session]; m != nil && tried&m.bit == 0 {
		if permit, ok := m.circuit.admit(now); ok {
			return m, permit
		}
	}
	for _, g := range p.groups {
		if m, permit := g.pick(tried, now); m != nil {
			return m, permit
		}
	}
	if tried == 0 {
		return nil, breaker.Permit{}
	}
	return p.pick(session, 0, now)
}

// open says why nobody was asked.
func (p *pool) open(now time.Time) *OpenError {
	e := &OpenError{Target: p.name, Status: p.status, Retry: breaker.Never}
	for _, m := range p.members {
		e.skip(m.endpoint, now)
	}
	return e.done()
}

// skip adds a backend that was passed over.
func (e *OpenError) skip(m *endpoint, now time.Time) {
	wait := m.circuit.wait(now)
	why := m.circuit.why(now)
	if why == "" { // it admits some only, or has just begun to
		why = breaker.HalfOpen.String()
	}
	e.Skipped = append(e.Skipped, Skip{Member: m.name, Why: why, Wait: wait})
	e.Retry = min(e.Retry, wait)
}

func (e *OpenError) done() *OpenError {
	if e.Retry == breaker.Never {
		e.Retry = 0
	}
	if e.Status == 0 {
		e.Status = 503
	}
	return e
}
