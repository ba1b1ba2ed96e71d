package healthprobe

import (
	"fmt"
	"time"

	"meridian/routing"
)

// Row is all that one observer says at one moment. It travels between nodes as
// a value; only a greater (Boot, N) replaces what was heard of an observer.
type Row struct {
	Observer string
	Location routing.LocationName
	Boot, N  uint64
	At       time.Time // the observer's clock; for people only
	Anchor   Anchor
	Abstains bool // the observer does not trust itself: nothing here is a vote
	Entries  []Entry
}

// Entry is what an observer says of one target. Entries are sorted by Target.
type Entry struct {
	Target   TargetID
	Health   routing.Health // the observer's own verdict: its vote
	Held     routing.Health // the quorum's verdict the observer stands by; a joiner adopts it
	Since    time.Time      // of Health
	Reason   Reason
	Answered bool          // the target itself gave the reason: a vote that needs no anchor
	First    time.Time     // first failed probe of the way down; zero when not down
	Age      time.Duration // since the last probe that taught something; negative: none since start
}

// maxReason is the most bytes of a Reason in a row from outside.
const maxReason = 40

// Validate reports whether r, come from outside, is within all limits.
func (r Row) Validate() error {
	if r.Observer == "" || len(r.Observer) > maxTargetID || r.Location == "" || len(r.Location) > maxTargetID {
		return fmt.Errorf("row of observer %.40q in location %.40q: want 1 to %d bytes each", r.Observer, r.Location, maxTargetID)
	}
	if len(r.Entries) > MaxTargets {
		return fmt.Errorf("row of %q: %d entries: want at most %d", r.Observer, len(r.Entries), MaxTargets)
	}
	for i, e := range r.Entries {
		if err := e.validate(); err != nil {
			return fmt.Errorf("row of %q: %w", r.Observer, err)
		}
		if i > 0 && r.Entries[i-1].Target >= e.Target {
			return fmt.Errorf("row of %q: entry %.40q: want targets in ascending order", r.Observer, e.Target)
		}
	}
	return nil
}

func (e Entry) validate() error {
	if e.Target == "" || len(e.Target) > maxTargetID || len(e.Reason) > maxReason {
		return fmt.Errorf("entry %.40q, reason %.40q: want at most %d and %d bytes", e.Target, e.Reason, maxTargetID, maxReason)
	}
	if e.Health > routing.Down || e.Held > routing.Down {
		return fmt.Errorf("entry %.40q: health %d, held %d: want 0 to %d", e.Target, e.Health, e.Held, routing.Down)
	}
	return nil
}

// newer reports whether r replaces o.
func (r Row) newer(o Row) bool {
	if r.Boot != o.Boot {
		return r.Boot > o.Boot
	}
	return r.N > o.N
}
