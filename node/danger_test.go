package node

import (
	"testing"
	"time"
)

// TestShiftsOfAMinute adds up what plans have moved, and forgets it after a
// minute.
func TestShiftsOfAMinute(t *testing.T) {
	n, start := &Node{}, time.Now()
	n.noteShift(start, 30)
	n.noteShift(start.Add(40*time.Second), 25)
	for after, want := range map[time.Duration]float64{41 * time.Second: 55, 59 * time.Second: 55} {
		if got := n.shifted(start.Add(after)); got != want {
			t.Errorf("after %v: got %v %%, want %v", after, got, want)
		}
	}
	if got := n.shifted(start.Add(61 * time.Second)); got != 25 {
		t.Errorf("after 61 s: got %v %%, want 25", got)
	}
	if got := n.shifted(start.Add(101 * time.Second)); got != 0 || len(n.shifts) != 0 {
		t.Errorf("after 101 s: got %v %% of %d plans, want nothing", got, len(n.shifts))
	}
}
