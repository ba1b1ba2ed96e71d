package intent

import (
	"bytes"
	"cmp"
	"slices"
	"time"
)

// Held is a value as this node holds it. Age is how long ago it was written, by
// the clocks that carried it.
type Held struct {
	Value
	Age time.Duration
}

// Ended reports whether the lease is over. A value that has ended counts for
// nothing, and still displaces what its author had seen.
func (h Held) Ended() bool { return h.For > 0 && h.Age >= h.For }

// Left returns how long the lease still runs; 0 where there is none or it has
// ended.
func (h Held) Left() time.Duration {
	if h.For == 0 {
		return 0
	}
	return max(h.For-h.Age, 0)
}

// byID orders values of any keys: by id, then by key. What a node that signs
// two values with one id put into them decides the rest.
func byID(a, b *Held) int {
	if c := cmp.Or(a.ID.Compare(b.ID), a.Key.compare(b.Key)); c != 0 {
		return c
	}
	return cmp.Or(cmp.Compare(a.Text, b.Text), cmp.Compare(a.For, b.For), cmp.Compare(a.By, b.By), cmp.Compare(a.Reason, b.Reason),
		slices.Compare(a.Bypass, b.Bypass), bytes.Compare(a.Detail, b.Detail), cmp.Compare(count(a.Clear), count(b.Clear)))
}

// byKey orders values by key, then as byID does. Of a value that is there
// twice the older copy comes first.
func byKey(a, b *Held) int {
	if c := a.Key.compare(b.Key); c != 0 {
		return c
	}
	return cmp.Or(byID(a, b), cmp.Compare(b.Age, a.Age))
}

// sameValue reports whether two are copies of one value.
func sameValue(a, b *Held) bool { return byID(a, b) == 0 }

// sortedByKey returns the values by key, one copy of each.
func sortedByKey(values []Held) []Held {
	order := make([]*Held, len(values))
	for i := range values {
		order[i] = &values[i]
	}
	slices.SortFunc(order, byKey)
	order = slices.CompactFunc(order, sameValue)
	out := make([]Held, len(order))
	for i, h := range order {
		out[i] = *h
	}
	return out
}
