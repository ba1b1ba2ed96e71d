package backend

import (
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"meridian/gateway/breaker"
)

// collector shows the counts of the current Set. Label values are names of the
// plan, states and outcomes; URLs that no backend stands for are one: "@url".
type collector struct {
	owner       *Backends
	requests    *prometheus.Desc
	refused     *prometheus.Desc
	attempts    *prometheus.Desc
	retries     *prometheus.Desc
	denied      *prometheus.Desc
	inFlight    *prometheus.Desc
	state       *prometheus.Desc
	transitions *prometheus.Desc
	ejections   *prometheus.Desc
	ejected     *prometheus.Desc
	addresses   *prometheus.Desc
}

const adhocLabel = "@url"

func newCollector(b *Backends) *collector {
	name := []string{"backend"}
	return &collector{
		owner:       b,
		requests:    prometheus.NewDesc("meridian_backend_requests_total", "Requests to a backend, pool or URL by name.", name, nil),
		refused:     prometheus.NewDesc("meridian_backend_refused_requests_total", "Requests that no backend was asked for: open breakers, disabled backends.", name, nil),
		attempts:    prometheus.NewDesc("meridian_backend_attempts_total", "Attempts by what became of them.", []string{"backend", "outcome"}, nil),
		retries:     prometheus.NewDesc("meridian_backend_retries_total", "Repetitions of failed requests, without those of policies.", name, nil),
		denied:      prometheus.NewDesc("meridian_backend_denied_retries_total", "Repetitions that the budget forbade.", name, nil),
		inFlight:    prometheus.NewDesc("meridian_backend_in_flight_requests", "Attempts under way, to the end of the answer.", name, nil),
		state:       prometheus.NewDesc("meridian_backend_breaker_state", "1 for the state that the breaker is in.", []string{"backend", "state"}, nil),
		transitions: prometheus.NewDesc("meridian_backend_breaker_transitions_total", "Changes of breakers.", []string{"backend", "from", "to"}, nil),
		ejections:   prometheus.NewDesc("meridian_backend_ejections_total", "Addresses that were left alone for a while.", name, nil),
		ejected:     prometheus.NewDesc("meridian_backend_ejected_addresses", "Addresses that are left alone now.", name, nil),
		addresses:   prometheus.NewDesc("meridian_backend_addresses", "Addresses known.", name, nil),
	}
}

// Describe implements prometheus.Collector.
func (c *collector) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		c.requests, c.refused, c.attempts, c.retries, c.denied, c.inFlight,
		c.state, c.transitions, c.ejections, c.ejected, c.addresses,
	} {
		out <- d
	}
}

// Collect implements prometheus.Collector.
func (c *collector) Collect(out chan<- prometheus.Metric) {
	s := c.owner.current.Load()
	for _, t := range s.targets {
		c.target(out, t.name, t.counts)
		if t.only != nil {
			c.backend(out, t.only)
		}
	}
	c.target(out, adhocLabel, c.owner.adhoc.counts)
	c.asked(out, adhocLabel, c.owner.adhoc.counts)
}

func counter(out chan<- prometheus.Metric, d *prometheus.Desc, n uint64, labels ...string) {
	out <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(n), labels...)
}

func gauge(out chan<- prometheus.Metric, d *prometheus.Desc, n float64, labels ...string) {
	out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, n, labels...)
}

// target shows what backends, pools and URLs have.
func (c *collector) target(out chan<- prometheus.Metric, name string, n *counts) {
	name = strings.ToLower(name)
	counter(out, c.requests, n.requests.Load(), name)
	counter(out, c.refused, n.refused.Load(), name)
	counter(out, c.retries, n.retries.Load(), name)
	counter(out, c.denied, n.denied.Load(), name)
}

// asked shows what is asked itself: backends and URLs.
func (c *collector) asked(out chan<- prometheus.Metric, name string, n *counts) {
	for o := range outcomes {
		counter(out, c.attempts, n.attempts[o].Load(), name, o.String())
	}
	gauge(out, c.inFlight, float64(n.inFlight.Load()), name)
	counter(out, c.ejections, n.ejections.Load(), name)
}

func (c *collector) backend(out chan<- prometheus.Metric, e *endpoint) {
	name := strings.ToLower(e.name)
	c.asked(out, name, e.counts)
	s := e.status(time.Now())
	for _, state := range []breaker.State{breaker.Closed, breaker.Open, breaker.HalfOpen, breaker.ForcedOpen, breaker.ForcedClosed} {
		here := 0.0
		if state == s.Breaker.State {
			here = 1
		}
		gauge(out, c.state, here, name, state.String())
	}
	for t, n := range e.counts.turns() {
		counter(out, c.transitions, n, name, t.from.String(), t.to.String())
	}
	ejected := 0
	for _, a := range s.Addresses {
		if !a.Ejected.IsZero() {
			ejected++
		}
	}
	gauge(out, c.ejected, float64(ejected), name)
	gauge(out, c.addresses, float64(len(s.Addresses)), name)
}
