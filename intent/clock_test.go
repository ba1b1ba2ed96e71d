package intent

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestClockFollowsTheWall(t *testing.T) {
	var c Clock
	if got := c.Next(epoch()).Wall(); !got.Equal(epoch()) {
		t.Errorf("wall: got %s, want %s", got, epoch())
	}
	if got, want := c.Next(epoch().Add(time.Second)), TimeOf(epoch().Add(time.Second)); got != want {
		t.Errorf("next: got %s, want %s", got, want)
	}
}

// TestClockOfOthers: 60 s ahead carries our clock along, more does not.
func TestClockOfOthers(t *testing.T) {
	for ahead, far := range map[time.Duration]bool{0: false, MaxAhead: false, MaxAhead + time.Millisecond: true, 24 * time.Hour: true, -time.Hour: false} {
		var c Clock
		seen := TimeOf(epoch().Add(ahead))
		if got := c.Saw(seen, epoch()); got != far {
			t.Errorf("%s ahead: got %v, want %v", ahead, got, far)
		}
		if next := c.Next(epoch()); (next > seen) == far {
			t.Errorf("%s ahead: next is %s after %s, far %v", ahead, next, seen, far)
		}
	}
}

func TestClockRemembersItsOwn(t *testing.T) {
	var c Clock
	own := TimeOf(epoch().Add(24 * time.Hour))
	c.Had(own)
	if got := c.Next(epoch()); got != own+1 {
		t.Errorf("next: got %s, want %s", got, own+1)
	}
}

// TestClockMeetsValues: our own reading counts however far ahead, also where
// only another's value still names it.
func TestClockMeetsValues(t *testing.T) {
	self, other, far := nodeID(1), nodeID(2), TimeOf(epoch().Add(24*time.Hour))
	for name, test := range map[string]struct {
		v     Value
		ahead bool
		next  Time
	}{
		"ours":               {Value{ID: ID{far, self}}, false, far + 1},
		"another saw ours":   {Value{ID: ID{5, other}, Seen: Seen{self: far}}, false, far + 1},
		"another's":          {Value{ID: ID{TimeOf(epoch()) + 7, other}}, false, TimeOf(epoch()) + 8},
		"another's, far off": {Value{ID: ID{far, other}}, true, TimeOf(epoch())},
	} {
		var c Clock
		if ahead, next := c.Met(test.v, self, epoch()), c.Next(epoch()); ahead != test.ahead || next != test.next {
			t.Errorf("%s: got ahead %v, next %s, want %v, %s", name, ahead, next, test.ahead, test.next)
		}
	}
}

func TestClockOnlyGrows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var c Clock
		var last Time
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			wall := epoch().Add(time.Duration(rapid.Int64Range(-1<<50, 1<<50).Draw(t, "jump")))
			if rapid.Bool().Draw(t, "saw") {
				c.Saw(Time(rapid.Uint64().Draw(t, "other")), wall)
			}
			next := c.Next(wall)
			if next <= last || next < TimeOf(wall) {
				t.Fatalf("next: got %s after %s at %s", next, last, wall)
			}
			last = next
		}
	})
}

func TestTimeOfIsClamped(t *testing.T) {
	if got := TimeOf(time.Unix(-5, 0)); got != 0 {
		t.Errorf("before 1970: got %s, want 0", got)
	}
	if got := TimeOf(time.Date(20000, 1, 1, 0, 0, 0, 0, time.UTC)); got != 1<<64-1<<16 {
		t.Errorf("far off: got %s, want the last millisecond", got)
	}
}

func TestTimeText(t *testing.T) {
	for _, text := range []string{"", "1", "000000000000000g", "00000000000000001", "+000000000000001"} {
		if got, err := ParseTime(text); err == nil {
			t.Errorf("%q: got %s, want an error", text, got)
		}
	}
	if got, err := ParseTime("00000000000000ff"); err != nil || got != 255 {
		t.Errorf("got %d, %v, want 255", got, err)
	}
}
