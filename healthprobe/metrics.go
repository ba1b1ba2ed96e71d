package healthprobe

import (
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"meridian/routing"
)

// metrics are a Monitor's. Reasons come from this package only, so the labels
// are few; targets come from the plan.
type metrics struct {
	up       *prometheus.GaugeVec   // by target: 1 up, 0 down; absent without a verdict
	probes   *prometheus.CounterVec // by reason
	duration prometheus.Histogram   // of whole probes
	lateness prometheus.Histogram   // start after the slot
	dropped  *prometheus.CounterVec // results that did not count, by cause
	isolated prometheus.Gauge       // 1 while the prober abstains
	changes  *prometheus.CounterVec // verdicts, by what they became
	asked    *prometheus.CounterVec // rounds of references, by outcome
}

func newMetrics() *metrics {
	return &metrics{
		up: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "meridian_probe_target_up", Help: "This node's verdict on a target: 1 up, 0 down; absent before the first.",
		}, []string{"target"}),
		probes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "meridian_probes_total", Help: "Probes finished, by reason.",
		}, []string{"reason"}),
		duration: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "meridian_probe_duration_seconds", Help: "Time from the start of a probe to its outcome.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}),
		lateness: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "meridian_probe_lateness_seconds", Help: "Time from a probe's slot in the schedule to its start.",
			Buckets: []float64{.001, .005, .01, .05, .1, .25, .5, 1, 5},
		}),
		dropped: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "meridian_probe_results_dropped_total", Help: "Results that did not count, by cause: frozen, isolated, unknown.",
		}, []string{"cause"}),
		isolated: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "meridian_prober_isolated", Help: "1 while this prober takes itself for cut off and abstains.",
		}),
		changes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "meridian_probe_verdicts_total", Help: "Changes of verdicts, by the new one.",
		}, []string{"health"}),
		asked: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "meridian_probe_references_total", Help: "Uses of the references' word, by what they said.",
		}, []string{"anchor"}),
	}
}

func (m *metrics) register(r prometheus.Registerer) error {
	if r == nil {
		return nil
	}
	return errors.Join(
		r.Register(m.up), r.Register(m.probes), r.Register(m.duration), r.Register(m.lateness),
		r.Register(m.dropped), r.Register(m.isolated), r.Register(m.changes), r.Register(m.asked),
	)
}

func (m *metrics) probed(r Result) {
	m.probes.WithLabelValues(string(r.Reason)).Inc()
	m.duration.Observe(r.Phases.Total.Seconds())
}

func (m *metrics) late(d time.Duration) { m.lateness.Observe(max(d, 0).Seconds()) }

func (m *metrics) drop(cause string) { m.dropped.WithLabelValues(cause).Inc() }

// health shows a target's verdict.
func (m *metrics) health(id TargetID, h routing.Health) {
	switch h {
	case routing.Up:
		m.up.WithLabelValues(string(id)).Set(1)
	case routing.Down:
		m.up.WithLabelValues(string(id)).Set(0)
	default:
		m.up.DeleteLabelValues(string(id))
	}
}

func (m *metrics) isolation(on bool) {
	if on {
		m.isolated.Set(1)
		return
	}
	m.isolated.Set(0)
}
