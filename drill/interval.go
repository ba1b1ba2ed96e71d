package drill

import "time"

// Interval is [From, To).
type Interval struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// overlaps reports whether the two share an instant.
func (i Interval) overlaps(o Interval) bool { return i.From.Before(o.To) && o.From.Before(i.To) }

// Day is a day of the calendar.
type Day struct {
	Year  int
	Month time.Month
	Day   int
}

// Days is the time from the beginning of the first day to the end of the last
// in a time zone, whatever its clocks do meanwhile.
func Days(first, last Day, zone *time.Location) Interval {
	return Interval{From: instant(first, 0, zone), To: instant(last.plus(1), 0, zone)}
}

// DayOf returns the day of the calendar on which t falls in a time zone.
func DayOf(t time.Time, zone *time.Location) Day {
	y, m, d := t.In(zone).Date()
	return Day{Year: y, Month: m, Day: d}
}

// plus returns the day n days later.
func (d Day) plus(n int) Day {
	y, m, day := time.Date(d.Year, d.Month, d.Day+n, 12, 0, 0, 0, time.UTC).Date()
	return Day{Year: y, Month: m, Day: day}
}

func (d Day) weekday() time.Weekday {
	return time.Date(d.Year, d.Month, d.Day, 12, 0, 0, 0, time.UTC).Weekday()
}

// instant returns when the clocks of a zone show that time of the day, below
// 24 h after midnight: the first time where they show it twice, and where they
// skip it the moment of the change.
func instant(d Day, clock time.Duration, zone *time.Location) time.Time {
	h, m := int(clock/time.Hour), int(clock%time.Hour/time.Minute)
	t := time.Date(d.Year, d.Month, d.Day, h, m, 0, 0, zone)
	if !shows(t, d, clock) {
		return change(t)
	}
	return earlier(t, d, clock)
}

// shows reports whether the clocks show that time of that day at t.
func shows(t time.Time, d Day, clock time.Duration) bool {
	y, m, day := t.Date()
	h, min, sec := t.Clock()
	at := time.Duration(h)*time.Hour + time.Duration(min)*time.Minute + time.Duration(sec)*time.Second
	return Day{Year: y, Month: m, Day: day} == d && at == clock.Truncate(time.Minute)
}

// change returns the change of the clocks that skipped the time which
// time.Date moved to t: it is at one end of the zone's period at t.
func change(t time.Time) time.Time {
	start, end := t.ZoneBounds()
	if !start.IsZero() && (end.IsZero() || t.Sub(start) <= end.Sub(t)) {
		return start
	}
	return end
}

// earlier returns the first of the two times at which the clocks show what
// they show at t.
func earlier(t time.Time, d Day, clock time.Duration) time.Time {
	start, _ := t.ZoneBounds()
	if start.IsZero() {
		return t
	}
	_, now := t.Zone()
	_, before := start.Add(-time.Second).Zone()
	first := t.Add(time.Duration(now-before) * time.Second)
	if first.Before(start) && shows(first, d, clock) {
		return first
	}
	return t
}
