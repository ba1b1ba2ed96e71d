package node

import (
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"meridian/routing"
)

// metrics are the node's own: what it publishes.
type metrics struct {
	publishes  prometheus.Counter
	duration   prometheus.Histogram
	serial     prometheus.Gauge
	profiles   *prometheus.GaugeVec
	tables     *prometheus.GaugeVec
	reloads    *prometheus.CounterVec
	rejected   prometheus.Gauge
	durable    prometheus.Gauge
	delegation prometheus.Gauge
	info       *prometheus.GaugeVec
	stale      prometheus.Counter
	alone      prometheus.Gauge
	frozen     prometheus.Gauge
	intents    *prometheus.GaugeVec
	drills     prometheus.Gauge
}

func newMetrics(r prometheus.Registerer, version string) (*metrics, error) {
	m := &metrics{
		publishes: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "meridian_publishes_total", Help: "Snapshots published after a change of plan, health or addresses.",
		}),
		duration: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "meridian_publish_duration_seconds", Help: "Time from a change to its answers being in service.",
			Buckets: prometheus.ExponentialBuckets(0.0001, 4, 9),
		}),
		serial: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "meridian_plan_serial", Help: "Version of the served plan, the SOA serial of its zones.",
		}),
		profiles: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "meridian_profiles", Help: "Profiles by the tier of the endpoints they answer.",
		}, []string{"tier"}),
		tables: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "meridian_routing_table_size", Help: "Sizes of the routing tables.",
		}, []string{"table"}),
		reloads: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "meridian_plan_loads_total", Help: "Service documents read, by outcome.",
		}, []string{"outcome"}),
		rejected: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "meridian_plan_rejected", Help: "1 while a newer service document is not served because it cannot be compiled.",
		}),
		durable: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "meridian_plan_durable", Help: "1 when the served plan is safe on this node's disk.",
		}),
		delegation: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "meridian_zone_delegation_ok", Help: "1 when parent and name servers agree about the delegation, 0 when not, -1 before the first check.",
		}),
		stale: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "meridian_stale_plans_rejected_total", Help: "Plans not put into service because a newer one was by then.",
		}),
		alone: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "meridian_isolated", Help: "1 while this node has no contact to a majority of the registered locations and its answers say so.",
		}),
		frozen: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "meridian_verdicts_frozen", Help: "1 while verdicts move no answer.",
		}),
		intents: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "meridian_intents", Help: "Values of operators by state: effective, held back by a safety rule, or disputed.",
		}, []string{"state"}),
		drills: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "meridian_drills_running", Help: "Drills that take a location out of service now.",
		}),
		info: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "meridian_build_info", Help: "Always 1; the version of the program.",
		}, []string{"version"}),
	}
	m.delegation.Set(-1)
	m.info.WithLabelValues(version).Set(1)
	for _, c := range []prometheus.Collector{
		m.publishes, m.duration, m.serial, m.profiles, m.tables, m.reloads, m.rejected, m.durable, m.delegation, m.info, m.stale,
		m.alone, m.frozen, m.intents, m.drills,
	} {
		if err := r.Register(c); err != nil {
			return nil, err
		}
	}
	return m, registerProcess(r)
}

// registerProcess adds what the process uses: memory, goroutines, descriptors.
// Nodes that share a registry share these.
func registerProcess(r prometheus.Registerer) error {
	for _, c := range []prometheus.Collector{
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	} {
		var there prometheus.AlreadyRegisteredError
		if err := r.Register(c); err != nil && !errors.As(err, &there) {
			return err
		}
	}
	return nil
}

// published notes what is in service.
func (m *metrics) published(l *live, took time.Duration) {
	m.publishes.Inc()
	m.duration.Observe(took.Seconds())
	m.serial.Set(float64(l.serial))
	m.remarked(l)
	m.wished(l)
	var tiers [routing.TierAvailable + 1]int
	for i := range l.snapshot.Plan().Profiles {
		tiers[l.snapshot.ProfileTier(routing.ProfileID(i))]++
	}
	for t, n := range tiers {
		m.profiles.WithLabelValues(routing.Tier(t).String()).Set(float64(n))
	}
	size := l.snapshot.Size()
	for name, n := range map[string]int{
		"profiles": size.Profiles, "endpoints": size.Endpoints, "blocks": size.Blocks, "classes": size.Classes,
		"sets": size.Sets, "projections": size.Projections, "exact_projections": size.Exact,
	} {
		m.tables.WithLabelValues(name).Set(float64(n))
	}
}

// wished notes what operators want, and what comes of it.
func (m *metrics) wished(l *live) {
	m.alone.Set(number(l.alone))
	m.frozen.Set(number(frozen(l.outcome)))
	m.drills.Set(float64(len(running(l.outcome))))
	for state, n := range map[string]int{
		"effective": len(l.outcome.Effective), "held": len(l.outcome.Holds), "disputed": len(l.outcome.Conflicts),
	} {
		m.intents.WithLabelValues(state).Set(float64(n))
	}
}

// remarked notes what is said of the plan in service.
func (m *metrics) remarked(l *live) {
	m.rejected.Set(number(l.rejected != ""))
	m.durable.Set(number(l.durable))
}

func number(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
