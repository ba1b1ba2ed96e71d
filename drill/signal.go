package drill

import (
	"fmt"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Signal is something outside of us that is read during a drill: a URL that
// must answer with a status, or a metric that must stay within bounds. Exactly
// one of URL and Metric is set. What cannot be read counts as red: an operator
// who names a signal wants to see it green.
type Signal struct {
	Name     string        `json:"name"`               // lower case letters, digits and hyphens, ≤ 63
	URL      string        `json:"url,omitempty"`      // http or https
	Statuses []StatusRange `json:"statuses,omitempty"` // of URL, when it is green; none: exactly 200
	Metric   string        `json:"metric,omitempty"`   // a query
	Above    *float64      `json:"above,omitempty"`    // Metric is red above; nil: no bound
	Below    *float64      `json:"below,omitempty"`    // Metric is red below; nil: no bound
	Every    time.Duration `json:"every,omitempty"`    // between readings, 100 ms .. 5 min; 0: 1 s
	Failures int           `json:"failures,omitempty"` // red readings in a row that make it fire, 1 .. 100; 0: 2
}

// StatusRange is a range of HTTP statuses, both ends included.
type StatusRange struct {
	Min int `json:"min"`
	Max int `json:"max"`
}

// Limits and defaults of a Signal.
const (
	minEvery     = 100 * time.Millisecond
	maxEvery     = 5 * time.Minute
	defaultEvery = time.Second
	maxTimeout   = time.Second
	maxURL       = 1024
	maxQuery     = 1024
	maxRanges    = 8
)

// Interval is the time between readings.
func (s Signal) Interval() time.Duration {
	if s.Every == 0 {
		return defaultEvery
	}
	return s.Every
}

// Timeout is how long one reading may take: no longer than the interval, so
// that readings never pile up, and at most 1 s.
func (s Signal) Timeout() time.Duration { return min(s.Interval(), maxTimeout) }

// Tolerated is how many red readings in a row make the signal fire.
func (s Signal) Tolerated() int {
	if s.Failures == 0 {
		return 2
	}
	return s.Failures
}

// Reaction is the longest time from turning red to firing.
func (s Signal) Reaction() time.Duration {
	return time.Duration(s.Tolerated())*s.Interval() + s.Timeout()
}

// answers reports whether an HTTP status is green.
func (s Signal) answers(status int) bool {
	return slices.ContainsFunc(s.ranges(), func(r StatusRange) bool { return status >= r.Min && status <= r.Max })
}

func (s Signal) ranges() []StatusRange {
	if len(s.Statuses) == 0 {
		return []StatusRange{{Min: http.StatusOK, Max: http.StatusOK}}
	}
	return s.Statuses
}

// green reports whether a metric's value is within bounds; NaN never is.
func (s Signal) green(v float64) bool {
	return !math.IsNaN(v) && (s.Above == nil || v <= *s.Above) && (s.Below == nil || v >= *s.Below)
}

// wanted says in words what is green.
func (s Signal) wanted() string {
	var parts []string
	switch {
	case s.URL != "":
		for _, r := range s.ranges() {
			parts = append(parts, r.String())
		}
		return strings.Join(parts, ", ")
	case s.Below != nil:
		parts = append(parts, "at least "+digits(*s.Below))
	}
	if s.Above != nil {
		parts = append(parts, "at most "+digits(*s.Above))
	}
	return strings.Join(parts, " and ")
}

// String returns "200" or "200-299".
func (r StatusRange) String() string {
	if r.Min == r.Max {
		return strconv.Itoa(r.Min)
	}
	return fmt.Sprintf("%d-%d", r.Min, r.Max)
}

func (s Signal) check(p *problems, at string) {
	p.label(at+".name", s.Name)
	p.add((s.URL == "") == (s.Metric == ""), "%s: one of url and metric is required", at)
	if s.URL != "" {
		s.checkURL(p, at)
	}
	if s.Metric != "" {
		s.checkMetric(p, at)
	}
	if s.Every != 0 {
		p.span(at+".every", s.Every, minEvery, maxEvery)
	}
	p.add(s.Failures < 0 || s.Failures > 100, "%s.failures: %d is outside of 1 .. 100", at, s.Failures)
}

func (s Signal) checkURL(p *problems, at string) {
	p.text(at+".url", s.URL, maxURL)
	p.add(!fetchable(s.URL), "%s.url: %q, want http://host/… or https://host/… without user information", at, clip(s.URL, 80))
	p.add(len(s.Statuses) > maxRanges, "%s.statuses: %d ranges, at most %d", at, len(s.Statuses), maxRanges)
	for _, r := range s.Statuses[:min(len(s.Statuses), maxRanges)] {
		p.add(r.Min < 100 || r.Max > 999 || r.Min > r.Max, "%s.statuses: %s is no range within 100 .. 999", at, r)
	}
	p.add(s.Above != nil || s.Below != nil, "%s: above and below are for metrics", at)
}

func fetchable(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" && u.User == nil
}

func (s Signal) checkMetric(p *problems, at string) {
	p.text(at+".metric", s.Metric, maxQuery)
	p.add(s.Above == nil && s.Below == nil, "%s: a metric needs above or below", at)
	p.add(s.Above != nil && !finite(*s.Above), "%s.above: not a number", at)
	p.add(s.Below != nil && !finite(*s.Below), "%s.below: not a number", at)
	p.add(len(s.Statuses) > 0, "%s: statuses are for urls", at)
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
