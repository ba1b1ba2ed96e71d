package limit

import "time"

// counter is one key's. Its cell's lock guards it.
type counter struct {
	name  name
	hash  uint64 // 0: not asked for yet
	log   log
	calls int // the greatest limit asked for, of those since the last exchange where there are any
	claim claim
}

// ask is one question to a counter.
type ask struct {
	calls, n int
	anyway   bool // count even where it does not fit
}

// hashed returns what the counter is called between nodes. Nobody asks while
// there are no peers.
func (k *counter) hashed() uint64 {
	if k.hash == 0 {
		k.hash = k.name.hash()
	}
	return k.hash
}

// take answers an ask and counts it.
func (k *counter) take(a ask, v view, at time.Duration) Verdict {
	k.log.slide(at, k.name.period)
	k.calls = max(k.calls, a.calls)
	k.claim.ask(k, v, a, at)
	fits := k.log.used+a.n <= k.level(a.calls, v)
	if fits || a.anyway {
		k.log.add(at, k.name.period, a.n, a.calls)
		k.claim.peak = max(k.claim.peak, k.log.used)
	}
	if fits && !a.anyway {
		return Verdict{Allowed: true, Remaining: max(a.calls-k.log.used-v.used, 0)}
	}
	if a.anyway {
		a.n = 1
	}
	return k.verdict(a, v, at)
}

// verdict says whether an ask would fit, and counts nothing.
func (k *counter) verdict(a ask, v view, at time.Duration) Verdict {
	if k.log.used+a.n <= k.level(a.calls, v) {
		return Verdict{Allowed: true, Remaining: max(a.calls-k.log.used-v.used, 0)}
	}
	excess := k.log.used + v.used + a.n - a.calls
	switch {
	case excess <= 0: // there is room in the location, though not yet for this node
		return Verdict{RetryAfter: Interval}
	case a.n > a.calls:
		return Verdict{RetryAfter: k.name.period}
	}
	return Verdict{RetryAfter: k.log.free(excess, at, k.name.period)}
}

// level returns how many calls this node may have in the window.
func (k *counter) level(calls int, v view) int {
	switch {
	case v.alone():
		return calls
	case !k.claim.held:
		return k.log.used + newcomer(calls-k.log.used-v.claims, v)
	case calls < k.calls:
		return min(k.claim.level, calls-v.used)
	}
	return k.claim.level
}

// idle reports whether nothing would be lost with the counter.
func (k *counter) idle() bool {
	return k.log.used == 0 && !k.claim.held
}

// fullness is how close the counter is to its limit; 1 and more: at it.
func (k *counter) fullness() float64 {
	return float64(k.log.used) / float64(max(k.calls, 1))
}
