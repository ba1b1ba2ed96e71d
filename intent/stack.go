package intent

import (
	"fmt"
	"slices"
)

// stack is what lies on one target, layer by layer.
type stack struct {
	plan   string
	said   [layers]*Held // what counts of each layer
	obeyed [layers]*Held // less what is held
}

// by returns whose word it is, drills aside; nil: the plan's.
func (s *stack) by() *Held {
	if timed := s.obeyed[Timed]; timed != nil {
		return timed
	}
	return s.obeyed[Standing]
}

func (s *stack) text() string {
	if by := s.by(); by != nil {
		return by.Text
	}
	return s.plan
}

// out reports whether a location's gateways are out of service, by whatever
// layer.
func (s *stack) out() bool { return s.obeyed[Drill] != nil || DisableGateway.Off(s.text()) }

func (s *stack) effective() Effective {
	return Effective{Text: s.text(), Plan: s.plan, Layers: s.said, By: s.by(), Drill: s.obeyed[Drill]}
}

func (v Value) bypasses(rule string) bool { return slices.Contains(v.Bypass, rule) }

// hold says why a value is held that would leave so many enabled.
func (f *folding) hold(h Held, enabled int) Hold {
	return Hold{Held: h, Rule: BypassMinEnabled, Why: tooFew(enabled, len(f.places), f.in.MinEnabled), Enabled: enabled}
}

func tooFew(enabled, locations, minimum int) string {
	return fmt.Sprintf("%d of %d locations would be enabled, at least %d have to be (%s)", enabled, locations, minimum, BypassMinEnabled)
}
