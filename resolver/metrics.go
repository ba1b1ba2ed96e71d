package resolver

import (
	"errors"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics of a resolver.
type metrics struct {
	replies *prometheus.CounterVec
}

// newMetrics registers the metrics of r; a nil registerer makes them private.
func newMetrics(r *Resolver, registerer prometheus.Registerer) (*metrics, error) {
	m := &metrics{replies: prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "meridian_resolver_replies_total",
		Help: "Outcomes of questions to recursive servers.",
	}, []string{"result"})}
	if registerer == nil {
		return m, nil
	}
	names := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "meridian_resolver_names",
		Help: "Names held in the cache.",
	}, func() float64 { return float64(len(r.Status())) })
	stale := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "meridian_resolver_stale_names",
		Help: "Watched names whose addresses are stale or missing.",
	}, func() float64 { return float64(r.staleNames()) })
	return m, errors.Join(registerer.Register(m.replies), registerer.Register(names), registerer.Register(stale))
}

// count counts one reply or its absence; kind 0 is a positive answer or an
// alias.
func (m *metrics) count(kind Kind) {
	result := "ok"
	if kind != 0 {
		result = kind.String()
	}
	m.replies.WithLabelValues(result).Inc()
}
