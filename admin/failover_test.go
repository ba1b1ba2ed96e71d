package admin_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"meridian/admin"
	"meridian/admin/api"
)

// TestFailoverArithmetic is the table of azure.md §1.10.
func TestFailoverArithmetic(t *testing.T) {
	tests := []struct {
		name                         string
		interval, timeout            float64
		tolerated                    int
		ttl                          uint32
		worst, bestFrom, bestTo      float64
		supportFormula, behindGatway float64
	}{
		{"30/10/3/60 (defaults)", 30, 10, 3, 60, 190, 90, 150, 220, 310},
		{"30/10/3/30 (docs)", 30, 10, 3, 30, 160, 90, 120, 190, 280},
		{"30/10/0/30", 30, 10, 0, 30, 70, 0, 30, 70, 190},
		{"10/5/3/10", 10, 5, 3, 10, 55, 30, 40, 70, 175},
		{"10/5/0/0", 10, 5, 0, 0, 15, 0, 0, 15, 135},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			want := api.Failover{
				DetectionBest: tt.bestFrom, DetectionWorst: tt.worst - float64(tt.ttl), ClientsBest: tt.bestTo, ClientsWorst: tt.worst,
				AzureFormula: tt.supportFormula, BehindGateway: tt.behindGatway,
			}
			got := admin.FailoverOf(api.MonitorConfig{Interval: tt.interval, Timeout: tt.timeout, Tolerated: tt.tolerated}, tt.ttl)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
