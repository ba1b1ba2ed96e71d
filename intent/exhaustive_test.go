package intent

import (
	"errors"
	"maps"
	"slices"
	"testing"
)

// clone copies a world, so that all that may follow can be tried.
func (w *world) clone() *world {
	c := &world{now: w.now, history: slices.Clip(w.history), in: w.in}
	for _, r := range w.replicas {
		d := *r
		d.heads, d.got = slices.Clone(r.heads), maps.Clone(r.got)
		c.replicas = append(c.replicas, &d)
	}
	return c
}

// explore does each of the acts in a copy of the world, and all that may follow
// to a depth; it returns how many worlds it has seen.
func (w *world) explore(t *testing.T, depth int, acts []func(*world), check func(*world)) int {
	check(w)
	n := 1
	if depth == 0 {
		return n
	}
	for _, act := range acts {
		next := w.clone()
		act(next)
		n += next.explore(t, depth-1, acts, check)
	}
	return n
}

// commands returns the acts of both of two replicas saying the texts of the
// locations, and pushing what they hold to each other.
func commands(t *testing.T, texts, locations []string) []func(*world) {
	acts := []func(*world){
		func(w *world) { w.push(w.replicas[0], w.replicas[1]) },
		func(w *world) { w.push(w.replicas[1], w.replicas[0]) },
	}
	for r := range 2 {
		for _, location := range locations {
			for _, text := range texts {
				c := Command{Object: LocationObject(location), Property: DisableGateway, Text: text}
				acts = append(acts, func(w *world) { refusedOrNot(t, w.command(t, w.replicas[r], c)) })
			}
		}
	}
	return acts
}

func refusedOrNot(t *testing.T, err error) {
	t.Helper()
	if refusal := (*Refusal)(nil); err != nil && !errors.As(err, &refusal) {
		t.Fatalf("error: got %v, want a *Refusal or none", err)
	}
}

// TestEveryShortHistory has two nodes toggle one location in each of the orders
// there are, whose messages arrive or do not.
func TestEveryShortHistory(t *testing.T) {
	key := Key{Object: LocationObject("a"), Property: DisableGateway, Layer: Standing}
	w := newWorld(2, Input{Plan: map[Target]string{key.Target(): "true"}, Locations: []Object{"location/a"}})
	n := w.explore(t, 5, commands(t, []string{"true", "false"}, []string{"a"}), func(w *world) {
		w.check(t, w.replicas[0])
		w.check(t, w.replicas[1])
		healed := w.clone()
		healed.heal()
		healed.same(t)
		out := Fold(healed.view(healed.replicas[0]))
		if len(out.Conflicts) > 0 && out.At(key.Target()).Text != "true" {
			t.Fatalf("after a conflict: got %q, want off", out.At(key.Target()).Text)
		}
	})
	if want := 1 + 6 + 36 + 216 + 1296 + 7776; n != want {
		t.Errorf("histories: got %d, want %d", n, want)
	}
}

// TestNeverEverythingOff has two nodes switch both of two locations off and on
// in each order, cut off from each other or not (faults.md C2, C13).
func TestNeverEverythingOff(t *testing.T) {
	locations := []Object{"location/a", "location/b"}
	for _, plan := range []map[Target]string{nil, {Target{locations[0], DisableGateway}: "true"}} {
		w := newWorld(2, Input{Plan: plan, Locations: locations, MinEnabled: 1})
		w.explore(t, 3, commands(t, []string{"true", "false"}, []string{"a", "b"}), func(w *world) {
			healed := w.clone()
			healed.heal()
			healed.same(t)
			for _, r := range append(slices.Clone(w.replicas), healed.replicas...) {
				if out := Fold(w.in.at(w, healed, r)); out.Enabled < 1 {
					t.Fatalf("enabled at %s: got %d, want at least 1", r.id, out.Enabled)
				}
			}
		})
	}
}

// at returns what a replica of either world folds.
func (in Input) at(w, healed *world, r *replica) Input {
	if slices.Contains(w.replicas, r) {
		return w.view(r)
	}
	return healed.view(r)
}
