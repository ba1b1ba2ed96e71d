package routing

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestDecideIsEval holds every table to the law on a million random cases.
func TestDecideIsEval(t *testing.T) {
	const worlds, states, queries = 200, 10, 500
	for seed := range uint64(worlds) {
		w := newWorld(t, seed)
		var snap *Snapshot
		for range states {
			snap = w.s.Publish(w.randomState(), snap)
			if w.IntN(2) == 0 {
				snap = snap.Exact()
			}
			for range queries {
				q := w.randomQuery()
				var d Decision
				snap.Decide(q, &d)
				if set, reason := w.oracle(snap, q); d.Set != set || d.Reason != reason {
					t.Fatalf("seed %d: %+v: Decide: set %d, %v; eval: set %d, %v\n%v", seed, *q, d.Set, d.Reason, set, reason, snap.Explain(q))
				}
			}
		}
	}
}

// spelled is a decision in terms that hold across snapshots.
func spelled(s *Snapshot, q *Query) Outcome {
	var d Decision
	s.Decide(q, &d)
	o := Outcome{TTL: d.TTL, Scope: d.Scope, Reason: d.Reason}
	if d.Set != NoSet {
		s.spell(&o, s.Set(d.Set))
	}
	return o
}

// TestPublishIsStateless: Publish(x) after Publish(y) is a fresh Publish(x).
func TestPublishIsStateless(t *testing.T) {
	for seed := range uint64(300) {
		w := newWorld(t, seed)
		x := w.randomState()
		var prev *Snapshot
		for range 4 {
			prev = w.s.Publish(w.randomState(), prev)
		}
		got, want := w.s.Publish(x, prev).Exact(), w.s.Publish(x, nil).Exact()
		if d := cmp.Diff(want.status, got.status); d != "" {
			t.Fatalf("seed %d: statuses differ: %s", seed, d)
		}
		for range 200 {
			q := w.randomQuery()
			if d := cmp.Diff(spelled(want, q), spelled(got, q)); d != "" {
				t.Fatalf("seed %d: %+v: after others, compared with alone: %s", seed, *q, d)
			}
		}
	}
}

// TestPublishLeavesPrevAlone: a snapshot decides the same after it was the
// starting point of others.
func TestPublishLeavesPrevAlone(t *testing.T) {
	for seed := range uint64(100) {
		w := newWorld(t, seed)
		first := w.s.Publish(w.randomState(), nil)
		var queries []*Query
		var before []Outcome
		for range 100 {
			q := w.randomQuery()
			queries, before = append(queries, q), append(before, spelled(first, q))
		}
		a, b := w.s.Publish(w.randomState(), first), w.s.Publish(w.randomState(), first)
		w.s.Publish(w.randomState(), a.Exact())
		w.s.Publish(w.randomState(), b)
		for i, q := range queries {
			if d := cmp.Diff(before[i], spelled(first, q)); d != "" {
				t.Fatalf("seed %d: %+v changed: %s", seed, *q, d)
			}
		}
	}
}

// TestScopeIsConstant: two clients in one emitted scope get the same decision,
// whatever source lengths produced it.
func TestScopeIsConstant(t *testing.T) {
	for seed := range uint64(300) {
		w := newWorld(t, seed)
		snap := w.s.Publish(w.randomState(), nil)
		if w.IntN(2) == 0 {
			snap = snap.Exact()
		}
		for range 300 {
			a := w.randomQuery()
			if a.Client.Bits == 0 {
				continue
			}
			oa := spelled(snap, a)
			b := *a
			b.Client = w.inside(a.Client.Addr, int(oa.Scope))
			if d := cmp.Diff(oa, spelled(snap, &b)); d != "" {
				t.Fatalf("seed %d: %v and %v are in one scope /%d: %s", seed, a.Client, b.Client, oa.Scope, d)
			}
		}
	}
}

// inside draws a client from the prefix of a.
func (w *world) inside(a netip.Addr, bits int) Client {
	raw := a.AsSlice()
	for i := bits; i < len(raw)*8; i++ {
		raw[i/8] ^= byte(w.IntN(2)) << (7 - i%8)
	}
	b, _ := netip.AddrFromSlice(raw)
	length := 1 + w.IntN(len(raw)*8)
	if length < bits { // a source shorter than the scope has zeros where the scope looks
		length = max(bits, 1)
	}
	p, _ := b.Prefix(length)
	return Client{p.Addr(), uint8(length)}
}

// TestScopesArePrefixFree: no emitted scope of a name lies inside another.
func TestScopesArePrefixFree(t *testing.T) {
	for seed := range uint64(200) {
		w := newWorld(t, seed)
		snap := w.s.Publish(w.randomState(), nil)
		if w.IntN(2) == 0 {
			snap = snap.Exact()
		}
		for id := range snap.plan.Profiles {
			var scopes []netip.Prefix
			for range 150 {
				q := w.randomQuery()
				q.Profile = ProfileID(id)
				if q.Client.Bits == 0 {
					continue
				}
				p, _ := q.Client.Addr.Prefix(int(spelled(snap, q).Scope))
				scopes = append(scopes, p)
			}
			prefixFree(t, fmt.Sprintf("seed %d, profile %d", seed, id), scopes)
		}
	}
}

func prefixFree(t *testing.T, what string, scopes []netip.Prefix) {
	t.Helper()
	slices.SortFunc(scopes, func(a, b netip.Prefix) int {
		if c := a.Addr().Compare(b.Addr()); c != 0 {
			return c
		}
		return a.Bits() - b.Bits()
	})
	for i := 1; i < len(scopes); i++ {
		if a, b := scopes[i-1], scopes[i]; a != b && a.Overlaps(b) {
			t.Fatalf("%s: scope %v lies inside scope %v", what, b, a)
		}
	}
}

// TestScopesAreMaximal: twice as large a prefix would hold another decision,
// wherever the decision is made by tables and not by hashing.
func TestScopesAreMaximal(t *testing.T) {
	for seed := range uint64(100) {
		w := newWorld(t, seed)
		snap := w.s.Publish(w.randomState(), nil).Exact()
		for id, p := range snap.picks[:len(snap.plan.Profiles)] {
			if p.kind == pickByClass {
				w.maximal(t, snap, ProfileID(id))
			}
		}
	}
}

func (w *world) maximal(t *testing.T, snap *Snapshot, id ProfileID) {
	t.Helper()
	p := snap.picks[id]
	proj := snap.proj[p.proj]
	for b := range snap.clients.Len() {
		block, bits := snap.clients.Prefix(BlockID(b)), int(proj.bits[b])
		if bits <= 1 { // 0 is all, and 1 the least where the families differ
			continue
		}
		wider, _ := block.Addr().Prefix(bits - 1)
		agree := true
		for o := range snap.clients.Len() {
			if other := snap.clients.Prefix(BlockID(o)); wider.Overlaps(other) && proj.win[snap.clients.class[o]] != proj.win[snap.clients.class[b]] {
				agree = false
			}
		}
		if agree {
			t.Fatalf("block %v has scope /%d, but all of %v decides alike", block, bits, wider)
		}
	}
}

// TestNeverEmptyBecauseOfHealth: what answers with all well answers something
// in any health.
func TestNeverEmptyBecauseOfHealth(t *testing.T) {
	for seed := range uint64(200) {
		w := newWorld(t, seed)
		well, ill := w.randomState(), &State{}
		*ill = State{slices.Clone(well.Profiles), slices.Clone(well.Endpoints), slices.Clone(well.Locations)}
		for i := range well.Endpoints {
			well.Endpoints[i].Health, ill.Endpoints[i].Health = Up, Health(w.IntN(3))
		}
		for i := range well.Locations {
			gateways := slices.Clone(well.Locations[i].Gateways)
			for j := range gateways {
				gateways[j].Health = Health(w.IntN(3))
				well.Locations[i].Gateways[j].Health = Up
			}
			ill.Locations[i].Gateways = gateways
		}
		a, b := w.s.Publish(well, nil), w.s.Publish(ill, nil)
		for range 300 {
			q := w.randomQuery()
			// A parent may turn to another child, so strict children aside.
			if w.hasNoMatch(q.Profile) {
				continue
			}
			if x, y := spelled(a, q), spelled(b, q); len(x.Endpoints) > 0 && len(y.Endpoints) == 0 {
				t.Fatalf("seed %d: %+v answers %v when well and nothing when ill:\n%v", seed, *q, x, b.Explain(q))
			}
		}
	}
}

// hasNoMatch reports whether a tree holds a profile that leaves clients out.
func (w *world) hasNoMatch(id ProfileID) bool {
	p := w.s.Plan().Profiles[id]
	if p.Method == Geographic && p.Strict || p.Method == Subnet {
		return true
	}
	return slices.ContainsFunc(p.Endpoints, func(e Endpoint) bool {
		child, ok := w.s.ProfileID(e.Target.Profile)
		return ok && e.Target.Kind == TargetProfile && w.hasNoMatch(child)
	})
}

// TestOffIsNeverAnswered: operators outrank everything.
func TestOffIsNeverAnswered(t *testing.T) {
	for seed := range uint64(200) {
		w := newWorld(t, seed)
		st := w.randomState()
		snap := w.s.Publish(st, nil)
		for range 300 {
			q := w.randomQuery()
			var d Decision
			snap.Decide(q, &d)
			if d.Set == NoSet {
				continue
			}
			set := snap.Set(d.Set)
			for _, e := range set.Endpoints {
				if st.Endpoints[e].Switch == Off {
					t.Fatalf("seed %d: endpoint %d is off and answered:\n%v", seed, e, snap.Explain(q))
				}
			}
			if set.Location != NoLocation && st.Locations[set.Location].Switch == Off {
				t.Fatalf("seed %d: location %d is off and answered:\n%v", seed, set.Location, snap.Explain(q))
			}
		}
	}
}

// TestExplainIsDecide: the trace ends where Decide ends.
func TestExplainIsDecide(t *testing.T) {
	for seed := range uint64(100) {
		w := newWorld(t, seed)
		snap := w.s.Publish(w.randomState(), nil)
		for range 100 {
			q := w.randomQuery()
			trace := snap.Explain(q)
			if d := cmp.Diff(spelled(snap, q), trace.Outcome); d != "" {
				t.Fatalf("seed %d: %+v: %s\n%v", seed, *q, d, trace)
			}
			if len(trace.Steps) == 0 || len(trace.String()) == 0 {
				t.Fatalf("seed %d: %+v: empty trace", seed, *q)
			}
		}
	}
}
