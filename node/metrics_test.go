package node

import (
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// TestProcessMetrics: what the process uses is shown by each of two nodes with
// registries of their own, and by nodes that share one.
func TestProcessMetrics(t *testing.T) {
	shared := prometheus.NewRegistry()
	for range 2 {
		own := prometheus.NewRegistry()
		must[*metrics](t)(newMetrics(own, "test"))
		if err := registerProcess(shared); err != nil {
			t.Errorf("shared registry: got %v", err)
		}
		for _, r := range []*prometheus.Registry{own, shared} {
			got := map[string]float64{}
			for _, family := range must[[]*dto.MetricFamily](t)(r.Gather()) {
				got[family.GetName()] = family.GetMetric()[0].GetGauge().GetValue()
			}
			for _, name := range []string{"process_resident_memory_bytes", "process_open_fds", "process_max_fds", "go_goroutines"} {
				if got[name] < 1 {
					t.Errorf("%s: got %v, want 1 or more", name, got[name])
				}
			}
		}
	}
}
