package limit

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// descs are the metrics of a Limiter.
func descs() [3]*prometheus.Desc {
	return [3]*prometheus.Desc{
		prometheus.NewDesc("meridian_limit_keys", "Keys of rate limits that are counted now.", nil, nil),
		prometheus.NewDesc("meridian_limit_evicted_keys_total", "Keys forgotten before their window was empty, for want of room.", nil, nil),
		prometheus.NewDesc("meridian_limit_peers", "Nodes of this location whose use is taken into account.", nil, nil),
	}
}

// Describe is prometheus.Collector's.
func (l *Limiter) Describe(out chan<- *prometheus.Desc) {
	for _, d := range descs() {
		out <- d
	}
}

// Collect is prometheus.Collector's.
func (l *Limiter) Collect(out chan<- prometheus.Metric) {
	d := descs()
	out <- prometheus.MustNewConstMetric(d[0], prometheus.GaugeValue, float64(l.keys()))
	out <- prometheus.MustNewConstMetric(d[1], prometheus.CounterValue, float64(l.evicted.Load()))
	out <- prometheus.MustNewConstMetric(d[2], prometheus.GaugeValue, float64(l.livePeers(l.at(time.Now()))))
}

func (l *Limiter) keys() (n int) {
	for i := range l.cells {
		c := &l.cells[i]
		c.mu.Lock()
		n += len(c.counters)
		c.mu.Unlock()
	}
	return n
}

func (l *Limiter) livePeers(at time.Duration) (n int) {
	for _, p := range *l.peers.Load() {
		if p.live(at) {
			n++
		}
	}
	return n
}
