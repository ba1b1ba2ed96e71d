package geo

import (
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics are those of one Source.
type metrics struct {
	loads   *prometheus.CounterVec
	blocks  prometheus.Gauge
	classes prometheus.Gauge
	grid    prometheus.Gauge
}

// newMetrics makes the metrics and registers them where there is a registerer.
func newMetrics(s *Source, r prometheus.Registerer) (*metrics, error) {
	m := &metrics{
		loads: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "meridian_geo_db_loads_total", Help: "Database files read, by result: loaded, unchanged, error.",
		}, []string{"result"}),
		blocks:  gauge("meridian_geo_table_blocks", "Blocks of the client table made last."),
		classes: gauge("meridian_geo_table_classes", "Classes of the client table made last."),
		grid: gauge("meridian_geo_table_grid_degrees",
			"Cell width to which client coordinates were coarsened in the client table made last; 0 not at all, -1 to countries and states."),
	}
	if r == nil {
		return m, nil
	}
	var errs []error
	for _, c := range []prometheus.Collector{m.loads, m.blocks, m.classes, m.grid, newAges(s)} {
		errs = append(errs, r.Register(c))
	}
	return m, errors.Join(errs...)
}

func gauge(name, help string) prometheus.Gauge {
	return prometheus.NewGauge(prometheus.GaugeOpts{Name: name, Help: help})
}

func (m *metrics) countLoad(result string) { m.loads.WithLabelValues(result).Inc() }

func (m *metrics) setTable(blocks, classes int, degrees float64) {
	m.blocks.Set(float64(blocks))
	m.classes.Set(float64(classes))
	m.grid.Set(degrees)
}

// ages collects the age of each database at the time it is asked.
type ages struct {
	source *Source
	desc   *prometheus.Desc
}

func newAges(s *Source) *ages {
	return &ages{s, prometheus.NewDesc("meridian_geo_db_age_seconds",
		"Time since the loaded database was built.", []string{"database"}, nil)}
}

// Describe implements prometheus.Collector.
func (a *ages) Describe(ch chan<- *prometheus.Desc) { ch <- a.desc }

// Collect implements prometheus.Collector.
func (a *ages) Collect(ch chan<- prometheus.Metric) {
	observe := func(name string, built time.Time) {
		if !built.IsZero() {
			ch <- prometheus.MustNewConstMetric(a.desc, prometheus.GaugeValue, time.Since(built).Seconds(), name)
		}
	}
	if origin, err := Embedded(); err == nil {
		observe(sourceEmbedded, origin.Built)
	}
	for _, d := range a.source.Databases() {
		observe(d.Path, d.Built)
	}
}
