package healthprobe

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sort"
	"time"

	"meridian/routing"
)

// MaxObservers is the most observers whose rows a Council keeps.
const MaxObservers = 4096

// ErrTooManyObservers is returned for the row of an observer too many.
var ErrTooManyObservers = errors.New("too many observers")

// Subject is a target a Council decides about.
type Subject struct {
	Target   TargetID
	Own      routing.LocationName // its location if it is one of our gateways; else empty
	Interval time.Duration
	Initial  Initial // what it is before anybody has a verdict
}

// Council holds the rows heard and the verdicts ruled. It is pure: now is an
// argument, changes are return values; one goroutine at a time may use it. The
// zero Council is empty and ready.
type Council struct {
	heard map[string]hearing
	held  map[TargetID]routing.Health
}

// hearing is a row and when it came.
type hearing struct {
	row Row
	at  time.Time
}

// Hear takes a row in. It reports whether the row was news: an older one, or
// the same again, renews nothing. A row outside the limits is refused.
func (c *Council) Hear(now time.Time, r Row) (bool, error) {
	if err := r.Validate(); err != nil {
		return false, fmt.Errorf("hearing a row: %w", err)
	}
	old, known := c.heard[r.Observer]
	if known && !r.newer(old.row) {
		return false, nil
	}
	if !known && len(c.heard) >= MaxObservers {
		return false, fmt.Errorf("hearing the row of %q: %w: want at most %d", r.Observer, ErrTooManyObservers, MaxObservers)
	}
	if c.heard == nil {
		c.heard = make(map[string]hearing)
	}
	c.heard[r.Observer] = hearing{row: r, at: now}
	return true, nil
}

// Forget drops an observer that has left for good.
func (c *Council) Forget(observer string) { delete(c.heard, observer) }

// Held returns the verdict on a target.
func (c *Council) Held(id TargetID) routing.Health { return c.held[id] }

// Stamp writes the verdicts held into r, for joiners to adopt.
func (c *Council) Stamp(r *Row) {
	for i := range r.Entries {
		if h, known := c.held[r.Entries[i].Target]; known {
			r.Entries[i].Held = h
		}
	}
}

// Rule decides about every subject and returns all rulings, in the order of
// the subjects; a caller compares Health with what Held said before. Seats are
// the locations with a registered probing node. A location is lost if all its
// gateways among the subjects were down before this call. A subject without a
// verdict adopts the one most rows hold before its first vote.
func (c *Council) Rule(now time.Time, seats []routing.LocationName, references bool, subjects []Subject) []Ruling {
	lost := c.lost(subjects)
	electorate := Electorate{Seats: make([]Seat, 0, len(seats)), References: references}
	for _, s := range seats {
		electorate.Seats = append(electorate.Seats, Seat{Location: s, Lost: lost[s]})
	}
	observers := slices.SortedFunc(maps.Values(c.heard), func(a, b hearing) int {
		return cmp.Compare(a.row.Observer, b.row.Observer)
	})
	rulings := make([]Ruling, 0, len(subjects))
	held := make(map[TargetID]routing.Health, len(subjects))
	for _, s := range subjects {
		electorate.Own, electorate.Fresh = s.Own, FreshFor(s.Interval)
		ballots, adopted := poll(now, observers, s.Target, electorate.Fresh)
		before, known := c.held[s.Target]
		if !known {
			before = s.begin(adopted)
		}
		ruling := Quorum(before, electorate, ballots)
		ruling.Target = s.Target
		held[s.Target] = ruling.Health
		rulings = append(rulings, ruling)
	}
	c.held = held
	return rulings
}

// begin is the verdict on a subject nobody here has ruled about: the one that
// others hold, else its initial state.
func (s Subject) begin(adopted routing.Health) routing.Health {
	if adopted == routing.Unchecked && s.Initial == InitialWait {
		return routing.Down
	}
	return adopted
}

// lost returns the locations of which every gateway is held down.
func (c *Council) lost(subjects []Subject) map[routing.LocationName]bool {
	lost := make(map[routing.LocationName]bool)
	for _, s := range subjects {
		if s.Own == "" {
			continue
		}
		before, seen := lost[s.Own]
		lost[s.Own] = (before || !seen) && c.held[s.Target] == routing.Down
	}
	return lost
}

// poll collects the ballots on a target and the verdict most fresh rows hold;
// where as many hold one as the other, it is none.
func poll(now time.Time, observers []hearing, id TargetID, fresh time.Duration) ([]Ballot, routing.Health) {
	ballots := make([]Ballot, 0, len(observers))
	balance := 0
	for _, h := range observers {
		b := Ballot{Location: h.row.Location, Abstains: h.row.Abstains, Heard: now.Sub(h.at), Age: -1}
		if e, ok := h.row.Entry(id); ok {
			b.Health, b.Anchored = e.Health, e.anchored(h.row.Anchor)
			if e.Age >= 0 {
				b.Age = e.Age + b.Heard
			}
			if b.Heard < fresh {
				balance += weigh(e.Held)
			}
		}
		ballots = append(ballots, b)
	}
	return ballots, Tipped(balance)
}

// Tipped returns the verdict that weighs more, if one does, by how many more say
// up than down.
func Tipped(balance int) routing.Health {
	switch {
	case balance > 0:
		return routing.Up
	case balance < 0:
		return routing.Down
	}
	return routing.Unchecked
}

func weigh(h routing.Health) int {
	switch h {
	case routing.Up:
		return 1
	case routing.Down:
		return -1
	}
	return 0
}

// anchored reports whether a vote proves that its caster's network works: the
// target answered, or a reference did.
func (e Entry) anchored(a Anchor) bool {
	return a == AnchorAnswered || e.Answered || e.Health == routing.Up
}

// Entry finds what the row says of a target.
func (r Row) Entry(id TargetID) (Entry, bool) {
	i := sort.Search(len(r.Entries), func(i int) bool { return r.Entries[i].Target >= id })
	if i < len(r.Entries) && r.Entries[i].Target == id {
		return r.Entries[i], true
	}
	return Entry{}, false
}
