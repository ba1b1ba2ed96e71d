package cluster

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// history is what authors on three nodes wrote while they heard some of each
// other.
func history(t *rapid.T, law Law[note], ids []*Identity) [][]byte {
	nodes := make([]*Ledger[note], len(ids))
	for i := range nodes {
		nodes[i] = NewLedger("test", law)
	}
	var all [][]byte
	for step := range rapid.IntRange(1, 24).Draw(t, "steps") {
		i := rapid.IntRange(0, len(ids)-1).Draw(t, "node")
		if len(all) > 0 && rapid.Bool().Draw(t, "hears") {
			merge(t, nodes[i], rapid.SampledFrom(all).Draw(t, "message"))
			continue
		}
		all = append(all, write(t, nodes[i], ids[i], rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "key"), uint64(step+1)))
	}
	return all
}

// TestMergeLaws: whatever the order and however often records arrive, ledgers
// hold the same, which is what the slow twin says.
func TestMergeLaws(t *testing.T) {
	ids := []*Identity{testIdentity(t, 1), testIdentity(t, 2), testIdentity(t, 3)}
	for name, law := range map[string]Law[note]{"latest": latest(), "version vector": versionVector()} {
		t.Run(name, rapid.MakeCheck(func(t *rapid.T) {
			all := history(t, law, ids)
			want := twin(t, law, all)
			first := NewLedger("test", law)
			for range 2 {
				l := NewLedger("test", law)
				order := rapid.Permutation(slices.Concat(all, all[:len(all)/2])).Draw(t, "order")
				merge(t, l, order...)
				got := heldIn(l)
				slices.Sort(got)
				if !slices.Equal(got, want) {
					t.Fatalf("held\ngot  %q\nwant %q", got, want)
				}
				if merge(t, l, order...) {
					t.Fatalf("merging everything again: got changed")
				}
				merge(t, first, order...)
				if !slices.Equal(first.Digest(), l.Digest()) {
					t.Fatalf("digests of equal ledgers differ")
				}
			}
		}))
	}
}

// TestRepair: two ledgers that have each lost some become equal by exchanging
// digests and deltas, however small the limit, and then have nothing to say.
func TestRepair(t *testing.T) {
	ids := []*Identity{testIdentity(t, 1), testIdentity(t, 2), testIdentity(t, 3)}
	for name, law := range map[string]Law[note]{"latest": latest(), "version vector": versionVector()} {
		t.Run(name, rapid.MakeCheck(func(t *rapid.T) {
			all := history(t, law, ids)
			a, b := NewLedger("test", law), NewLedger("test", law)
			for _, m := range all {
				switch rapid.IntRange(0, 2).Draw(t, "where") {
				case 0:
					merge(t, a, m)
				case 1:
					merge(t, b, m)
				default:
					merge(t, a, m)
					merge(t, b, m)
				}
			}
			limit := rapid.IntRange(0, 3000).Draw(t, "limit")
			for round := 0; !slices.Equal(a.Digest(), b.Digest()); round++ {
				if round > 1000 {
					t.Fatalf("not equal after %d rounds:\n%q\n%q", round, heldIn(a), heldIn(b))
				}
				merge(t, b, a.Delta(b.Digest(), limit)...)
				merge(t, a, b.Delta(a.Digest(), limit)...)
			}
			if got, want := heldIn(a), heldIn(b); !slices.Equal(got, want) {
				t.Fatalf("held\ngot  %q\nwant %q", got, want)
			}
			got, want := heldIn(a), twin(t, law, all)
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Fatalf("held\ngot  %q\nwant %q", got, want)
			}
			if d := a.Delta(b.Digest(), 1<<20); len(d) != 0 {
				t.Fatalf("delta of equal ledgers: got %d messages, want none", len(d))
			}
		}))
	}
}

// TestDeltaLimit: a delta has at most limit bytes, but at least one message,
// and repeated calls get through a bucket however small the limit is.
func TestDeltaLimit(t *testing.T) {
	id := testIdentity(t, 1)
	l := NewLedger("test", latest())
	for i := range 200 {
		write(t, l, id, fmt.Sprint("key", i), 1)
	}
	for _, limit := range []int{-1, 0, 1, 500, 2000, 10_000, 1 << 20} {
		got := l.Delta(nil, limit)
		size := len(slices.Concat(got...))
		if len(got) == 0 || len(got) > 1 && size > limit {
			t.Errorf("limit %d: got %d messages of %d bytes", limit, len(got), size)
		}
	}
	if got := l.Delta(nil, 1<<20); len(got) != 200 {
		t.Errorf("without need of a limit: got %d messages, want 200", len(got))
	}
	if got := l.Delta(make([]byte, DigestSize-1), 1<<20); len(got) != 0 {
		t.Errorf("malformed digest: got %d messages, want none", len(got))
	}
	joiner, rounds := NewLedger("test", latest()), 0
	for ; len(joiner.Entries()) < 200 && rounds < 500; rounds++ {
		merge(t, joiner, l.Delta(joiner.Digest(), 4000)...)
	}
	if got := len(joiner.Entries()); got != 200 {
		t.Errorf("after %d rounds of 4000 bytes: got %d of 200 records", rounds, got)
	}
}

// TestDeltaNewestFirst: what was written last is repaired first.
func TestDeltaNewestFirst(t *testing.T) {
	id := testIdentity(t, 1)
	l := NewLedger("test", latest())
	for i := range 100 {
		m := write(t, NewLedger("test", latest()), id, fmt.Sprint("key", i), 1)
		_, raw, err := cutMessage(m)
		if err != nil {
			t.Fatal(err)
		}
		merge(t, l, appendMessage(nil, 3_600_000_000_000, raw)) // an hour old
	}
	fresh := write(t, l, id, "fresh", 1)
	for range 10 {
		d := l.Delta(nil, 2000)
		if _, raw, err := cutMessage(d[0]); err != nil || !slices.Equal(raw, fresh[1:]) {
			t.Fatalf("first of the delta: got %.60q, %v, want the newest", raw, err)
		}
	}
}
