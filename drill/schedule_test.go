package drill

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func zone(t interface{ Fatal(...any) }, name string) *time.Location {
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func weekly(zone *time.Location, start time.Duration, days ...time.Weekday) Schedule {
	return Schedule{
		Spec:   Spec{Schedule: "weekly-west", Location: "westus2", Mode: Drain, For: 10 * time.Minute},
		Window: Window{Days: days, Start: start, Duration: 2 * time.Hour, Zone: zone},
	}
}

func TestNext(t *testing.T) {
	clock := func(h, m int) time.Duration { return time.Duration(h*60+m) * time.Minute }
	for _, c := range []struct {
		name, zone string
		start      time.Duration
		day        time.Weekday
		after      string
		want       []string // the following starts
	}{
		{"plain", "UTC", clock(3, 0), time.Monday, "2026-03-01T00:00:00Z", []string{"2026-03-02T03:00:00Z", "2026-03-09T03:00:00Z"}},
		{"a start is not after itself", "UTC", clock(3, 0), time.Monday, "2026-03-02T03:00:00Z", []string{"2026-03-09T03:00:00Z"}},
		{"spring, before the gap", "Europe/Berlin", clock(1, 30), time.Sunday, "2026-03-22T12:00:00Z", []string{"2026-03-29T00:30:00Z", "2026-04-04T23:30:00Z"}},
		{"spring, in the gap: when the clocks change", "Europe/Berlin", clock(2, 30), time.Sunday, "2026-03-22T12:00:00Z", []string{"2026-03-29T01:00:00Z", "2026-04-05T00:30:00Z"}},
		{"spring, after the gap", "Europe/Berlin", clock(3, 0), time.Sunday, "2026-03-22T12:00:00Z", []string{"2026-03-29T01:00:00Z", "2026-04-05T01:00:00Z"}},
		{"autumn, twice: the first", "Europe/Berlin", clock(2, 30), time.Sunday, "2026-10-24T12:00:00Z", []string{"2026-10-25T00:30:00Z", "2026-11-01T01:30:00Z"}},
		{"autumn, after", "Europe/Berlin", clock(3, 0), time.Sunday, "2026-10-24T12:00:00Z", []string{"2026-10-25T02:00:00Z"}},
		{"west of Greenwich, spring", "America/New_York", clock(2, 30), time.Sunday, "2026-03-07T12:00:00Z", []string{"2026-03-08T07:00:00Z", "2026-03-15T06:30:00Z"}},
		{"west of Greenwich, autumn", "America/New_York", clock(1, 30), time.Sunday, "2026-10-31T12:00:00Z", []string{"2026-11-01T05:30:00Z", "2026-11-08T06:30:00Z"}},
		{"half an hour of change", "Australia/Lord_Howe", clock(2, 15), time.Sunday, "2026-10-03T00:00:00Z", []string{"2026-10-03T15:30:00Z", "2026-10-10T15:15:00Z"}},
		{"midnight does not exist", "America/Santiago", 0, time.Sunday, "2026-09-05T00:00:00Z", []string{"2026-09-06T04:00:00Z", "2026-09-13T03:00:00Z"}},
		{"a day that does not exist", "Pacific/Apia", clock(12, 0), time.Friday, "2011-12-26T00:00:00Z", []string{"2011-12-30T10:00:00Z", "2012-01-05T22:00:00Z"}},
		{"over the end of 32 bits", "UTC", clock(3, 14), time.Tuesday, "2038-01-18T00:00:00Z", []string{"2038-01-19T03:14:00Z", "2038-01-26T03:14:00Z"}},
		{"2100 is no leap year", "UTC", 0, time.Monday, "2100-02-27T00:00:00Z", []string{"2100-03-01T00:00:00Z"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := weekly(zone(t, c.zone), c.start, c.day)
			var got []string
			at := date(c.after)
			for range c.want {
				next, ok := s.Next(at)
				if !ok {
					t.Fatalf("got no start after %s, want %s", at, c.want)
				}
				got, at = append(got, next.UTC().Format(time.RFC3339)), next
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("wrong starts (-want +got):\n%s", diff)
			}
		})
	}
}

func TestBlocked(t *testing.T) {
	for _, c := range []struct {
		name    string
		blocked []Interval
		want    string
	}{
		{"nothing", nil, "2026-03-02T03:00:00Z"},
		{"the whole window", []Interval{{date("2026-03-02T00:00:00Z"), date("2026-03-03T00:00:00Z")}}, "2026-03-09T03:00:00Z"},
		{"its beginning", []Interval{{date("2026-03-02T02:00:00Z"), date("2026-03-02T03:30:00Z")}}, "2026-03-02T03:30:00Z"},
		{"what it would run into", []Interval{{date("2026-03-02T03:05:00Z"), date("2026-03-02T03:30:00Z")}}, "2026-03-02T03:30:00Z"},
		{"all but a bit at the end that is too short", []Interval{{date("2026-03-02T03:00:00Z"), date("2026-03-02T04:51:00Z")}}, "2026-03-09T03:00:00Z"},
		{"all but just enough", []Interval{{date("2026-03-02T03:00:00Z"), date("2026-03-02T04:50:00Z")}}, "2026-03-02T04:50:00Z"},
		{"two, the later named first", []Interval{{date("2026-03-02T03:20:00Z"), date("2026-03-02T04:00:00Z")}, {date("2026-03-02T02:00:00Z"), date("2026-03-02T03:15:00Z")}}, "2026-03-02T04:00:00Z"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := weekly(time.UTC, 3*time.Hour, time.Monday)
			s.Blocked = c.blocked
			next, ok := s.Next(date("2026-03-01T00:00:00Z"))
			if got := next.UTC().Format(time.RFC3339); !ok || got != c.want {
				t.Errorf("got %s %v, want %s", got, ok, c.want)
			}
		})
	}
	s := weekly(time.UTC, 0, time.Monday)
	s.Blocked = []Interval{{date("2026-01-01T00:00:00Z"), date("2030-01-01T00:00:00Z")}}
	if next, ok := s.Next(date("2026-03-01T00:00:00Z")); ok {
		t.Errorf("got %s, want none: years are blocked", next)
	}
}

// TestNextTwin compares Next with a walk minute by minute.
func TestNextTwin(t *testing.T) {
	zones := []string{"UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Santiago", "Africa/Casablanca"}
	rapid.Check(t, func(rt *rapid.T) {
		z := zone(t, rapid.SampledFrom(zones).Draw(rt, "zone"))
		s := weekly(z, time.Duration(rapid.IntRange(0, 24*60-1).Draw(rt, "start"))*time.Minute, time.Weekday(rapid.IntRange(0, 6).Draw(rt, "day")), time.Weekday(rapid.IntRange(0, 6).Draw(rt, "other day")))
		s.Window.Duration = time.Duration(rapid.IntRange(10, 24*60).Draw(rt, "length")) * time.Minute
		after := date("2026-01-01T00:00:00Z").Add(time.Duration(rapid.IntRange(0, 366*24*60).Draw(rt, "after")) * time.Minute)
		for range rapid.IntRange(0, 3).Draw(rt, "blocked") {
			from := after.Add(time.Duration(rapid.IntRange(-1000, 12000).Draw(rt, "from")) * time.Minute)
			s.Blocked = append(s.Blocked, Interval{from, from.Add(time.Duration(rapid.IntRange(1, 3000).Draw(rt, "blocked for")) * time.Minute)})
		}
		want, found := walk(s, after, 20*24*60)
		got, ok := s.Next(after)
		if !found {
			want = after.Add(20 * 24 * time.Hour)
			if ok && !got.After(want) {
				rt.Errorf("%v after %s: got %s, want none within 20 days", s, after, got)
			}
			return
		}
		if !ok || !got.Equal(want) {
			rt.Errorf("%v after %s: got %s %v, want %s", s, after, got.UTC(), ok, want.UTC())
		}
	})
}

// walk looks at each minute: is a window open that opened on its day, is this
// the first moment in it that fits?
func walk(s Schedule, after time.Time, minutes int) (time.Time, bool) {
	taken := map[Day]bool{}
	begin := after.Add(-3 * 24 * time.Hour).Truncate(time.Minute)
	opened := map[Day]time.Time{}
	for m := range minutes + 3*24*60 {
		now := begin.Add(time.Duration(m) * time.Minute)
		for _, day := range []Day{DayOf(now, s.Window.Zone), DayOf(now, s.Window.Zone).plus(-1)} {
			if _, is := opened[day]; !is && opens(s.Window, day, now) {
				opened[day] = now
			}
		}
		for _, back := range []int{-2, -1, 0} {
			day := DayOf(now, s.Window.Zone).plus(back)
			from, is := opened[day]
			if !is || taken[day] || now.Add(s.Spec.For).After(from.Add(s.Window.Duration)) {
				continue
			}
			free := true
			for _, b := range s.Blocked {
				free = free && (now.Add(s.Spec.For).Compare(b.From) <= 0 || now.Compare(b.To) >= 0)
			}
			if free {
				taken[day] = true
				if now.After(after) {
					return now, true
				}
			}
		}
	}
	return time.Time{}, false
}

// opens reports whether the clocks of the window's zone have reached its start
// on that day.
func opens(w Window, day Day, now time.Time) bool {
	found := false
	for _, d := range w.Days {
		found = found || d == day.weekday()
	}
	if !found {
		return false
	}
	today := DayOf(now, w.Zone)
	if today != day {
		return today == day.plus(1)
	}
	h, m, _ := now.In(w.Zone).Clock()
	return time.Duration(h)*time.Hour+time.Duration(m)*time.Minute >= w.Start
}

func TestScheduleAt(t *testing.T) {
	s := weekly(time.UTC, 3*time.Hour, time.Monday)
	start := date("2026-03-02T03:00:00Z")
	got := s.At(start.In(zone(t, "Asia/Tokyo")))
	if got.ID != "weekly-west-20260302-030000z" || got.By != "schedule weekly-west" {
		t.Errorf("got %q by %q, want the same id on every node", got.ID, got.By)
	}
	if err := got.Validate(); err != nil {
		t.Errorf("got %v, want a drill that may begin", err)
	}
	if err := s.Validate(); err != nil {
		t.Errorf("got %v, want a valid schedule", err)
	}
	if want := "weekly-west: Monday 03:00 UTC"; s.String() != want {
		t.Errorf("got %q, want %q", s, want)
	}
}

func TestScheduleProblems(t *testing.T) {
	s := weekly(nil, 25*time.Hour, 9)
	s.Spec.Schedule, s.Window.Duration = "", time.Second
	s.Blocked = []Interval{{date("2026-03-02T03:00:00Z"), date("2026-03-02T03:00:00Z")}}
	err := s.Validate()
	if err == nil {
		t.Fatal("got a valid schedule")
	}
	for _, want := range []string{"schedule:", "window.days: 9", "window.start: 25h0m0s", "window.duration: 1s", "window.timeZone: missing", "for: 10m0s is longer", "blocked:"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q named", err, want)
		}
	}
}

func TestDue(t *testing.T) {
	s := weekly(time.UTC, 3*time.Hour, time.Monday)
	for _, c := range []struct {
		now  string
		want bool
	}{
		{"2026-03-02T02:59:59Z", false},
		{"2026-03-02T03:00:00Z", true},
		{"2026-03-02T03:00:30Z", true},
		{"2026-03-02T03:00:31Z", false},
	} {
		start, got := s.Due(date(c.now), 30*time.Second)
		if got != c.want || got && !start.Equal(date("2026-03-02T03:00:00Z")) {
			t.Errorf("at %s: got %s %v, want %v", c.now, start, got, c.want)
		}
	}
}

func TestDays(t *testing.T) {
	got := Days(Day{2026, time.March, 28}, Day{2026, time.March, 29}, zone(t, "Europe/Berlin"))
	if d := got.To.Sub(got.From); d != 47*time.Hour || !got.From.Equal(date("2026-03-27T23:00:00Z")) {
		t.Errorf("got %s from %s, want 47h: the clocks went forward", d, got.From.UTC())
	}
}
