package healthprobe

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"meridian/routing"
)

func drawRow(t *rapid.T) Row {
	at := time.UnixMilli(rapid.Int64Range(1, 4e12).Draw(t, "at")).UTC()
	ago := func(name string) time.Time {
		if rapid.Bool().Draw(t, name+" known") {
			return at.Add(-time.Duration(rapid.Int64Range(0, 1e9).Draw(t, name)) * time.Millisecond)
		}
		return time.Time{}
	}
	r := Row{Location: "westus2", At: at, Anchor: Anchor(rapid.IntRange(0, 3).Draw(t, "anchor")), Abstains: rapid.Bool().Draw(t, "abstains")}
	for i := range rapid.IntRange(0, 120).Draw(t, "entries") {
		r.Entries = append(r.Entries, Entry{
			Target: TargetID(fmt.Sprintf("shop/%03d", i)), Health: routing.Health(rapid.IntRange(0, 2).Draw(t, "health")),
			Held: routing.Health(rapid.IntRange(0, 2).Draw(t, "held")), Answered: rapid.Bool().Draw(t, "answered"),
			Reason: rapid.SampledFrom([]Reason{ReasonOK, ReasonPanic, "timeout_connect"}).Draw(t, "reason"),
			Since:  ago("since"), First: ago("first"), Age: time.Duration(rapid.Int64Range(0, 1e6).Draw(t, "age")) * time.Millisecond,
		})
	}
	return r
}

// TestRowTravels decodes every part of a row: together they are the row, each
// is within its limit, and a target of another plan is left out.
func TestRowTravels(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, known := drawRow(t), map[uint64]TargetID{}
		for _, e := range r.Entries[:len(r.Entries)/2*2] {
			known[TargetHash(e.Target)] = e.Target
		}
		got := Row{}
		for _, part := range r.Encode(1024) {
			if len(part) > 1024 {
				t.Fatalf("got a part of %d bytes, want at most 1024", len(part))
			}
			p, err := DecodeRow(part, func(h uint64) (TargetID, bool) { id, ok := known[h]; return id, ok })
			if err != nil {
				t.Fatal(err)
			}
			entries := append(got.Entries, p.Entries...)
			got = p
			got.Entries = entries
		}
		r.Entries = r.Entries[:len(r.Entries)/2*2]
		if len(r.Entries) == 0 {
			r.Entries = nil
		}
		if diff := cmp.Diff(r, got); diff != "" {
			t.Fatal(diff)
		}
	})
}

// TestRowOfManyTargets is the size that gossip was planned for.
func TestRowOfManyTargets(t *testing.T) {
	r := Row{Observer: "n1", Location: "westus2", At: time.Now()}
	for i := range 2000 {
		r.Entries = append(r.Entries, Entry{
			Target: TargetID(fmt.Sprintf("profile-%04d/endpoint", i)), Reason: ReasonOK, Since: r.At.Add(-300 * 24 * time.Hour), Age: 10 * time.Second,
		})
	}
	parts := r.Encode(60_000)
	if len(parts) != 1 {
		t.Errorf("got %d parts of at most 60,000 bytes, want 1", len(parts))
	}
}

func FuzzDecodeRow(f *testing.F) {
	r := Row{Location: "westus2", At: time.UnixMilli(1e12), Entries: []Entry{{Target: "shop/us", Health: routing.Down, Reason: ReasonPanic, Age: -1}}}
	f.Add(r.Encode(1024)[0])
	f.Add([]byte{rowFormat})
	f.Fuzz(func(t *testing.T, data []byte) {
		n := 0
		got, err := DecodeRow(data, func(h uint64) (TargetID, bool) { n++; return TargetID(fmt.Sprint(n)), true })
		if err != nil {
			if !errors.Is(err, ErrRowFormat) {
				t.Errorf("got %v, want ErrRowFormat", err)
			}
			return
		}
		if !slices.IsSortedFunc(got.Entries, func(a, b Entry) int { return cmpTargets(a.Target, b.Target) }) {
			t.Error("entries are not in order")
		}
	})
}

func cmpTargets(a, b TargetID) int {
	if a < b {
		return -1
	}
	return 1
}

// TestDistrust has a node that lags behind abstain, and vote again afterwards.
func TestDistrust(t *testing.T) {
	m, err := New(Options{Node: "n1", Location: "westus2"})
	if err != nil {
		t.Fatal(err)
	}
	for _, slow := range []bool{true, false} {
		m.Distrust(slow)
		if got := m.Row().Abstains; got != slow {
			t.Errorf("slow %v: got abstains %v", slow, got)
		}
	}
}
