package breaker

import (
	"cmp"
	"slices"
)

// MaxRow is the most bytes of an encoded row.
const MaxRow = 8 << 10

// Row is what a gateway tells others of its breakers, all at one time: those
// that are not as a breaker is when all is well.
type Row struct {
	Entries []Entry // by weight: no attempts first; then by name
	Omitted int     // that there was no room for
}

// Entry is a breaker in a row, or a backend that an operator keeps out of
// service. Of Status it has State, Since, Until, Cause, Failures, Attempts and
// LastError, texts cut to 96 bytes and times to the millisecond; Share follows
// from State.
type Entry struct {
	Backend  string
	Disabled bool // an operator keeps the backend out of service
	Status
}

// Calm reports whether there is nothing to tell.
func (e *Entry) Calm() bool { return e.State == Closed && !e.Disabled }

// sorted returns the entries of a row in the order in which they find room.
func sorted(entries []Entry) []Entry {
	return slices.SortedFunc(slices.Values(entries), func(a, b Entry) int {
		return cmp.Or(cmp.Compare(a.weight(), b.weight()), cmp.Compare(a.Backend, b.Backend))
	})
}

// weight is less where it matters more to know of an entry.
func (e *Entry) weight() int {
	switch e.State {
	case Open:
		return 0
	case HalfOpen:
		return 1
	case ForcedOpen:
		return 2
	}
	if e.Disabled {
		return 3
	}
	return 4
}
