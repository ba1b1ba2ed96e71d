package drill

import (
	"fmt"
	"slices"
	"time"
)

// Schedule is a drill that starts by itself once in each window: as soon as
// the window is open, and no later than lets it end inside. A time that
// overlaps a blocked interval is skipped.
type Schedule struct {
	Spec    Spec // Schedule is its name; ID is made from the start
	Window  Window
	Blocked []Interval
}

// horizon is how many days ahead a start is looked for: more than a year, so
// that a long freeze does not end a schedule.
const horizon = 400

// maxBlocked is the most blocked intervals of a schedule.
const maxBlocked = 100

// Validate names everything that is wrong with the schedule.
func (s Schedule) Validate() error {
	var p problems
	p.add(!isLabel(s.Spec.Schedule) || len(s.Spec.Schedule) > maxScheduleName, "schedule: %q, want 1 to %d lower case letters, digits and hyphens", clip(s.Spec.Schedule, 80), maxScheduleName)
	s.Window.check(&p)
	p.add(s.Spec.For > s.Window.Duration, "for: %s is longer than the window's %s", s.Spec.For, s.Window.Duration)
	p.add(len(s.Blocked) > maxBlocked, "blocked: %d intervals, at most %d", len(s.Blocked), maxBlocked)
	for _, b := range s.Blocked {
		p.add(!b.From.Before(b.To), "blocked: %s is not before %s", b.From, b.To)
	}
	if err := s.At(time.Unix(0, 0)).Validate(); err != nil {
		p.list = append(p.list, err)
	}
	return p.err()
}

// maxScheduleName leaves room for the start in the id of a drill.
const maxScheduleName = 63 - len("-20060102-150405z")

// At returns the drill that starts then. Its id is made of the schedule's name
// and the start, so that two nodes that start it start one drill.
func (s Schedule) At(start time.Time) Spec {
	spec := s.Spec
	spec.ID = s.Spec.Schedule + "-" + start.UTC().Format("20060102-150405") + "z"
	if spec.By == "" {
		spec.By = "schedule " + s.Spec.Schedule
	}
	if spec.Reason == "" {
		spec.Reason = "scheduled drill " + s.Spec.Schedule
	}
	return spec
}

// Next returns the first start after a time. There is none where more than a
// year is blocked.
func (s Schedule) Next(after time.Time) (start time.Time, ok bool) {
	// A window opens on one day and may still be open, or bring its start, on
	// the next.
	first := DayOf(after, s.Window.Zone).plus(-2)
	for n := range horizon {
		if start, ok = s.startAfter(first.plus(n), after); ok {
			// On a short day the next window may open before this start.
			if next, sooner := s.startAfter(first.plus(n+1), after); sooner && next.Before(start) {
				start = next
			}
			return start, true
		}
	}
	return time.Time{}, false
}

// Due returns the start that is due: not in the future, and no longer than
// grace ago. A node that was away for longer does not start what it missed.
func (s Schedule) Due(now time.Time, grace time.Duration) (start time.Time, ok bool) {
	start, ok = s.Next(now.Add(-grace - 1))
	return start, ok && !start.After(now)
}

func (s Schedule) startAfter(d Day, after time.Time) (time.Time, bool) {
	start, ok := s.startOn(d)
	return start, ok && start.After(after)
}

// startOn returns the start in the window that opens on that day: the first
// moment from which the drill fits into the window beside everything blocked.
func (s Schedule) startOn(d Day) (time.Time, bool) {
	window, ok := s.Window.on(d)
	if !ok {
		return time.Time{}, false
	}
	blocked := slices.Clone(s.Blocked)
	slices.SortFunc(blocked, func(a, b Interval) int { return a.From.Compare(b.From) })
	start := window.From
	for _, b := range blocked {
		if (Interval{From: start, To: start.Add(s.Spec.For)}).overlaps(b) {
			start = b.To
		}
	}
	return start, !start.Add(s.Spec.For).After(window.To)
}

// String returns "weekly-east: Monday, Thursday 02:30 Europe/Berlin".
func (s Schedule) String() string {
	out := s.Spec.Schedule + ":"
	for i, d := range s.Window.Days {
		if i > 0 {
			out += ","
		}
		out += " " + d.String()
	}
	start := s.Window.Start
	return out + fmt.Sprintf(" %02d:%02d %s", start/time.Hour, start%time.Hour/time.Minute, s.Window.Zone)
}
