package intent

import (
	"fmt"
	"slices"
)

// Refusal is why a command is not accepted: a safety rule forbids it.
type Refusal struct {
	Rule    string // such as BypassMinEnabled
	Why     string // in words
	Enabled int    // locations that would be enabled
	Minimum int    // locations that have to be
}

func (r *Refusal) Error() string { return fmt.Sprintf("refused by %s: %s", r.Rule, r.Why) }

// Stamp gives drafts their id. It must be later than any that its node gave
// before (Clock).
func Stamp(drafts []Value, id ID) []Value {
	out := slices.Clone(drafts)
	for i := range out {
		out[i].ID = id
	}
	return out
}

// With returns the input as it will be when drafts with an id have been
// written: Fold of it is what they will bring about.
func (in Input) With(drafts []Value, id ID) Input {
	in.Values = slices.Clone(in.Values)
	for _, v := range Stamp(drafts, id) {
		in.Values = append(in.Values, Held{Value: v})
	}
	return in
}

// Admit says whether drafts of one command may be written: nil, or a *Refusal
// where they would be held, or would take a location out and have others held
// for it, or leave fewer locations enabled than have to be, and fewer than now.
// Drafts that bypass BypassMinEnabled may do so; and the end of a drill is
// never refused.
func Admit(drafts []Value, in Input, id ID) error {
	bound := func(v Value) bool { return !v.bypasses(BypassMinEnabled) && (v.Layer != Drill || !v.Clear) }
	if !slices.ContainsFunc(drafts, bound) {
		return nil
	}
	before, after := Fold(in), Fold(in.With(drafts, id))
	if h, ok := broken(drafts, before, after, id); ok {
		return &Refusal{Rule: h.Rule, Why: h.Why, Enabled: h.Enabled, Minimum: in.MinEnabled}
	}
	if after.Enabled < in.MinEnabled && after.Enabled < before.Enabled {
		why := tooFew(after.Enabled, len(in.Locations), in.MinEnabled)
		return &Refusal{Rule: BypassMinEnabled, Why: why, Enabled: after.Enabled, Minimum: in.MinEnabled}
	}
	return nil
}

// broken returns the first hold that drafts are to blame for: of themselves, or
// of others where they take a location out.
func broken(drafts []Value, before, after Outcome, id ID) (Hold, bool) {
	worse := slices.ContainsFunc(drafts, func(v Value) bool { return !before.out(v.Target()) && after.out(v.Target()) })
	for _, h := range after.Holds {
		if h.ID == id || worse && !before.holds(h.Value) {
			return h, true
		}
	}
	return Hold{}, false
}

// out reports whether a target is out of service, for a drill or not.
func (o Outcome) out(t Target) bool {
	e := o.At(t)
	return e.Drill != nil || t.Property.Off(e.Text)
}
