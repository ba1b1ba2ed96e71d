package gateway

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// collector shows the account as metrics. Label values are bounded: outcomes,
// reasons, locations of the service.
type collector struct {
	g        *Gateway
	requests *prometheus.Desc
	errors   *prometheus.Desc
	aborted  *prometheus.Desc
	seconds  *prometheus.Desc
	refused  *prometheus.Desc
	relayed  *prometheus.Desc
	late     *prometheus.Desc
	api      apiMetrics
	numbers  []number
}

// apiMetrics are by location and API.
type apiMetrics struct{ requests, seconds, received, sent *prometheus.Desc }

func newAPIMetrics() apiMetrics {
	labels := []string{"location", "api"}
	return apiMetrics{
		requests: prometheus.NewDesc("meridian_gateway_api_requests_total", "Requests by the location that served them, API and class of status.", append(labels[:2:2], "class"), nil),
		seconds:  prometheus.NewDesc("meridian_gateway_api_request_duration_seconds", "Time to the end of the answer, without tunnels.", labels, nil),
		received: prometheus.NewDesc("meridian_gateway_received_bytes_total", "Bytes of request bodies and tunnels.", labels, nil),
		sent:     prometheus.NewDesc("meridian_gateway_sent_bytes_total", "Bytes of answer bodies and tunnels.", labels, nil),
	}
}

func (m apiMetrics) collect(s *series, out chan<- prometheus.Metric) {
	now := s.now.Load()
	if now == nil {
		return
	}
	counter := func(d *prometheus.Desc, n uint64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(n), labels...)
	}
	for k, a := range *now {
		for i := range a.classes {
			if n := a.classes[i].Load(); n > 0 {
				counter(m.requests, n, k.location, k.api, className(i))
			}
		}
		counter(m.received, a.in.Load(), k.location, k.api)
		counter(m.sent, a.out.Load(), k.location, k.api)
		out <- constHistogram(m.seconds, a.latency.snapshot(), a.latency.micros.Load(), k.location, k.api)
	}
}

// number is a metric without labels.
type number struct {
	desc *prometheus.Desc
	kind prometheus.ValueType
	read func(Counts) float64
}

func (g *Gateway) register(r prometheus.Registerer) error {
	if r == nil {
		return nil
	}
	return r.Register(newCollector(g))
}

func newCollector(g *Gateway) *collector {
	return &collector{
		g:        g,
		requests: prometheus.NewDesc("meridian_gateway_requests_total", "Requests by what became of them.", []string{"outcome"}, nil),
		errors:   prometheus.NewDesc("meridian_gateway_request_errors_total", "Requests answered with 500 or above, or broken off by us.", []string{"outcome"}, nil),
		aborted:  prometheus.NewDesc("meridian_gateway_request_aborts_total", "Requests whose client went away before the end.", []string{"outcome"}, nil),
		seconds:  prometheus.NewDesc("meridian_gateway_request_duration_seconds", "Time to the end of the answer, without tunnels.", []string{"outcome"}, nil),
		refused:  prometheus.NewDesc("meridian_gateway_refused_requests_total", "Requests refused, by reason.", []string{"reason"}, nil),
		relayed:  prometheus.NewDesc("meridian_gateway_relayed_requests_total", "Requests that a node of another location took.", []string{"location"}, nil),
		late:     prometheus.NewDesc("meridian_gateway_late_request_age_seconds", "Age of late requests since the location went off, of the newest time off.", nil, nil),
		api:      newAPIMetrics(),
		numbers:  numbers(),
	}
}

func numbers() []number {
	return []number{
		{prometheus.NewDesc("meridian_gateway_late_requests_total", "Requests that came while the location or node was off.", nil, nil), prometheus.CounterValue, func(c Counts) float64 { return float64(c.LateTotal) }},
		{prometheus.NewDesc("meridian_gateway_connections", "Connections open now.", nil, nil), prometheus.GaugeValue, func(c Counts) float64 { return float64(c.Connections) }},
		{prometheus.NewDesc("meridian_gateway_rejected_connections_total", "Connections above the limit.", nil, nil), prometheus.CounterValue, func(c Counts) float64 { return float64(c.Rejected) }},
		{prometheus.NewDesc("meridian_gateway_tunnels", "WebSockets and other upgrades open now.", nil, nil), prometheus.GaugeValue, func(c Counts) float64 { return float64(c.Tunnels) }},
		{prometheus.NewDesc("meridian_gateway_tunnels_opened_total", "WebSockets and other upgrades opened.", nil, nil), prometheus.CounterValue, func(c Counts) float64 { return float64(c.TunnelsEver) }},
		{prometheus.NewDesc("meridian_gateway_relays", "Relayed requests under way, tunnels included.", nil, nil), prometheus.GaugeValue, func(c Counts) float64 { return float64(c.Relays) }},
		{prometheus.NewDesc("meridian_gateway_connection_closes_total", "Connections told to go elsewhere.", nil, nil), prometheus.CounterValue, func(c Counts) float64 { return float64(c.Closes) }},
		{prometheus.NewDesc("meridian_gateway_in_flight_requests", "Requests being handled now, tunnels included.", nil, nil), prometheus.GaugeValue, func(c Counts) float64 { return float64(c.InFlight) }},
		{prometheus.NewDesc("meridian_gateway_chatter_closed_connections_total", "Connections closed for sending much and asking nothing.", nil, nil), prometheus.CounterValue, func(c Counts) float64 { return float64(c.ChatterClosed) }},
		{prometheus.NewDesc("meridian_gateway_reset_closed_connections_total", "HTTP/2 connections closed for resetting most of their requests.", nil, nil), prometheus.CounterValue, func(c Counts) float64 { return float64(c.ResetsClosed) }},
		{prometheus.NewDesc("meridian_gateway_access_log_dropped_total", "Lines of the access log that its writer did not take in time.", nil, nil), prometheus.CounterValue, func(c Counts) float64 { return float64(c.LogDropped) }},
		{prometheus.NewDesc("meridian_gateway_panics_total", "Requests that ended in a recovered panic.", nil, nil), prometheus.CounterValue, func(c Counts) float64 { return float64(c.Panics) }},
	}
}

// Describe implements prometheus.Collector.
func (c *collector) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{c.requests, c.errors, c.aborted, c.seconds, c.refused, c.relayed, c.late, c.api.requests, c.api.seconds, c.api.received, c.api.sent} {
		out <- d
	}
	for _, n := range c.numbers {
		out <- n.desc
	}
}

// Collect implements prometheus.Collector.
func (c *collector) Collect(out chan<- prometheus.Metric) {
	now := c.g.Counts()
	counter := func(d *prometheus.Desc, n uint64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(n), labels...)
	}
	for name, o := range now.Outcomes {
		counter(c.requests, o.Requests, string(name))
		counter(c.errors, o.Errors, string(name))
		counter(c.aborted, o.Aborted, string(name))
		out <- constHistogram(c.seconds, o.Latency, c.g.account.outcomes[name].latency.micros.Load(), string(name))
	}
	for reason, n := range now.Refused {
		counter(c.refused, n, string(reason))
	}
	for location, n := range now.RelayedTo {
		counter(c.relayed, n, string(location))
	}
	if p := c.g.account.late.now.Load(); p != nil {
		out <- constHistogram(c.late, now.Late.Ages, p.ages.micros.Load())
	}
	c.api.collect(&c.g.account.series, out)
	for _, n := range c.numbers {
		out <- prometheus.MustNewConstMetric(n.desc, n.kind, n.read(now))
	}
}

// constHistogram shows a histogram with a bound at every second power of two
// from 256 µs to 19 hours, which are bounds of our buckets too.
func constHistogram(d *prometheus.Desc, h Histogram, micros uint64, labels ...string) prometheus.Metric {
	bounds := map[float64]uint64{}
	seen, next := uint64(0), 0
	for bit := 8; bit < topBit; bit += 2 {
		bound := time.Duration(1<<bit) * time.Microsecond
		for ; next < len(h.Buckets) && BucketStart(next) < bound; next++ {
			seen += h.Buckets[next]
		}
		bounds[bound.Seconds()] = seen
	}
	return prometheus.MustNewConstHistogram(d, h.Count(), float64(micros)/1e6, bounds, labels...)
}
