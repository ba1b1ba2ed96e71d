package breaker

import "time"

// probes are the leases of a half-open breaker. A lease ends with its result or
// by time, whichever is first.
type probes struct {
	o      Recovery
	leases []lease // at most o.Probes
	lapsed [16]uint64
	next   uint64 // number of the newest lease; numbers are never used again
	drop   int    // where lapsed goes on
	good   int    // successes since the breaker became half-open
}

type lease struct {
	number uint64
	ends   time.Time
}

func newProbes(o Recovery) probes {
	return probes{o: o, leases: make([]lease, 0, o.Probes)}
}

// clear forgets all leases.
func (p *probes) clear() {
	p.leases, p.lapsed, p.good = p.leases[:0], [16]uint64{}, 0
}

// admit grants a lease if one is free.
func (p *probes) admit(now time.Time) (number uint64, ok bool) {
	p.expire(now)
	if len(p.leases) >= p.o.Probes {
		return 0, false
	}
	p.next++
	p.leases = append(p.leases, lease{p.next, now.Add(p.o.Lease)})
	return p.next, true
}

// expire moves leases past their end to the lapsed ones. Of those the newest
// are kept.
func (p *probes) expire(now time.Time) {
	kept := p.leases[:0]
	for _, l := range p.leases {
		if now.Before(l.ends) {
			kept = append(kept, l)
			continue
		}
		p.lapsed[p.drop] = l.number
		p.drop = (p.drop + 1) % len(p.lapsed)
	}
	p.leases = kept
}

// end gives a lease back. known is false for one that has been given back or
// forgotten.
func (p *probes) end(number uint64, now time.Time) (inTime, known bool) {
	p.expire(now)
	for i, l := range p.leases {
		if l.number == number {
			p.leases = append(p.leases[:i], p.leases[i+1:]...)
			return true, true
		}
	}
	for i, n := range p.lapsed {
		if n == number {
			p.lapsed[i] = 0
			return false, true
		}
	}
	return false, false
}

// out returns how many leases have not ended at now.
func (p *probes) out(now time.Time) int {
	n := 0
	for _, l := range p.leases {
		if now.Before(l.ends) {
			n++
		}
	}
	return n
}

// wait returns the time until a lease is free. All leases are equally long, so
// the first is the oldest.
func (p *probes) wait(now time.Time) time.Duration {
	if p.out(now) < p.o.Probes {
		return 0
	}
	return p.leases[0].ends.Sub(now)
}
