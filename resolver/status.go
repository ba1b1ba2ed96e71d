package resolver

import (
	"slices"
	"time"

	"meridian/dnswire"
)

// NameStatus is one line of a resolver's status.
type NameStatus struct {
	Name    dnswire.Name
	Answer  Answer
	Next    time.Time // when it is asked for again; meaningful for watched names
	Watched bool
}

// Status lists the names held, in canonical order.
func (r *Resolver) Status() []NameStatus {
	r.mu.RLock()
	now := time.Now()
	list := make([]NameStatus, 0, len(r.entries))
	for _, e := range r.entries {
		list = append(list, NameStatus{
			Name: e.name, Answer: merge(now, e.both, r.rules), Next: e.due(), Watched: len(e.subs) > 0,
		})
	}
	r.mu.RUnlock()
	slices.SortFunc(list, func(a, b NameStatus) int { return a.Name.Compare(b.Name) })
	return list
}

func (r *Resolver) staleNames() int {
	count := 0
	for _, status := range r.Status() {
		if status.Watched && (status.Answer.Stale || len(status.Answer.Addrs) == 0) {
			count++
		}
	}
	return count
}
