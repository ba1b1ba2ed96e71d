package intent

import (
	"slices"
	"time"
)

// Input is what is folded: all values, of any order, what the plan says, and
// the plan's safety.
type Input struct {
	Values     []Held
	Plan       map[Target]string // what the plan says; absent: nothing
	Locations  []Object          // of which MinEnabled are to stay enabled
	MinEnabled int               // safety.minEnabledLocations
}

// Effective is what holds for one target.
type Effective struct {
	Text   string   // the topmost that is not held: timed, standing, plan. Of drills see Drill
	Plan   string   // what the plan says; "": nothing
	Layers [3]*Held // what operators said, by Layer; nil: nothing. It may be held (Outcome.Holds)
	By     *Held    // whose Text it is; nil: the plan's
	Drill  *Held    // the drill that takes it out; nil: none
}

// Hold is a value that has no effect, because it would leave too little.
type Hold struct {
	Held
	Rule    string // the safety rule, such as BypassMinEnabled
	Why     string // in words
	Enabled int    // locations that would be enabled
}

// Outcome is what a fold makes of its input.
type Outcome struct {
	Effective map[Target]Effective // of targets of which operators say something; see At
	Holds     []Hold               // by id
	Conflicts []Conflict           // by key
	Enabled   int                  // of Input.Locations
	Next      time.Duration        // until the next lease ends; 0: none runs

	plan map[Target]string
}

// At returns what holds for a target, whether operators say something of it or
// only the plan does.
func (o Outcome) At(t Target) Effective {
	if e, ok := o.Effective[t]; ok {
		return e
	}
	return Effective{Text: o.plan[t], Plan: o.plan[t]}
}

// holds reports whether a value is held.
func (o Outcome) holds(v Value) bool {
	return slices.ContainsFunc(o.Holds, func(h Hold) bool { return h.Key == v.Key && h.ID == v.ID })
}

// Fold lays what operators said over the plan. What switches nothing off
// counts in any case; what does is taken in the order of ids, and held where it
// would leave fewer than MinEnabled locations enabled, and fewer than before,
// unless it bypasses BypassMinEnabled. A drill counts as a location that is not
// enabled. The outcome does not depend on the order of the values.
func Fold(in Input) Outcome {
	f := newFolding(in)
	f.resolve(sortedByKey(in.Values))
	for _, list := range [][]*Held{f.on, f.off} {
		slices.SortFunc(list, byID)
		for _, h := range list {
			f.take(h)
		}
	}
	return f.outcome()
}

// folding is a fold as it goes on.
type folding struct {
	in      Input
	places  map[Object]bool // of Input.Locations: is it enabled?
	targets map[Target]*stack
	on, off []*Held // what counts, by whether it switches off
	out     Outcome
}

func newFolding(in Input) *folding {
	f := &folding{in: in, places: make(map[Object]bool, len(in.Locations)), targets: map[Target]*stack{}}
	for _, l := range in.Locations {
		f.places[l] = !DisableGateway.Off(in.Plan[Target{l, DisableGateway}])
	}
	for _, on := range f.places {
		f.out.Enabled += count(on)
	}
	return f
}

// resolve finds, of each key, the value that counts, and takes note of
// conflicts and of the next end of a lease. It keeps pointers into sorted.
func (f *folding) resolve(sorted []Held) {
	for len(sorted) > 0 {
		n := 1
		for n < len(sorted) && sorted[n].Key == sorted[0].Key {
			n++
		}
		heads := undisplaced(sorted[:n])
		f.wake(heads)
		v, ok, conflict := Resolve(heads)
		if ok && v.Layer < layers {
			sorted[0] = v
			f.count(&sorted[0])
		}
		if conflict != nil {
			f.disputed(v.Key, heads)
		}
		sorted = sorted[n:]
	}
}

// count has a value take part.
func (f *folding) count(h *Held) {
	if h.Off() {
		f.off = append(f.off, h)
	} else {
		f.on = append(f.on, h)
	}
}

// wake takes note of the leases that still run.
func (f *folding) wake(heads []Held) {
	for _, h := range heads {
		if left := h.Left(); left > 0 && (f.out.Next == 0 || left < f.out.Next) {
			f.out.Next = left
		}
	}
}

func (f *folding) disputed(key Key, heads []Held) {
	c := Conflict{Key: key}
	for _, h := range heads {
		if !h.Ended() {
			c.IDs, c.Values = append(c.IDs, h.ID), append(c.Values, h.Value)
		}
	}
	f.out.Conflicts = append(f.out.Conflicts, c)
}

// take lays a value into its layer, or holds it.
func (f *folding) take(h *Held) {
	t := h.Target()
	s := f.targets[t]
	if s == nil {
		s = &stack{plan: f.in.Plan[t]}
		f.targets[t] = s
	}
	s.said[h.Layer] = h
	on, counts := f.places[h.Object]
	if !counts || h.Property != DisableGateway {
		s.obeyed[h.Layer] = h
		return
	}
	was := s.obeyed
	s.obeyed[h.Layer] = h
	enabled := f.out.Enabled - count(on) + count(!s.out())
	if enabled < f.out.Enabled && enabled < f.in.MinEnabled && !h.bypasses(BypassMinEnabled) {
		s.obeyed = was
		f.out.Holds = append(f.out.Holds, f.hold(*h, enabled))
		return
	}
	f.out.Enabled, f.places[h.Object] = enabled, !s.out()
}

func (f *folding) outcome() Outcome {
	f.out.plan = f.in.Plan
	f.out.Effective = make(map[Target]Effective, len(f.targets))
	for t, s := range f.targets {
		f.out.Effective[t] = s.effective()
	}
	return f.out
}

// count returns 1 for true.
func count(b bool) int {
	if b {
		return 1
	}
	return 0
}
