package backend

import (
	"sync"
	"time"
)

const (
	budgetSlots   = 10 // of a second each
	budgetPercent = 20
	budgetMinimum = 3
)

// budget bounds repetitions by the requests of the last ten seconds, so that
// they never multiply load. It does not shrink while everything fails: a request
// counts when it begins.
type budget struct {
	percent, minimum int
	set              bool // by the operator: it binds repetitions by policies too

	mu    sync.Mutex
	slots [budgetSlots]slot
}

type slot struct {
	second            int64
	requests, repeats int
}

func newBudget(r Retry) *budget {
	b := &budget{percent: r.Budget, minimum: r.Minimum, set: r.Budget > 0}
	if b.percent == 0 {
		b.percent = budgetPercent
	}
	if b.minimum == 0 {
		b.minimum = budgetMinimum
	}
	return b
}

// counts reports whether a call counts as a request: every one where the budget is
// set, but for repetitions by policies, else those that may be repeated here.
func (b *budget) counts(may, repetition bool) bool {
	if b.set {
		return !repetition
	}
	return may
}

// at returns the slot of a second. Callers hold mu.
func (b *budget) at(now time.Time) *slot {
	second := now.Unix()
	s := &b.slots[second%budgetSlots]
	if s.second != second {
		*s = slot{second: second}
	}
	return s
}

// request counts a request.
func (b *budget) request(now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.at(now).requests++
}

// repeat takes a repetition, if there is one left.
func (b *budget) repeat(now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	here := b.at(now)
	requests, repeats := 0, 0
	for _, s := range b.slots {
		if now.Unix()-s.second < budgetSlots {
			requests += s.requests
			repeats += s.repeats
		}
	}
	if repeats >= b.minimum && (repeats-b.minimum+1)*100 > requests*b.percent {
		return false
	}
	here.repeats++
	return true
}
