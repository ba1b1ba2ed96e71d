package cluster

import (
	"errors"

	"github.com/prometheus/client_golang/prometheus"
)

// streamMetrics are of the peer streams. All labels are words of ours.
type streamMetrics struct {
	calls   *prometheus.CounterVec // made here, by result
	seconds prometheus.Histogram   // of calls made here that were answered
	served  *prometheus.CounterVec // answered here, by result
	refused *prometheus.CounterVec // connections, by reason
	dialled *prometheus.CounterVec // connections, by protocol
	relays  prometheus.GaugeFunc
}

func newStreamMetrics(openRelays func() int) *streamMetrics {
	return &streamMetrics{
		calls: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "meridian_cluster_calls_total", Help: "Calls made to other nodes, by result: ok, refused (by the handler there), failed.",
		}, []string{"result"}),
		seconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "meridian_cluster_call_duration_seconds", Help: "Time of calls to other nodes until their answer.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}),
		served: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "meridian_cluster_calls_served_total", Help: "Calls of other nodes answered here, by result: ok, or the kind of the error.",
		}, []string{"result"}),
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "meridian_cluster_streams_refused_total", Help: "Peer connections refused or cut, by reason: crowded, untrusted, handshake, malformed, busy, unserved.",
		}, []string{"reason"}),
		dialled: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "meridian_cluster_streams_dialled_total", Help: "Peer connections opened from here, by protocol.",
		}, []string{"protocol"}),
		relays: prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "meridian_cluster_relay_connections", Help: "Relay connections of other nodes open here.",
		}, func() float64 { return float64(openRelays()) }),
	}
}

func (m *streamMetrics) register(r prometheus.Registerer) error {
	if r == nil {
		return nil
	}
	return errors.Join(
		r.Register(m.calls), r.Register(m.seconds), r.Register(m.served),
		r.Register(m.refused), r.Register(m.dialled), r.Register(m.relays),
	)
}

func (m *streamMetrics) refuse(reason string) { m.refused.WithLabelValues(reason).Inc() }

// offered counts relay connections that were not taken.
func (m *streamMetrics) offered(greeting byte) {
	switch greeting {
	case greetBusy:
		m.refuse("busy")
	case greetUnserved:
		m.refuse("unserved")
	}
}
