package healthprobe

import (
	"cmp"
	"slices"
	"time"

	"meridian/routing"
)

// Verdict is what this node holds of one target.
type Verdict struct {
	Target  TargetID
	Health  routing.Health
	Since   time.Time // of Health
	Reason  Reason    // for which Health is what it is
	First   time.Time // first failed probe of the way down; zero when not down
	Waiting string    // what a target that is down but answers well waits for: rise, hold_down, release
	Level   int       // of hold-down
	Last    Result    // the last probe that taught something; reason unchecked before
	Trouble Result    // the last probe, if it taught nothing (Reason.Unknown); else zero
	Taught  time.Time // when it counted; zero: not since start or thaw
}

// Verdicts returns all verdicts, sorted by target.
func (m *Monitor) Verdicts() []Verdict {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := make([]Verdict, 0, len(m.watches))
	for _, w := range m.watches {
		t := &w.tracker
		all = append(all, Verdict{
			Target: w.target.ID, Health: t.health, Since: t.since, Reason: t.reason, First: t.down,
			Waiting: t.Waiting(), Level: t.level, Last: w.last, Trouble: w.trouble, Taught: w.taught,
		})
	}
	slices.SortFunc(all, func(a, b Verdict) int { return cmp.Compare(a.Target, b.Target) })
	return all
}

// Row returns this observer's row as of now. Every row made has a greater N.
func (m *Monitor) Row() Row {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.row(time.Now())
}

// row makes the next row. The lock is held.
func (m *Monitor) row(now time.Time) Row {
	m.n++
	r := Row{
		Observer: m.opt.Node, Location: m.opt.Location, Boot: m.opt.Boot, N: m.n, At: now,
		Anchor: m.currentAnchor(now), Abstains: m.self.isolated || m.slow,
		Entries: make([]Entry, 0, len(m.watches)),
	}
	for _, w := range m.watches {
		r.Entries = append(r.Entries, w.entry(now))
	}
	slices.SortFunc(r.Entries, func(a, b Entry) int { return cmp.Compare(a.Target, b.Target) })
	return r
}

// entry is w's line of the row. A verdict from before this start stands in Held
// too, so that a node alone adopts what it knew itself.
func (w *watch) entry(now time.Time) Entry {
	t := &w.tracker
	e := Entry{
		Target: w.target.ID, Health: t.health, Since: t.since, Reason: t.reason,
		Answered: t.told, First: t.down, Age: -1,
	}
	if w.taught.IsZero() {
		e.Held = t.health
	} else {
		e.Age = now.Sub(w.taught)
	}
	return e
}

// currentAnchor is what the references said, for as long as that is worth
// anything: silent targets have them asked at least once per interval. The lock
// is held.
func (m *Monitor) currentAnchor(now time.Time) Anchor {
	if !m.witness.configured() {
		return AnchorNone
	}
	longest := referenceEvery
	for _, w := range m.watches {
		longest = max(longest, w.target.Check.Interval)
	}
	if m.anchored.IsZero() || now.Sub(m.anchored) > 2*longest {
		return AnchorUnasked
	}
	return m.anchor
}
