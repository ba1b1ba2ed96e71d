package intent

import "testing"

func versions() []PlanVersion {
	out := []PlanVersion{{}}
	for term := range uint64(3) {
		for seq := range uint64(3) {
			out = append(out, PlanVersion{term, seq, "a"}, PlanVersion{term, seq, "b"})
		}
	}
	return out
}

func TestAdopt(t *testing.T) {
	for _, test := range []struct {
		name          string
		have, offered PlanVersion
		want          Decision
		take          bool
	}{
		{"the first", PlanVersion{}, PlanVersion{1, 1, "a"}, Newer, true},
		{"the first, provisional", PlanVersion{}, PlanVersion{0, 0, "a"}, Newer, true},
		{"none", PlanVersion{1, 1, "a"}, PlanVersion{}, Older, false},
		{"none for none", PlanVersion{}, PlanVersion{}, Older, false},
		{"the same", PlanVersion{1, 1, "a"}, PlanVersion{1, 1, "a"}, Same, false},
		{"the next", PlanVersion{1, 1, "a"}, PlanVersion{1, 2, "a"}, Newer, true},
		{"of a new term", PlanVersion{1, 9, "a"}, PlanVersion{2, 1, "a"}, Newer, true},
		{"of an old term", PlanVersion{2, 1, "a"}, PlanVersion{1, 9, "z"}, Older, false},
		{"over a provisional one", PlanVersion{0, 0, "z"}, PlanVersion{1, 1, "a"}, Newer, true},
		{"a provisional one late", PlanVersion{1, 1, "a"}, PlanVersion{0, 0, "z"}, Older, false},
		{"a file read anew", PlanVersion{0, 0, "z"}, PlanVersion{0, 0, "a"}, Newer, true},
		{"a file read again", PlanVersion{0, 0, "a"}, PlanVersion{0, 0, "a"}, Same, false},
		{"a fork, greater", PlanVersion{1, 1, "a"}, PlanVersion{1, 1, "b"}, Fork, true},
		{"a fork, smaller", PlanVersion{1, 1, "b"}, PlanVersion{1, 1, "a"}, Fork, false},
	} {
		if d, take := Adopt(test.have, test.offered); d != test.want || take != test.take {
			t.Errorf("%s: got %s, take %v, want %s, take %v", test.name, d, take, test.want, test.take)
		}
	}
}

// TestAdoptConverges: nodes that are offered the same plans of writers, in any
// order, end with one, and never go back.
func TestAdoptConverges(t *testing.T) {
	for _, a := range versions() {
		for _, b := range versions() {
			for _, c := range versions() {
				if (a.rank() == 1 || b.rank() == 1) && c.rank() < 2 {
					continue
				}
				first, second := adoptAll(t, a, b, c), adoptAll(t, c, b, a)
				if c.rank() == 2 && first != second {
					t.Fatalf("%v %v %v: got %v in order, %v the other way", a, b, c, first, second)
				}
			}
		}
	}
}

func adoptAll(t *testing.T, offered ...PlanVersion) (have PlanVersion) {
	t.Helper()
	for _, v := range offered {
		if _, take := Adopt(have, v); take {
			if have.rank() == 2 && v.Compare(have) <= 0 {
				t.Fatalf("%v was taken over %v", v, have)
			}
			have = v
		}
	}
	return have
}

func TestCompareIsATotalOrder(t *testing.T) {
	for _, a := range versions() {
		for _, b := range versions() {
			if a.Compare(b) != -b.Compare(a) {
				t.Errorf("%v and %v: got %d and %d", a, b, a.Compare(b), b.Compare(a))
			}
			for _, c := range versions() {
				if a.Compare(b) <= 0 && b.Compare(c) <= 0 && a.Compare(c) > 0 {
					t.Errorf("%v ≤ %v ≤ %v, but not %v ≤ %v", a, b, c, a, c)
				}
			}
		}
	}
}

func TestVersionSteps(t *testing.T) {
	first := PlanVersion{Hash: "a"}.Next("b")
	if want := (PlanVersion{1, 1, "b"}); first != want {
		t.Errorf("after a provisional one: got %+v, want %+v", first, want)
	}
	promoted := first.Next("c").Promoted()
	if want := (PlanVersion{2, 3, "c"}); promoted != want {
		t.Errorf("promoted: got %+v, want %+v", promoted, want)
	}
	if got := promoted.String(); got != "2.3" {
		t.Errorf("text: got %s, want 2.3", got)
	}
	if got := (PlanVersion{Hash: "x"}).String() + (PlanVersion{}).String(); got != "provisionalnone" {
		t.Errorf("texts: got %s", got)
	}
}
