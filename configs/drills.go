package configs

import (
	"cmp"
	"net/url"
	"strings"
	"time"
	_ "time/tzdata" // a drill starts at the same moment on every node, whatever its system knows

	"meridian/routing"
)

// Limits and defaults of drills.
const (
	minDrill     = time.Minute
	maxDrill     = 24 * time.Hour
	minEvery     = time.Second
	maxEvery     = time.Minute
	defaultBad   = 2
	dayLayout    = time.DateOnly
	clockLayout  = "15:04"
	maxMeasure   = 24 * time.Hour
	leastMeasure = time.Millisecond
)

// drills converts the drills that start by themselves.
func (c *compiler) drills() {
	taken := map[string]int{}
	for i := range c.doc.Drills {
		d, p := &c.doc.Drills[i], top("drills").item(i)
		c.label(lower(d.Name), "drill", taken, i, p.key("name"))
		out := Drill{
			Name: lower(d.Name), Location: c.drilled(d, p.key("location")), Loss: d.Mode == "loss",
			For: time.Duration(orDefault(d.For, 0)), Share: cmp.Or(int(d.Share), 100),
			Window: c.window(&d.Window, p.key("window")), Hypothesis: c.hypothesis(&d.Hypothesis, p.key("hypothesis")),
			Block: c.signals(d.Signals.Block, p.key("signals").key("block")),
			Abort: c.signals(d.Signals.Abort, p.key("signals").key("abort")),
		}
		if d.For != nil {
			c.spanned(out.For, minDrill, min(maxDrill, out.Window.Duration), p.key("for"))
		}
		for j := range d.Blocked {
			out.Blocked = append(out.Blocked, c.blocked(&d.Blocked[j], p.key("blocked").item(j)))
		}
		c.out.Drills = append(c.out.Drills, out)
	}
}

// drilled reads the location of a drill.
func (c *compiler) drilled(d *DrillDocument, p *path) routing.LocationName {
	if c.r.broken(p) {
		return ""
	}
	return c.declared(d.Location, p)
}

// label checks the name of entry i of a list: a DNS label, its own.
func (c *compiler) label(name, what string, taken map[string]int, i int, p *path) {
	if err := checkLabel(name); err != nil {
		c.r.fail(p, "%v", err)
	} else if first, twice := taken[name]; twice {
		c.r.fail(p, "%s is the name of %s %d already: want a name of its own", quote(name), what, first)
	}
	taken[name] = i
}

// spanned checks that a duration is in range, which has none where a limit is
// broken itself.
func (c *compiler) spanned(d, least, most time.Duration, p *path) {
	if most >= least && (d < least || d > most) {
		c.r.fail(p, "%v is out of range: want %v .. %v", d, least, most)
	}
}

// window converts the time of the week at which a drill may run.
func (c *compiler) window(d *WindowDocument, p *path) Window {
	if c.r.broken(p) {
		return Window{}
	}
	out := Window{Duration: time.Duration(orDefault(d.Duration, 0)), Zone: c.timeZone(d.TimeZone, p.key("timeZone"))}
	if d.Duration != nil {
		c.spanned(out.Duration, minDrill, maxDrill, p.key("duration"))
	}
	if at, err := time.Parse(clockLayout, d.Start); err == nil && len(d.Start) == len(clockLayout) {
		out.Start = time.Duration(at.Hour())*time.Hour + time.Duration(at.Minute())*time.Minute
	} else {
		c.r.fail(p.key("start"), "%s: want a time of day, 00:00 .. 23:59", quote(d.Start))
	}
	out.Days = c.weekdays(d.Days, p.key("days"))
	return out
}

// weekdays converts days of the week, in their order.
func (c *compiler) weekdays(names []string, p *path) []time.Weekday {
	var out []time.Weekday
	for day := time.Sunday; day <= time.Saturday; day++ {
		if contains(names, day.String()) {
			out = append(out, day)
		}
	}
	if len(names) == 0 {
		c.r.fail(p, "no day: want 1 .. 7 of them")
	}
	for i, day := range names {
		if contains(names[:i], day) && day != "" {
			c.r.fail(p.item(i), "%s is there twice: want each day once", day)
		}
	}
	return out
}

// timeZone checks a time zone of the IANA database.
func (c *compiler) timeZone(name string, p *path) string {
	if _, err := time.LoadLocation(name); err != nil || name == "Local" {
		c.r.fail(p, "%s: want a time zone such as Europe/Berlin or UTC", quote(name))
	}
	return cmp.Or(name, "UTC")
}

// blocked converts days on which a drill does not start.
func (c *compiler) blocked(d *BlockedDocument, p *path) Days {
	from, to := c.day(d.From, p.key("from")), c.day(d.To, p.key("to"))
	if !from.IsZero() && !to.IsZero() && to.Before(from) {
		c.r.fail(p.key("to"), "%s is before %s: want the last day, not before the first", d.To, d.From)
	}
	return Days{From: dayOf(from), To: dayOf(to)}
}

// day reads a day of the calendar; the zero Time where it is none.
func (c *compiler) day(text string, p *path) time.Time {
	t, err := time.Parse(dayLayout, text)
	if err != nil {
		c.r.fail(p, "%s: want a day such as 2026-12-20", quote(text))
		return time.Time{}
	}
	return t
}

func dayOf(t time.Time) Day {
	year, month, day := t.Date()
	return Day{year, month, day}
}

func (c *compiler) hypothesis(d *HypothesisDocument, p *path) Hypothesis {
	return Hypothesis{
		MaxErrorRate: d.MaxErrorRate, MaxErrors: d.MaxErrors,
		MaxShift: c.measure(d.MaxShiftTime, p.key("maxShiftTime")), MaxP99: c.measure(d.MaxP99, p.key("maxP99")),
	}
}

// measure converts a time that is measured; nil where it is not stated.
func (c *compiler) measure(d *Duration, p *path) *time.Duration {
	if d != nil {
		c.spanned(time.Duration(*d), leastMeasure, maxMeasure, p)
	}
	return (*time.Duration)(d)
}

// signals converts what a drill listens to.
func (c *compiler) signals(docs []SignalDocument, p *path) []Signal {
	var out []Signal
	taken := map[string]int{}
	for i := range docs {
		d, at := &docs[i], p.item(i)
		c.label(lower(d.Name), "signal", taken, i, at.key("name"))
		s := Signal{
			Name: lower(d.Name), URL: d.URL, Metric: d.Metric, Op: d.Op, Threshold: orDefault(d.Threshold, 0),
			Every: time.Duration(orDefault(d.Every, Duration(minEvery))), Failures: cmp.Or(d.Failures, defaultBad),
		}
		c.spanned(s.Every, minEvery, maxEvery, at.key("every"))
		if c.signal(d, at); d.URL != "" {
			s.Status = cmp.Or(d.Status, 200)
		}
		out = append(out, s)
	}
	return out
}

// signal checks that a signal is a URL or a metric, and all of it.
func (c *compiler) signal(d *SignalDocument, p *path) {
	switch {
	case c.r.brokenBelow(p):
	case (d.URL == "") == (d.Metric == ""):
		c.r.fail(p, "signal %s has neither or both of url and metric: want exactly one", quote(d.Name))
	case d.URL != "":
		c.urlSignal(d, p)
	default:
		c.metricSignal(d, p)
	}
}

func (c *compiler) urlSignal(d *SignalDocument, p *path) {
	if d.Op != "" || d.Threshold != nil {
		c.r.fail(p, "signal %s has a url with op or threshold: want them with metric only", quote(d.Name))
	}
	if !validSignalURL(d.URL) {
		c.r.fail(p.key("url"), "%s: want an http or https URL, without user and fragment", quoteURL(d.URL))
	}
}

func (c *compiler) metricSignal(d *SignalDocument, p *path) {
	if d.Status != 0 {
		c.r.fail(p.key("status"), "%d with metric: want it with url only", d.Status)
	}
	if d.Op == "" || d.Threshold == nil {
		c.r.fail(p, "signal %s has a metric without op or threshold: want both", quote(d.Name))
	}
}

func validSignalURL(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.User == nil && !strings.Contains(text, "#") && validHostPort(u.Hostname(), u.Port(), false)
}
