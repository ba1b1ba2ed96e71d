package intent

import (
	"cmp"
	"testing"
)

func versions() []PlanVersion {
	out := []PlanVersion{{}}
	for term := range uint64(3) {
		for seq := range uint64(3) {
			out = append(out, PlanVersion{term, seq, "a"}, PlanVersion{term, seq, "b"})
		}
	}
	return out
}

func TestForks(t *testing.T) {
	for _, test := range []struct {
		name string
		a, b PlanVersion
		want bool
	}{
		{"none", PlanVersion{}, PlanVersion{}, false},
		{"the first", PlanVersion{}, PlanVersion{1, 1, "a"}, false},
		{"the same", PlanVersion{1, 1, "a"}, PlanVersion{1, 1, "a"}, false},
		{"the next", PlanVersion{1, 1, "a"}, PlanVersion{1, 2, "b"}, false},
		{"of another term", PlanVersion{1, 2, "a"}, PlanVersion{2, 2, "b"}, false},
		{"two files", PlanVersion{0, 0, "a"}, PlanVersion{0, 0, "b"}, false},
		{"two plans of one version", PlanVersion{1, 2, "a"}, PlanVersion{1, 2, "b"}, true},
	} {
		if ab, ba := test.a.Forks(test.b), test.b.Forks(test.a); ab != test.want || ba != test.want {
			t.Errorf("%s: got %v and %v, want %v", test.name, ab, ba, test.want)
		}
	}
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

// TestPlanOrder: an older plan never comes after a newer one, and a provisional
// one before all others.
func TestPlanOrder(t *testing.T) {
	ascending := []PlanVersion{{}, {0, 0, "z"}, {1, 1, "z"}, {1, 2, "a"}, {1, 2, "b"}, {1, 9, "a"}, {2, 1, "a"}}
	for i, a := range ascending {
		for j, b := range ascending {
			if got, want := a.Compare(b), cmp.Compare(i, j); got != want {
				t.Errorf("%v and %v: got %d, want %d", a, b, got, want)
			}
		}
	}
}

func TestVersionText(t *testing.T) {
	for want, v := range map[string]PlanVersion{"2.3": {2, 3, "c"}, "provisional": {Hash: "x"}, "none": {}} {
		if got := v.String(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
