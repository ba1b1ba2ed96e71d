package routing

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// TestPublishHistory drives a structure through a history of single changes,
// as operators and probes make them, each Publish on the one before, and holds
// every snapshot to a fresh one of the same state.
func TestPublishHistory(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorldOf(rapid.Uint64Range(0, 1<<20).Draw(t, "world"))
		st, prev := w.randomState(), (*Snapshot)(nil)
		for range rapid.IntRange(1, 15).Draw(t, "steps") {
			w.change(t, st)
			next := w.s.Publish(st, prev)
			fresh := w.s.Publish(st, nil)
			if d := cmp.Diff(fresh.tier, next.tier); d != "" {
				t.Fatalf("tiers differ from a fresh snapshot's: %s", d)
			}
			a, b := next.Exact(), fresh.Exact()
			for range 20 {
				q := w.randomQuery()
				if d := cmp.Diff(spelled(b, q), spelled(a, q)); d != "" {
					t.Fatalf("%+v differs from a fresh snapshot's: %s", *q, d)
				}
				if d := cmp.Diff(b.Answers(q.Profile), a.Answers(q.Profile)); d != "" {
					t.Fatalf("profile %d: answers differ from a fresh snapshot's: %s", q.Profile, d)
				}
				w.testChanged(t, next, prev, q)
			}
			if prev = next; rapid.Bool().Draw(t, "exact") {
				prev = a
			}
		}
	})
}

// testChanged: a profile not among the changed decides as before.
func (w *world) testChanged(t *rapid.T, next, prev *Snapshot, q *Query) {
	if prev == nil {
		return
	}
	for _, id := range next.Changed(prev) {
		if id == q.Profile {
			return
		}
	}
	if d := cmp.Diff(spelled(prev.Exact(), q), spelled(next.Exact(), q)); d != "" {
		t.Fatalf("%+v: profile not among the changed decides anew: %s", *q, d)
	}
}

func (w *world) change(t *rapid.T, st *State) {
	endpoint := rapid.IntRange(0, len(st.Endpoints)-1).Draw(t, "endpoint")
	location := rapid.IntRange(0, len(st.Locations)-1).Draw(t, "location")
	profile := rapid.IntRange(0, len(st.Profiles)-1).Draw(t, "profile")
	sw := Switch(rapid.IntRange(0, 2).Draw(t, "switch"))
	switch rapid.IntRange(0, 5).Draw(t, "change") {
	case 0:
		st.Endpoints[endpoint].Health = Health(sw)
	case 1:
		st.Endpoints[endpoint].Switch = sw
	case 2:
		st.Locations[location].Switch = sw
	case 3:
		st.Profiles[profile] = sw
	case 4:
		st.Endpoints[endpoint].Shed = uint16(rapid.IntRange(0, Slots).Draw(t, "shed"))
	case 5:
		for i := range st.Locations[location].Gateways {
			st.Locations[location].Gateways[i].Health = Health(sw)
		}
	}
}

// newWorldOf is newWorld for property tests, whose T is none of testing's.
func newWorldOf(seed uint64) *world {
	w := &world{Rand: newRand(seed)}
	w.plan = w.randomPlan()
	w.clients = w.randomClients(len(w.plan.Locations))
	s, err := Build(w.plan, w.clients)
	if err != nil {
		panic(fmt.Sprintf("seed %d: building a random plan: %v", seed, err))
	}
	w.s = s
	return w
}

// TestSetsStay: as long as the generation stays, a set's id means the same, in
// any order of states.
func TestSetsStay(t *testing.T) {
	b := newBed(t, everyMethod)
	prev := b.publish()
	meaning := map[SetID]AnswerSet{}
	for _, change := range []string{"", "multi/a=down", "@eu=down", "multi/a=up", "multi/b=off multi/c=down", "@eu=up", "weighted/a=drill", "multi/b=on multi/c=up"} {
		next := b.s.Publish(b.set(change).st, prev)
		if next.Generation() != prev.Generation() {
			t.Fatalf("after %q: generation %d, want %d", change, next.Generation(), prev.Generation())
		}
		for id := range SetID(next.Sets()) {
			set := next.Set(id)
			if was, known := meaning[id]; known {
				if d := cmp.Diff(was, set, cmp.Comparer(func(a, b AnswerSet) bool { return a.key() == b.key() && a.Name == b.Name })); d != "" {
					t.Errorf("after %q: set %d changed: %s", change, id, d)
				}
			}
			meaning[id] = set
		}
		prev = next
	}
}

// TestReturnIsShared: returning to a known state makes no new sets or tables.
func TestReturnIsShared(t *testing.T) {
	b := everyBed(t)
	first := b.publish()
	away := b.s.Publish(b.set("performance/a=down geographic/de=off multi/a=down @eu=down").st, first)
	back := b.s.Publish(b.set("performance/a=up geographic/de=on multi/a=up @eu=up").st, away)
	if back.Sets() != away.Sets() || len(back.proj) != len(away.proj) {
		t.Errorf("got %d sets and %d tables, want the %d and %d there were", back.Sets(), len(back.proj), away.Sets(), len(away.proj))
	}
	if got := back.Changed(first); len(got) != 0 {
		t.Errorf("got profiles %v changed, want none", got)
	}
}

// TestTablesAreBounded: after more states than are carried, tables start anew,
// the generation says so, and decisions are right.
func TestTablesAreBounded(t *testing.T) {
	sketch := "profile p Performance\n"
	for i := range 11 {
		sketch = fmt.Sprintf("location l%d\n%s e%d 192.0.2.%d in=l%d\n", i, sketch, i, i, i)
	}
	sketch += " near 192.0.2.99 in=eu\n"
	b := newBed(t, sketch)
	var prev *Snapshot
	most, generation := 0, uint64(0)
	for mask := range 1 << 11 {
		for i := range 11 {
			b.st.Endpoints[i].Health = Health(1 + mask>>i&1)
		}
		b.st.Endpoints[11].Health = Health(1 + mask&1)
		prev = b.s.Publish(b.st, prev)
		most = max(most, len(prev.proj))
		if got, want := b.query(prev, Query{Client: client(t, "de", 0)}), b.query(b.publish(), Query{Client: client(t, "de", 0)}); got != want {
			t.Fatalf("state %b: got %q, want %q", mask, got, want)
		}
		generation = max(generation, prev.Generation())
	}
	if most > maxCarriedProjections+1 {
		t.Errorf("got up to %d tables, want at most %d", most, maxCarriedProjections+1)
	}
	if generation == 0 {
		t.Errorf("the generation did not change over %d states", 1<<11)
	}
}

// TestSetsAreBounded: names that change what they stand for make new sets every
// time; the old ones go, the generation says so, and Changed tells by content.
func TestSetsAreBounded(t *testing.T) {
	sketch := ""
	for i := range 20 {
		sketch += fmt.Sprintf("profile p%d Priority flatten\n", i)
		for j := range MaxEndpoints {
			sketch += fmt.Sprintf(" e%d www.example.\n", j)
		}
	}
	b := newBed(t, sketch)
	var prev *Snapshot
	for round := range 30 {
		for i := range b.st.Endpoints {
			b.st.Endpoints[i].Addrs = append(b.st.Endpoints[i].Addrs[:0:0], v4(uint32(round<<16+i)))
		}
		next := b.s.Publish(b.st, prev)
		if n := next.Sets(); n > maxCarriedSets+2*len(b.st.Endpoints) {
			t.Fatalf("round %d: got %d sets, want at most %d", round, n, maxCarriedSets+2*len(b.st.Endpoints))
		}
		for id := range 20 {
			o := spelled(next, &Query{Profile: ProfileID(id)})
			if want := v4(uint32(round<<16 + id*MaxEndpoints)).String(); len(o.Addresses) != 1 || o.Addresses[0] != want {
				t.Fatalf("round %d: profile %d: got %v, want %s", round, id, o.Addresses, want)
			}
		}
		if prev != nil {
			if got := next.Changed(prev); len(got) != 20 {
				t.Errorf("round %d, generation %d after %d: got %d profiles changed, want all 20", round, next.Generation(), prev.Generation(), len(got))
			}
		}
		prev = next
	}
	if prev.Generation() == 0 {
		t.Errorf("the generation did not change")
	}
}

// TestChangedAcrossGenerations: ids that mean something else now are no sign
// that a profile is unchanged. The endpoint of "still" has the first id from the
// start, and takes another address just when ids are dealt anew.
func TestChangedAcrossGenerations(t *testing.T) {
	sketch := "profile still Priority flatten\n e www.example.\n"
	for i := range 50 {
		sketch += fmt.Sprintf("profile p%d Priority flatten\n", i)
		for j := range MaxEndpoints {
			sketch += fmt.Sprintf(" e%d www.example.\n", j)
		}
	}
	b := newBed(t, sketch)
	fill := func(round int) {
		for i := range b.st.Endpoints {
			b.st.Endpoints[i].Addrs = append(b.st.Endpoints[i].Addrs[:0:0], v4(uint32(round<<16+i)))
		}
		b.st.Endpoints[0].Addrs[0] = v4(1)
	}
	fill(0)
	prev := b.publish()
	for round := 1; round < 20; round++ {
		fill(round)
		next := b.s.Publish(b.st, prev)
		if next.Generation() != prev.Generation() {
			b.st.Endpoints[0].Addrs[0] = v4(2)
			next = b.s.Publish(b.st, prev)
			if got := next.Changed(prev); len(got) != 51 {
				t.Errorf("round %d: got %d profiles changed, want all 51", round, len(got))
			}
			return
		}
		prev = next
	}
	t.Errorf("the generation did not change")
}

// TestSize: the figures behind the metrics.
func TestSize(t *testing.T) {
	b := newBed(t, everyMethod)
	snap := b.publish()
	got := snap.Size()
	if got.Profiles != len(b.s.Plan().Profiles) || got.Endpoints != len(b.st.Endpoints) || got.Blocks != b.s.Clients().Len() || got.Classes != 7 || got.Sets != snap.Sets() {
		t.Errorf("got %+v", got)
	}
	if got.Projections == 0 || got.Exact != 0 {
		t.Errorf("published: got %d tables, %d exact; want some and none", got.Projections, got.Exact)
	}
	if got := snap.Exact().Size(); got.Exact != got.Projections {
		t.Errorf("exact: got %d of %d", got.Exact, got.Projections)
	}
}
