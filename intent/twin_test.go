package intent

import (
	"cmp"
	"slices"
	"time"
)

// summary is what a fold comes to, for comparing.
type summary struct {
	Text      map[Target]string
	Drills    map[Target]bool
	Holds     []ID
	Conflicts map[Key][]ID
	Enabled   int
	Next      time.Duration
}

func summaryOf(o Outcome, in Input) summary {
	s := summary{Text: map[Target]string{}, Drills: map[Target]bool{}, Conflicts: map[Key][]ID{}, Enabled: o.Enabled, Next: o.Next}
	for t := range o.Effective {
		s.note(t, o.At(t).Text, o.At(t).Drill != nil)
	}
	for t := range in.Plan {
		s.note(t, o.At(t).Text, o.At(t).Drill != nil)
	}
	for _, h := range o.Holds {
		s.Holds = append(s.Holds, h.ID)
	}
	for _, c := range o.Conflicts {
		s.Conflicts[c.Key] = c.IDs
	}
	return s
}

func (s summary) note(t Target, text string, drill bool) {
	if text != "" {
		s.Text[t] = text
	}
	if drill {
		s.Drills[t] = true
	}
}

// slowFold is Fold by definition: everything is worked out anew at each step.
// Its values are heads, one copy of each.
func slowFold(in Input) summary {
	s := summary{Text: map[Target]string{}, Drills: map[Target]bool{}, Conflicts: map[Key][]ID{}}
	var counted []Held
	for _, h := range in.Values {
		if h.For > 0 && h.Age < h.For && (s.Next == 0 || h.For-h.Age < s.Next) {
			s.Next = h.For - h.Age
		}
		rivals := livingOf(in.Values, h.Key)
		if len(rivals) == 0 || rivals[0].ID != h.ID {
			continue
		}
		if ids := dispute(rivals); ids != nil {
			s.Conflicts[h.Key] = ids
		}
		if !h.Clear {
			counted = append(counted, h)
		}
	}
	obeyed := s.obey(counted, in)
	for _, h := range counted {
		t := Target{h.Object, h.Property}
		s.note(t, slowText(t, obeyed, in), slowDrill(t, obeyed))
	}
	for t := range in.Plan {
		s.note(t, slowText(t, obeyed, in), slowDrill(t, obeyed))
	}
	s.Enabled = slowEnabled(obeyed, in)
	return s
}

// livingOf returns the values of a key that have not ended, the one that counts
// first: the most off, then the latest.
func livingOf(values []Held, k Key) []Held {
	var out []Held
	for _, h := range values {
		if h.Key == k && (h.For == 0 || h.Age < h.For) {
			out = append(out, h)
		}
	}
	slices.SortFunc(out, func(a, b Held) int {
		return cmp.Or(cmp.Compare(slowOff(b), slowOff(a)), b.ID.Compare(a.ID))
	})
	return out
}

func slowOff(h Held) int {
	if h.Clear {
		return 0
	}
	if h.Layer == Drill || h.Text == "true" {
		return 1
	}
	n := 0
	for _, c := range h.Text {
		if h.Property == Shed {
			n = 10*n + int(c-'0')
		}
	}
	return n
}

func dispute(rivals []Held) []ID {
	var ids []ID
	differ := false
	for _, h := range rivals {
		ids = append(ids, h.ID)
		differ = differ || h.Clear != rivals[0].Clear || h.Text != rivals[0].Text
	}
	if !differ {
		return nil
	}
	slices.SortFunc(ids, ID.Compare)
	return ids
}

// obey returns the values that have their effect.
func (s *summary) obey(counted []Held, in Input) []Held {
	slices.SortFunc(counted, func(a, b Held) int { return a.ID.Compare(b.ID) })
	var obeyed []Held
	for _, h := range counted {
		if slowOff(h) == 0 {
			obeyed = append(obeyed, h)
		}
	}
	for _, h := range counted {
		if slowOff(h) == 0 {
			continue
		}
		before, after := slowEnabled(obeyed, in), slowEnabled(append(slices.Clone(obeyed), h), in)
		if after < before && after < in.MinEnabled && len(h.Bypass) == 0 {
			s.Holds = append(s.Holds, h.ID)
			continue
		}
		obeyed = append(obeyed, h)
	}
	return obeyed
}

func slowText(t Target, obeyed []Held, in Input) string {
	for _, l := range []Layer{Timed, Standing} {
		for _, h := range obeyed {
			if h.Object == t.Object && h.Property == t.Property && h.Layer == l {
				return h.Text
			}
		}
	}
	return in.Plan[t]
}

func slowDrill(t Target, obeyed []Held) bool {
	return slices.ContainsFunc(obeyed, func(h Held) bool {
		return h.Object == t.Object && h.Property == t.Property && h.Layer == Drill
	})
}

func slowEnabled(obeyed []Held, in Input) int {
	n := 0
	for _, l := range in.Locations {
		t := Target{l, DisableGateway}
		if slowText(t, obeyed, in) != "true" && !slowDrill(t, obeyed) {
			n++
		}
	}
	return n
}
