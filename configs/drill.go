package configs

import (
	"time"

	"meridian/routing"
)

// Drill is a drill that starts by itself.
type Drill struct {
	Name       string // a DNS label
	Location   routing.LocationName
	Loss       bool          // clients that still come are refused instead of relayed
	For        time.Duration // 1 min .. the window's
	Share      int           // percent of the clients, 1 .. 100
	Window     Window
	Blocked    []Days
	Hypothesis Hypothesis
	Block      []Signal // while one is bad the drill does not start
	Abort      []Signal // when one turns bad the drill ends
}

// Window is a time of the week.
type Window struct {
	Days     []time.Weekday // Sunday is 0; each once, in their order
	Start    time.Duration  // wall clock after midnight, whole minutes, below 24 h
	Duration time.Duration  // 1 min .. 24 h
	Zone     string         // of Days, Start and Blocked: a name that time.LoadLocation knows
}

// Days is a range of days, both inclusive.
type Days struct{ From, To Day }

// Day is a day of the calendar in its window's time zone.
type Day struct {
	Year  int
	Month time.Month
	Day   int
}

// Hypothesis is what a drill is expected to show; nil is not judged.
type Hypothesis struct {
	MaxErrorRate *float64 // of the requests, 0 .. 1
	MaxErrors    *int
	MaxShift     *time.Duration // until 95 % of the clients have left
	MaxP99       *time.Duration // of the requests
}

// Signal is a URL or a metric that tells whether all is well.
type Signal struct {
	Name      string        // a DNS label
	URL       string        // http or https; empty where Metric is given
	Status    int           // of the URL, when it is well: 100 .. 599; 0 where Metric is given
	Metric    string        // empty where URL is given
	Op        string        // well while the metric's value Op Threshold: < <= > >= == !=
	Threshold float64       // of the metric
	Every     time.Duration // from one look to the next, 1 s .. 1 min
	Failures  int           // bad looks in a row that count, 1 .. 10
}
