package drill

import (
	"fmt"

	"github.com/prometheus/client_golang/prometheus"
)

type metrics struct {
	watched  prometheus.Gauge
	readings *prometheus.CounterVec
	aborts   prometheus.Counter
}

// newMetrics registers the metrics; a nil registerer is allowed.
func newMetrics(r prometheus.Registerer) (*metrics, error) {
	m := &metrics{
		watched: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "meridian_drill_watched", Help: "Running drills whose abort signals this node reads.",
		}),
		readings: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "meridian_drill_signal_readings_total", Help: "Readings of abort signals, by colour.",
		}, []string{"colour"}),
		aborts: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "meridian_drill_signal_aborts_total", Help: "Drills that this node saw ended by a signal.",
		}),
	}
	if r == nil {
		return m, nil
	}
	for _, c := range []prometheus.Collector{m.watched, m.readings, m.aborts} {
		if err := r.Register(c); err != nil {
			return nil, fmt.Errorf("registering drill metrics: %w", err)
		}
	}
	return m, nil
}

func (m *metrics) read(green bool) {
	colour := "red"
	if green {
		colour = "green"
	}
	m.readings.WithLabelValues(colour).Inc()
}
