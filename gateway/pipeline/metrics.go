package pipeline

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics of a Pipeline.
type metrics struct {
	refusals *prometheus.CounterVec
	requests *prometheus.CounterVec
	healthy  prometheus.Gauge
}

func newMetrics(r prometheus.Registerer) (*metrics, error) {
	m := &metrics{
		refusals: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "meridian_api_refusals_total", Help: "Requests that no backend answered, by reason.",
		}, []string{"reason"}),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "meridian_api_requests_total", Help: "Requests that an API claimed, by the class of their answer.",
		}, []string{"api", "class"}),
		healthy: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "meridian_api_pools_healthy", Help: "Whether the pools with healthOf location have their share, with hysteresis.",
		}),
	}
	m.healthy.Set(1)
	if r == nil {
		return m, nil
	}
	for _, c := range []prometheus.Collector{m.refusals, m.requests, m.healthy} {
		if err := r.Register(c); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// counts are an API's requests, by the first digit of the status; 0 is no answer
// at all.
type counts [6]prometheus.Counter

func (m *metrics) counts(api string) *counts {
	var out counts
	for i, class := range [len(out)]string{"none", "1xx", "2xx", "3xx", "4xx", "5xx"} {
		out[i] = m.requests.WithLabelValues(api, class)
	}
	return &out
}

// forget drops what is counted of an API.
func (m *metrics) forget(api string) {
	m.requests.DeletePartialMatch(prometheus.Labels{"api": api})
}

// note counts a request. An error that says how it is answered counts as that.
func (c *counts) note(resp *http.Response, err error) {
	status := 0
	var r *refusal
	switch {
	case resp != nil:
		status = resp.StatusCode
	case asRefusal(err, &r):
		status = r.status
	}
	c[min(max(0, status/100), len(c)-1)].Inc()
}
