package admin_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"meridian/admin"
	"meridian/admin/api"
)

func TestEventLogOptions(t *testing.T) {
	for _, tt := range []struct {
		run  string
		size int
	}{{"", 1}, {"a-b", 1}, {"a", 0}, {"a", 100_001}} {
		if _, err := admin.NewEventLog(tt.run, tt.size); err == nil {
			t.Errorf("run %q size %d: got no error", tt.run, tt.size)
		}
	}
}

// TestEventLog compares the ring with a plain list of everything appended.
func TestEventLog(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.IntRange(1, 5).Draw(t, "size")
		log, err := admin.NewEventLog("r2", size)
		if err != nil {
			t.Fatal(err)
		}
		n := rapid.IntRange(0, 12).Draw(t, "n")
		for i := range n {
			before := log.Changed()
			log.Append(api.Event{Kind: fmt.Sprint(i + 1)})
			select {
			case <-before:
			default:
				t.Fatal("readers were not woken")
			}
		}
		after := rapid.IntRange(0, n).Draw(t, "after")
		limit := rapid.IntRange(1, 6).Draw(t, "limit")
		got, lost := log.Since(fmt.Sprintf("r2-%d", after), limit)
		first := max(after, n-size) + 1
		last := min(n, first+limit-1)
		if wantLost := first > after+1; lost != wantLost || len(got) != last-first+1 {
			t.Fatalf("got %d events, lost %t, want %d to %d, lost %t", len(got), lost, first, last, wantLost)
		}
		for i, e := range got {
			if want := fmt.Sprint(first + i); e.Kind != want || e.ID != "r2-"+want {
				t.Fatalf("event %d: got kind %q id %q, want %s", i, e.Kind, e.ID, want)
			}
		}
	})
}

// TestEventLogForeignIDs: ids that are none of this run stand before everything
// kept; but for the empty one, the caller has missed what is gone.
func TestEventLogForeignIDs(t *testing.T) {
	log, err := admin.NewEventLog("r2", 2)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		log.Append(api.Event{})
	}
	for id, wantLost := range map[string]bool{"": false, "r1-3": true, "r2-4": true, "r2-": true, "r2-x": true, "nonsense": true, "r2-18446744073709551615": true, "r2--1": true} {
		if got, lost := log.Since(id, 10); len(got) != 2 || lost != wantLost {
			t.Errorf("after %q: got %d events, lost %t, want 2, %t", id, len(got), lost, wantLost)
		}
	}
}
