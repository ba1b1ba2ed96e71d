package intent

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// nodeID returns a node id for tests.
func nodeID(n int) NodeID { return NodeID(fmt.Sprintf("%032x", n)) }

// epoch is when the histories of tests begin.
func epoch() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }

// failer is what testing.T and rapid.T have in common.
type failer interface {
	Fatalf(format string, args ...any)
}

// said is a value in the history of a world, with what its author truly knew.
type said struct {
	Value
	at   time.Duration
	knew map[int]bool // positions in the history, all of its key
}

// replica is a node: its heads as a ledger keeps them, and, for the twin, which
// values ever reached it.
type replica struct {
	id    NodeID
	clock Clock
	skew  time.Duration
	heads []int // positions of what is not displaced
	got   map[int]bool
}

// world is some replicas and everything that was ever said.
type world struct {
	now      time.Duration
	history  []said
	replicas []*replica
	in       Input // without values
}

func newWorld(replicas int, in Input) *world {
	w := &world{in: in}
	for i := range replicas {
		w.replicas = append(w.replicas, &replica{id: nodeID(i + 1), got: map[int]bool{}})
	}
	return w
}

// view returns what a replica folds.
func (w *world) view(r *replica) Input {
	in := w.in
	for _, p := range r.heads {
		in.Values = append(in.Values, Held{Value: w.history[p].Value, Age: w.now - w.history[p].at})
	}
	return in
}

func (w *world) wall(r *replica) time.Time { return epoch().Add(w.now + r.skew) }

// command has a replica do what an operator asks, and returns what refused it.
func (w *world) command(t failer, r *replica, c Command) error {
	if err := c.Validate(); err != nil {
		t.Fatalf("command: %v", err)
	}
	in := w.view(r)
	drafts, _ := Drafts(c, in)
	id := ID{Time: r.clock.Next(w.wall(r)), Node: r.id}
	if err := Admit(drafts, in, id); err != nil {
		return err
	}
	for _, v := range Stamp(drafts, id) {
		if err := v.Validate(); err != nil {
			t.Fatalf("a draft of %+v: %v", c, err)
		}
		knew := map[int]bool{}
		for p := range r.got {
			if w.history[p].Key != v.Key {
				continue
			}
			knew[p] = true
			for q := range w.history[p].knew {
				knew[q] = true
			}
		}
		w.history = append(w.history, said{Value: v, at: w.now, knew: knew})
		w.merge(r, len(w.history)-1)
	}
	return nil
}

// merge brings a value to a replica, as a ledger does it.
func (w *world) merge(r *replica, place int) {
	r.got[place] = true
	v := w.history[place].Value
	r.clock.Met(v, r.id, w.wall(r))
	if slices.ContainsFunc(r.heads, func(p int) bool { return p == place || w.history[p].Displaces(v) }) {
		return
	}
	r.heads = slices.DeleteFunc(r.heads, func(p int) bool { return v.Displaces(w.history[p].Value) })
	r.heads = append(r.heads, place)
}

// push brings what one replica holds to another.
func (w *world) push(from, to *replica) {
	for _, p := range slices.Clone(from.heads) {
		w.merge(to, p)
	}
}

// heal brings everything to everybody.
func (w *world) heal() {
	for range 2 {
		for _, a := range w.replicas {
			for _, b := range w.replicas {
				w.push(a, b)
			}
		}
	}
}

// restart makes a replica forget all that is not on its disk: its clock.
func (w *world) restart(r *replica) {
	r.clock = Clock{}
	for _, p := range r.heads {
		r.clock.Met(w.history[p].Value, r.id, w.wall(r))
	}
}

// headsByDefinition returns what reached a replica less what the authors of
// other values that reached it knew of the same key.
func (w *world) headsByDefinition(r *replica) []int {
	var out []int
	for p := range r.got {
		displaced := false
		for q := range r.got {
			displaced = displaced || w.history[q].Key == w.history[p].Key && w.history[q].knew[p]
		}
		if !displaced {
			out = append(out, p)
		}
	}
	slices.Sort(out)
	return out
}

// check compares a replica with the twin.
func (w *world) check(t failer, r *replica) {
	heads := slices.Sorted(slices.Values(r.heads))
	if diff := cmp.Diff(w.headsByDefinition(r), heads); diff != "" {
		t.Fatalf("heads of %s (-twin +got):\n%s", r.id, diff)
	}
	in := w.view(r)
	got, want := Fold(in), slowFold(in)
	if diff := cmp.Diff(want, summaryOf(got, in)); diff != "" {
		t.Fatalf("fold of %s (-twin +got):\n%s", r.id, diff)
	}
	planned := 0
	for _, l := range in.Locations {
		planned += count(!DisableGateway.Off(in.Plan[Target{l, DisableGateway}]))
	}
	bypassed := slices.ContainsFunc(in.Values, func(h Held) bool { return h.bypasses(BypassMinEnabled) })
	if low := min(in.MinEnabled, planned); !bypassed && got.Enabled < low {
		t.Fatalf("enabled: got %d of %d, want at least %d", got.Enabled, len(in.Locations), low)
	}
}

// drawCommand draws what an operator may ask of three locations.
func drawCommand(t *rapid.T) Command {
	c := Command{Object: LocationObject(rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "location")), Property: DisableGateway, By: "test"}
	switch rapid.IntRange(0, 7).Draw(t, "verb") {
	case 0, 1:
		c.Text = "true"
	case 2:
		c.Text = "false"
	case 3:
		c.Reset = true
	case 4:
		c.Text, c.For = rapid.SampledFrom([]string{"true", "false"}).Draw(t, "text"), time.Duration(rapid.IntRange(1, 60).Draw(t, "for"))*time.Minute
	case 5:
		c.Text, c.Drill, c.For = "true", true, 10*time.Minute
	case 6:
		c.Reset, c.Drill = true, true
	case 7:
		c.Property, c.Text = Shed, rapid.SampledFrom([]string{"0", "10", "200", "4096"}).Draw(t, "share")
	}
	if rapid.IntRange(0, 15).Draw(t, "bypass") == 0 {
		c.Bypass, c.Reason = []string{BypassMinEnabled}, "told to"
	}
	return c
}

func drawInput(t *rapid.T) Input {
	in := Input{Plan: map[Target]string{}, MinEnabled: rapid.IntRange(0, 3).Draw(t, "minimum")}
	for _, name := range []string{"a", "b", "c"} {
		l := LocationObject(name)
		in.Locations = append(in.Locations, l)
		if text := rapid.SampledFrom([]string{"", "false", "false", "true"}).Draw(t, "plan"); text != "" {
			in.Plan[Target{l, DisableGateway}] = text
		}
	}
	return in
}

// step does one thing that may happen.
func (w *world) step(t *rapid.T) {
	r := w.replicas[rapid.IntRange(0, len(w.replicas)-1).Draw(t, "replica")]
	o := w.replicas[rapid.IntRange(0, len(w.replicas)-1).Draw(t, "other")]
	switch rapid.IntRange(0, 9).Draw(t, "step") {
	case 0, 1, 2, 3:
		_ = w.command(t, r, drawCommand(t)) // or it is refused
	case 4, 5:
		w.push(o, r)
	case 6: // one message of many arrives, or one of long ago
		if len(o.got) > 0 {
			got := slices.Sorted(mapKeys(o.got))
			w.merge(r, rapid.SampledFrom(got).Draw(t, "message"))
		}
	case 7:
		w.restart(r)
	case 8:
		w.now += time.Duration(rapid.IntRange(0, 20).Draw(t, "minutes")) * time.Minute
	case 9:
		r.skew = time.Duration(rapid.SampledFrom([]int{-86400, -30, 0, 0, 30, 3600}).Draw(t, "skew")) * time.Second
	}
	w.check(t, r)
}

func mapKeys(m map[int]bool) func(func(int) bool) {
	return func(yield func(int) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// TestHistories has replicas live through partitions, lost and late messages,
// restarts and wrong clocks. Each has at any time what the twin has; when
// everything has arrived all have the same, and an enable ends a conflict
// everywhere.
func TestHistories(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(rapid.IntRange(2, 4).Draw(t, "replicas"), drawInput(t))
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			w.step(t)
		}
		w.heal()
		w.same(t)
		for _, c := range Fold(w.view(w.replicas[0])).Conflicts {
			w.settle(t, c)
		}
	})
}

// same checks that all replicas agree.
func (w *world) same(t failer) {
	want := summaryOf(Fold(w.view(w.replicas[0])), w.in)
	for _, r := range w.replicas {
		w.check(t, r)
		if diff := cmp.Diff(want, summaryOf(Fold(w.view(r)), w.in)); diff != "" {
			t.Fatalf("after all has arrived, %s and %s (-+):\n%s", w.replicas[0].id, r.id, diff)
		}
	}
}

// settle ends a conflict by what would switch on, at any replica. That is never
// refused but where a drill keeps the location out.
func (w *world) settle(t *rapid.T, c Conflict) {
	enable := Command{Object: c.Object, Property: c.Property, Text: c.Property.orDefault("")}
	if c.Layer == Drill {
		enable = Command{Object: c.Object, Property: c.Property, Drill: true, Reset: true}
	}
	r := w.replicas[rapid.IntRange(0, len(w.replicas)-1).Draw(t, "settler")]
	drilled := c.Layer != Drill && Fold(w.view(r)).At(c.Target()).Drill != nil
	if err := w.command(t, r, enable); err != nil && !drilled {
		t.Fatalf("enabling %s: %v", c.Key, err)
	} else if err != nil {
		return // it would have stayed out, and had others go
	}
	w.heal()
	w.same(t)
	for _, r := range w.replicas {
		out := Fold(w.view(r))
		if slices.ContainsFunc(out.Conflicts, func(o Conflict) bool { return o.Key == c.Key }) {
			t.Fatalf("conflict of %s is still there at %s", c.Key, r.id)
		}
		if e := out.At(c.Target()); c.Layer != Drill && c.Property.Off(e.Text) {
			t.Fatalf("%s after it was enabled: got %q", c.Key, e.Text)
		}
	}
}
