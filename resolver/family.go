package resolver

import (
	"net/netip"
	"slices"
	"time"
)

// Rules for failed and negative answers.
const (
	firstRetry    = time.Second     // after the first failure in a row, then doubled (RFC 9520 §3.2)
	maxRetry      = 4 * time.Second // plus up to a fifth
	confirmAfter  = 5 * time.Second // between negative answers that would take addresses away
	confirmations = 3               // negative answers in a row that do
)

// rules are the parts of Options by which a family ages.
type rules struct {
	minTTL, maxTTL, staleFor, interval time.Duration
}

// family is what is known of the addresses of one family of one name. Its
// methods are pure: now and chance are arguments.
type family struct {
	addrs     []netip.Addr
	asked     bool      // a result has come
	expires   time.Time // until when addrs, or their absence, is fresh
	due       time.Time // when to ask again
	err       *Error    // of the last result; nil when it gave addresses
	failures  int       // in a row
	negatives int       // in a row
}

// apply takes in a result. chance, in [0, 1), spreads the times of the next
// questions.
func (f *family) apply(now time.Time, got result, chance float64, rules rules) {
	f.asked, f.err = true, got.err
	switch {
	case got.err == nil:
		f.failures, f.negatives = 0, 0
		f.addrs = tidy(got.addrs, MaxAddrs)
		fresh := rules.fresh(got)
		f.expires = now.Add(fresh)
		f.due = now.Add(early(fresh, chance))
	case got.err.Kind.Definite():
		f.failures = 0
		f.negatives++
		f.negative(now, got, chance, rules)
	default:
		retry := min(firstRetry<<min(f.failures, 3), maxRetry)
		f.failures++
		f.due = now.Add(retry + time.Duration(chance*float64(retry)/5))
		if len(f.addrs) == 0 {
			f.expires = f.due
		}
	}
}

func (f *family) negative(now time.Time, got result, chance float64, rules rules) {
	if len(f.addrs) > 0 && f.negatives < confirmations && f.stale(now) < rules.staleFor {
		f.due = now.Add(early(confirmAfter, chance))
		return
	}
	f.addrs = nil
	f.expires = now.Add(rules.negative(got))
	f.due = f.expires
}

// negative is how long the absence of addresses counts as fresh. A family that
// is not there is asked for as rarely as one that is.
func (r rules) negative(got result) time.Duration {
	switch {
	case r.interval > 0 && got.err.Kind == NoData:
		return r.interval
	case !got.known:
		return r.minTTL
	}
	return min(max(got.ttl, r.minTTL), r.maxTTL)
}

// tidy sorts addresses, drops doubles and keeps the first limit.
func tidy(addrs []netip.Addr, limit int) []netip.Addr {
	addrs = slices.Clone(addrs)
	slices.SortFunc(addrs, netip.Addr.Compare)
	addrs = slices.Compact(addrs)
	return addrs[:min(len(addrs), limit)]
}

// fresh is how long addresses count as fresh.
func (r rules) fresh(got result) time.Duration {
	if r.interval > 0 {
		return r.interval
	}
	return min(max(got.ttl, r.minTTL), r.maxTTL)
}

// early returns 75 to 90 % of d.
func early(d time.Duration, chance float64) time.Duration {
	return time.Duration((0.75 + 0.15*chance) * float64(d))
}

// shift is how many places later in the list of servers to begin: negative
// answers that would take addresses away are confirmed by other servers.
func (f *family) shift() int {
	if len(f.addrs) == 0 {
		return 0
	}
	return f.negatives
}

// stale is how long ago the addresses expired.
func (f *family) stale(now time.Time) time.Duration { return max(0, now.Sub(f.expires)) }

// view returns the addresses that may be used, and what is wrong with them: a
// failure, or age.
func (f *family) view(now time.Time, rules rules) (addrs []netip.Addr, stale bool, err *Error) {
	if len(f.addrs) == 0 {
		return nil, false, f.err
	}
	if f.stale(now) > rules.staleFor || f.stale(now) > 0 && rules.staleFor == 0 {
		return nil, false, f.expired(rules)
	}
	if now.Before(f.expires) && f.negatives == 0 {
		return f.addrs, false, nil
	}
	return f.addrs, true, f.err
}

func (f *family) expired(rules rules) *Error {
	if f.err == nil {
		return nil // nobody has asked since
	}
	err := *f.err
	err.Expired = max(rules.staleFor, time.Second)
	return &err
}

// merge makes an answer of both families, IPv4 first.
func merge(now time.Time, both [2]family, rules rules) Answer {
	var a Answer
	var worst *Error
	var lists [2][]netip.Addr
	for i := range both {
		addrs, stale, err := both[i].view(now, rules)
		lists[i] = addrs
		a.Stale = a.Stale || stale
		if stale && err != nil {
			a.Err = err
		}
		if len(addrs) == 0 && outranks(err, worst) {
			worst = err
		}
	}
	a.Addrs = join(lists[0], lists[1])
	a.Expires = firstExpiry(both)
	if len(a.Addrs) == 0 && worst != nil {
		a.Err = worst
	}
	return a
}

// join puts two lists into a new one of at most MaxAddrs, cutting the longer.
func join(v4, v6 []netip.Addr) []netip.Addr {
	n6 := min(len(v6), max(MaxAddrs/2, MaxAddrs-len(v4)))
	n4 := min(len(v4), MaxAddrs-n6)
	return slices.Concat(v4[:n4], v6[:n6])
}

func firstExpiry(both [2]family) time.Time {
	a, b := both[0], both[1]
	if !a.asked || b.asked && b.expires.Before(a.expires) {
		return b.expires
	}
	return a.expires
}

// outranks reports whether a says more of the whole name than b: that it does
// not exist more than that a server failed, and that more than that one family
// is empty.
func outranks(a, b *Error) bool {
	rank := func(e *Error) int {
		switch {
		case e == nil:
			return 0
		case e.Kind == NoData:
			return 1
		case !e.Kind.Definite():
			return 2
		}
		return 3
	}
	return rank(a) > rank(b)
}
