package resolver

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
)

func TestOptionsAreChecked(t *testing.T) {
	_, err := New(Options{
		Servers: addrPorts("192.0.2.1:0", server1, server1, server1, server1, server1, server1, server1, server1), Timeout: time.Millisecond, Attempts: 11,
		MinTTL: time.Minute, MaxTTL: time.Second, StaleFor: 1000 * time.Hour, Interval: time.Millisecond, MaxNames: -1,
	})
	for _, want := range []string{
		`server "192.0.2.1:0": want an address and a port`, "9 servers: want at most 8", "timeout 1ms: want 10ms .. 1m0s", "attempts 11: want 1 .. 10",
		"maximum TTL 1s: want 1m0s .. 168h0m0s", "stale time 1000h0m0s: want 0s .. 168h0m0s", "interval 1ms: want 1s .. 24h0m0s", "names -1: want 1 .. 1048576",
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want it to say %q", err, want)
		}
	}
}

func TestMetrics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		registry := prometheus.NewPedanticRegistry()
		r := newFake(t, &fakeNet{serve: zone(map[string]string{
			both: "x.test. 60 A 192.0.2.1", "x.test. AAAA": soa, "": "rcode=SERVFAIL",
		})}, Options{Registerer: registry})
		watch(t, r, newDiary(), "x.test.", "y.test.")
		synctest.Wait()
		families, err := registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]float64{}
		for _, family := range families {
			for _, metric := range family.GetMetric() {
				key := family.GetName()
				for _, label := range metric.GetLabel() {
					key += " " + label.GetName() + "=" + label.GetValue()
				}
				got[key] = metric.GetGauge().GetValue() + metric.GetCounter().GetValue()
			}
		}
		want := map[string]float64{
			"meridian_resolver_names": 2, "meridian_resolver_stale_names": 1, "meridian_resolver_replies_total result=ok": 1,
			"meridian_resolver_replies_total result=nodata": 1, "meridian_resolver_replies_total result=servfail": 2,
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("metrics (-want +got):\n%s", diff)
		}
		if problems, err := promlint.NewWithMetricFamilies(families).Lint(); err != nil || len(problems) > 0 {
			t.Errorf("got %v, %v, want names that pass promlint", problems, err)
		}
		if _, err := New(Options{Servers: addrPorts(server1), Registerer: registry}); err == nil {
			t.Errorf("second resolver on one registry: got nil, want an error")
		}
	})
}
