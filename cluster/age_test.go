package cluster

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

func ageOf(t fatal, l *Ledger[note], key string) time.Duration {
	t.Helper()
	es := l.Of(key)
	if len(es) != 1 {
		t.Fatalf("got %d records of %q, want 1", len(es), key)
	}
	return es[0].Record.Age
}

// TestAgeTravels: a record is as old on every node as it is, wherever it has
// been and however late it comes.
func TestAgeTravels(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b, c := NewLedger("test", latest()), NewLedger("test", latest()), NewLedger("test", latest())
		first := write(t, a, testIdentity(t, 1), "k", 1)
		time.Sleep(7 * time.Second)
		merge(t, b, a.Delta(nil, 1<<20)...)
		time.Sleep(5 * time.Second)
		merge(t, c, b.Delta(nil, 1<<20)...)
		for name, l := range map[string]*Ledger[note]{"a": a, "b": b, "c": c} {
			if got := ageOf(t, l, "k"); got != 12*time.Second {
				t.Errorf("age at %s: got %v, want 12s", name, got)
			}
		}
		if merge(t, c, first) || ageOf(t, c, "k") != 12*time.Second {
			t.Errorf("a late duplicate that claims to be new: got %v, want 12s still", ageOf(t, c, "k"))
		}
		_, raw, err := cutMessage(first)
		if err != nil {
			t.Fatal(err)
		}
		if merge(t, c, appendMessage(nil, 12*time.Second+500*time.Millisecond, raw)) || ageOf(t, c, "k") != 12500*time.Millisecond {
			t.Errorf("a duplicate that is little older: got %v, want 12.5s and no news", ageOf(t, c, "k"))
		}
		if !merge(t, c, appendMessage(nil, time.Hour, raw)) || ageOf(t, c, "k") != time.Hour {
			t.Errorf("a duplicate that is much older: got %v, want 1h, and news", ageOf(t, c, "k"))
		}
	})
}

// TestAgeSurvivesRestart: disk adds the wall time that has passed, and never
// takes any away, however the clock was set.
func TestAgeSurvivesRestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := NewLedger("test", latest())
		write(t, a, testIdentity(t, 1), "k", 1)
		time.Sleep(10 * time.Second)
		data := a.Export()
		for since, want := range map[time.Duration]time.Duration{
			0: 10 * time.Second, time.Minute: 70 * time.Second, -time.Hour: 10 * time.Second, 1<<63 - 1: maxAge,
		} {
			l := NewLedger("test", latest())
			if err := l.Import(data, since); err != nil {
				t.Fatal(err)
			}
			if got := ageOf(t, l, "k"); got != want {
				t.Errorf("%v later: got %v, want %v", since, got, want)
			}
		}
	})
}

// TestAgeNeverShrinks: by random walks of a record among nodes that sleep,
// restart and hear it again, its age on a node never goes back, is never more
// than the truth by more than 1 ms a restart, and less only by 1 ms a hop.
func TestAgeNeverShrinks(t *testing.T) {
	id := testIdentity(t, 1)
	rapid.Check(t, func(r *rapid.T) {
		walk := rapid.SliceOfN(rapid.Custom(drawDeed), 1, 30).Draw(r, "walk")
		var problem string
		synctest.Test(t, func(t *testing.T) { problem = walkAges(t, id, walk) })
		if problem != "" {
			r.Fatalf("%s", problem)
		}
	})
}

// deed is a step of a walk: time passes, then a node hears another, or
// restarts, having been off for the time.
type deed struct {
	Time       time.Duration
	Node, From int
	Restart    bool
}

func drawDeed(t *rapid.T) deed {
	return deed{
		Time: time.Duration(rapid.IntRange(0, 5_000_000_000).Draw(t, "ns")),
		Node: rapid.IntRange(0, 2).Draw(t, "node"), From: rapid.IntRange(0, 2).Draw(t, "from"), Restart: rapid.Bool().Draw(t, "restart"),
	}
}

func walkAges(t *testing.T, id *Identity, walk []deed) (problem string) {
	nodes := []*Ledger[note]{NewLedger("test", latest()), NewLedger("test", latest()), NewLedger("test", latest())}
	write(t, nodes[0], id, "k", 1)
	born, restarts, hops := time.Now(), 0, 0
	last := make([]time.Duration, len(nodes))
	for _, d := range walk {
		data := nodes[d.Node].Export()
		time.Sleep(d.Time)
		if d.Restart {
			restarts++
			nodes[d.Node] = NewLedger("test", latest())
			if err := nodes[d.Node].Import(data, d.Time); err != nil {
				return err.Error()
			}
		} else {
			hops++
			merge(t, nodes[d.Node], nodes[d.From].Delta(nil, 1<<20)...)
		}
		for i, l := range nodes {
			if len(l.Entries()) == 0 {
				continue
			}
			got, truth := ageOf(t, l, "k"), time.Since(born)
			if got < last[i] || got > truth+time.Duration(restarts)*time.Millisecond || got < truth-time.Duration(hops)*time.Millisecond {
				return fmt.Sprintf("age on node %d: got %v after %v, truth %v, %d restarts, %d hops", i, got, last[i], truth, restarts, hops)
			}
			last[i] = got
		}
	}
	return ""
}

// TestImport: what is on disk comes back whole; of what is damaged the good
// part does, and the error says what did not.
func TestImport(t *testing.T) {
	id := testIdentity(t, 1)
	l := NewLedger("test", latest())
	for _, key := range []string{"a", "b", "c"} {
		write(t, l, id, key, 1)
	}
	data := l.Export()
	back := NewLedger("test", latest())
	if err := back.Import(data, 0); err != nil || !slices.Equal(heldIn(back), heldIn(l)) || !slices.Equal(back.Digest(), l.Digest()) {
		t.Errorf("got %q, %v, want %q", heldIn(back), err, heldIn(l))
	}
	if err := NewLedger("test", latest()).Import(NewLedger("test", latest()).Export(), 0); err != nil {
		t.Errorf("nothing: got %v", err)
	}
	cut := NewLedger("test", latest())
	if err := cut.Import(data[:len(data)-1], 0); !errors.Is(err, ErrMalformed) || len(cut.Entries()) != 2 {
		t.Errorf("cut off: got %d records, %v, want 2 and %v", len(cut.Entries()), err, ErrMalformed)
	}
	flipped := slices.Clone(data)
	flipped[len(data)/2] ^= 1
	torn := NewLedger("test", latest())
	if err := torn.Import(flipped, 0); err == nil || len(torn.Entries()) != 2 {
		t.Errorf("a bit flipped: got %d records, %v, want 2 and an error", len(torn.Entries()), err)
	}
	other := NewLedger("other", latest())
	if err := other.Import(data, 0); !errors.Is(err, ErrBadSignature) {
		t.Errorf("of another cluster: got %v, want %v", err, ErrBadSignature)
	}
	for _, data := range [][]byte{nil, {9}, {exportFormat, 0xff}} {
		if err := NewLedger("test", latest()).Import(data, 0); !errors.Is(err, ErrMalformed) {
			t.Errorf("%q: got %v, want %v", data, err, ErrMalformed)
		}
	}
}
