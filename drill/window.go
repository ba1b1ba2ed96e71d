package drill

import (
	"slices"
	"time"
)

// Window is a time of the week in a time zone.
type Window struct {
	Days     []time.Weekday // on which it opens
	Start    time.Duration  // when, by the clocks of Zone; below 24 h
	Duration time.Duration  // how long it is open, in elapsed time; 1 min .. 24 h
	Zone     *time.Location
}

// Limits of a Window.
const (
	minWindow = time.Minute
	maxWindow = 24 * time.Hour
)

func (w Window) check(p *problems) {
	p.add(len(w.Days) == 0 || len(w.Days) > 7, "window.days: %d days, want 1 to 7", len(w.Days))
	for _, d := range w.Days {
		p.add(d < time.Sunday || d > time.Saturday, "window.days: %d is outside of 0 .. 6", d)
	}
	p.add(w.Start < 0 || w.Start >= 24*time.Hour, "window.start: %s is outside of 0s .. 23h59m", w.Start)
	p.span("window.duration", w.Duration, minWindow, maxWindow)
	p.add(w.Zone == nil, "window.timeZone: missing")
}

// on returns the window that opens on that day, and whether one does.
func (w Window) on(d Day) (Interval, bool) {
	if !slices.Contains(w.Days, d.weekday()) {
		return Interval{}, false
	}
	from := instant(d, w.Start, w.Zone)
	return Interval{From: from, To: from.Add(w.Duration)}, true
}
