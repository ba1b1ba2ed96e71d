package routing

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestChangedMissesNothing: a profile that Changed leaves out decides alike.
func TestChangedMissesNothing(t *testing.T) {
	unchanged := 0
	for seed := range uint64(200) {
		w := newWorld(t, seed)
		a := w.s.Publish(w.randomState(), nil)
		b := w.s.Publish(w.randomState(), a)
		changed := b.Changed(a)
		for range 200 {
			q := w.randomQuery()
			if slices.Contains(changed, q.Profile) {
				continue
			}
			unchanged++
			if d := cmp.Diff(spelled(a.Exact(), q), spelled(b.Exact(), q)); d != "" {
				t.Fatalf("seed %d: profile %d is not among the changed %v: %s", seed, q.Profile, changed, d)
			}
		}
	}
	if unchanged == 0 {
		t.Errorf("no random profile was left unchanged: the test says nothing")
	}
}

// TestChangedIsEmptyForTheSame: the same state again changes nothing.
func TestChangedIsEmptyForTheSame(t *testing.T) {
	for seed := range uint64(100) {
		w := newWorld(t, seed)
		st := w.randomState()
		a := w.s.Publish(st, nil)
		if got := w.s.Publish(st, a).Changed(a); len(got) > 0 {
			t.Fatalf("seed %d: got %v changed, want none", seed, got)
		}
	}
}
