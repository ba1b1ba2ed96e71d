package drill

import (
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"
)

// Signal is something outside of us that is read during a drill: a URL that
// must answer with a status, or a metric that must hold against a threshold.
// Exactly one of URL and Metric is set. What cannot be read counts as red: an
// operator who names a signal wants to see it green.
type Signal struct {
	Name      string        `json:"name"`                // lower case letters, digits and hyphens, ≤ 63
	URL       string        `json:"url,omitempty"`       // http or https
	Status    int           `json:"status,omitempty"`    // green of URL, 100 .. 599; 0: 200
	Metric    string        `json:"metric,omitempty"`    // a query
	Op        string        `json:"op,omitempty"`        // green while value Op Threshold: < <= > >= == !=
	Threshold float64       `json:"threshold,omitempty"` // of Metric
	Every     time.Duration `json:"every,omitempty"`     // between readings, 100 ms .. 5 min; 0: 1 s
	Failures  int           `json:"failures,omitempty"`  // red readings in a row that make it fire, 1 .. 100; 0: 2
}

// Limits and defaults of a Signal.
const (
	minEvery     = 100 * time.Millisecond
	maxEvery     = 5 * time.Minute
	defaultEvery = time.Second
	maxTimeout   = time.Second
	maxURL       = 1024
	maxQuery     = 1024
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

// status is the HTTP status that is green.
func (s Signal) status() int {
	if s.Status == 0 {
		return http.StatusOK
	}
	return s.Status
}

// green compares a metric's value with the threshold; NaN is never green.
func (s Signal) green(v float64) bool {
	if math.IsNaN(v) {
		return false
	}
	switch s.Op {
	case "<":
		return v < s.Threshold
	case "<=":
		return v <= s.Threshold
	case ">":
		return v > s.Threshold
	case ">=":
		return v >= s.Threshold
	case "==":
		return v == s.Threshold
	}
	return s.Op == "!=" && v != s.Threshold
}

// wanted says in words what is green.
func (s Signal) wanted() string {
	if s.URL != "" {
		return strconv.Itoa(s.status())
	}
	return s.Op + " " + digits(s.Threshold)
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
	p.add(s.Status != 0 && (s.Status < 100 || s.Status > 599), "%s.status: %d is outside of 100 .. 599", at, s.Status)
	p.add(s.Op != "" || s.Threshold != 0, "%s: op and threshold are for metrics", at)
}

func fetchable(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" && u.User == nil
}

func (s Signal) checkMetric(p *problems, at string) {
	p.text(at+".metric", s.Metric, maxQuery)
	p.add(!slices.Contains([]string{"<", "<=", ">", ">=", "==", "!="}, s.Op), "%s.op: %q, want one of < <= > >= == !=", at, clip(s.Op, 80))
	p.add(!finite(s.Threshold), "%s.threshold: %v is no number", at, s.Threshold)
	p.add(s.Status != 0, "%s: status is for urls", at)
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
