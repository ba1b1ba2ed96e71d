package configs_test

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"meridian/configs"
	"meridian/routing"
)

func TestRegions(t *testing.T) {
	s := compileFile(t, "cluster.yaml")
	want := []configs.Region{
		{Name: "westus2", Display: "West US 2", Capacity: 2, UnitRPS: 2000, Zones: []string{"1", "2"}},
		{Name: "westeurope", Display: "West Europe", Capacity: 1, UnitRPS: 2000},
		{
			Name: "tokyodc", Display: "Tokyo DC", Capacity: 1, Internal: true,
			Networks: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")},
		},
	}
	if diff := cmp.Diff(want, s.Regions, cmpAddr()); diff != "" {
		t.Errorf("regions (-want +got):\n%s", diff)
	}
	if s.Primary != "westus2" || s.PrimaryNode != "westus2-1" || s.MaxShift != 50 {
		t.Errorf("got primary %q, primary node %q, most shift %d; want westus2, westus2-1, 50", s.Primary, s.PrimaryNode, s.MaxShift)
	}
	var keys []string
	for _, k := range s.NodeKeys {
		keys = append(keys, k.Name+" "+strings.Repeat("*", len(k.Key))+k.ID)
	}
	if diff := cmp.Diff([]string{"westus2-1 " + strings.Repeat("*", 32), "westeurope-1 " + strings.Repeat("*", 32), "tokyo-1 5b0c9fd1e7a2468c93b1f0d2a4c68e70"}, keys); diff != "" {
		t.Errorf("node keys (-want +got):\n%s", diff)
	}
}

func TestDefaultsOfALocation(t *testing.T) {
	s := mustCompile(t, head+"locations: [{name: West US 2, gateways: [{name: g, addresses: [192.0.2.1]}]}]")
	if diff := cmp.Diff([]configs.Region{{Name: "westus2", Display: "West US 2"}}, s.Regions, cmpAddr()); diff != "" {
		t.Errorf("regions (-want +got):\n%s", diff)
	}
	if s.MaxShift != 100 || s.PrimaryNode != "" || s.NodeKeys != nil || s.Drills != nil {
		t.Errorf("got most shift %d, primary node %q, keys %v, drills %v; want 100 and none", s.MaxShift, s.PrimaryNode, s.NodeKeys, s.Drills)
	}
}

func TestDrills(t *testing.T) {
	s := mustCompile(t, head+`
locations: [{name: West US 2, sku: {capacity: 1}}, {name: West Europe, sku: {capacity: 1}}]
drills:
  - name: Weekly
    location: West Europe
    mode: loss
    for: 90m
    share: 25%
    window: {days: [Friday, Sunday], start: "09:30", duration: PT2H, timeZone: Asia/Tokyo}
    blocked: [{from: "2026-12-20", to: "2027-01-06"}, {from: "2027-03-01", to: "2027-03-01"}]
    hypothesis: {maxErrorRate: 0.5, maxErrors: 0, maxShiftTime: 90s, maxP99: 400ms}
    signals:
      block: [{name: Quiet, url: "https://pager.example.com/quiet?team=a", status: 204, every: 10s, failures: 1}]
      abort: [{name: errors, metric: "sum(errors{code=~\"5..\"})", op: "<=", threshold: 0.02}, {name: up, url: "http://192.0.2.1:8080"}]
  - {name: plain, location: westus2, for: 1m, window: {days: [Monday], start: "00:00", duration: 24h}}
`)
	rate, errors, shift, p99 := 0.5, 0, 90*time.Second, 400*time.Millisecond
	want := []configs.Drill{
		{
			Name: "weekly", Location: "westeurope", Loss: true, For: 90 * time.Minute, Share: 25,
			Window: configs.Window{
				Days: []time.Weekday{time.Sunday, time.Friday}, Start: 9*time.Hour + 30*time.Minute, Duration: 2 * time.Hour, Zone: "Asia/Tokyo",
			},
			Blocked: []configs.Days{
				{From: configs.Day{Year: 2026, Month: 12, Day: 20}, To: configs.Day{Year: 2027, Month: 1, Day: 6}},
				{From: configs.Day{Year: 2027, Month: 3, Day: 1}, To: configs.Day{Year: 2027, Month: 3, Day: 1}},
			},
			Hypothesis: configs.Hypothesis{MaxErrorRate: &rate, MaxErrors: &errors, MaxShift: &shift, MaxP99: &p99},
			Block:      []configs.Signal{{Name: "quiet", URL: "https://pager.example.com/quiet?team=a", Status: 204, Every: 10 * time.Second, Failures: 1}},
			Abort: []configs.Signal{
				{Name: "errors", Metric: `sum(errors{code=~"5.."})`, Op: "<=", Threshold: 0.02, Every: time.Second, Failures: 2},
				{Name: "up", URL: "http://192.0.2.1:8080", Status: 200, Every: time.Second, Failures: 2},
			},
		},
		{
			Name: "plain", Location: "westus2", For: time.Minute, Share: 100,
			Window: configs.Window{Days: []time.Weekday{time.Monday}, Duration: 24 * time.Hour, Zone: "UTC"},
		},
	}
	if diff := cmp.Diff(want, s.Drills); diff != "" {
		t.Errorf("drills (-want +got):\n%s", diff)
	}
}

// TestLocationsWait: a location without documented gateways compiles, and says
// so unless it is meant to wait.
func TestLocationsWait(t *testing.T) {
	for text, want := range map[string]string{
		"{name: West US 2, sku: {capacity: 3}}":                        "",
		"{name: West US 2, sku: {capacity: 3}, minHealthyGateways: 3}": "",
		"{name: West US 2, sku: {capacity: 3}, minHealthyGateways: 4}": "4 of 3 gateways",
		"{name: West US 2}": "has no gateways",
	} {
		s := mustCompile(t, head+"locations: ["+text+"]")
		if got := s.Warnings.Error(); want == "" && len(s.Warnings) > 0 || !strings.Contains(got, want) {
			t.Errorf("%s: got warnings %v; want %q", text, s.Warnings, want)
		}
		if _, ok := s.Zones[0].Profiles["contoso-westus2-01.regional.gtm.example.com."]; !ok || len(s.Monitors) > 0 {
			t.Errorf("%s: got regional name %t and %d monitors; want the name and nothing to probe", text, ok, len(s.Monitors))
		}
	}
}

// TestInternalRegionsAreNoDefaultMembers: the gateway profile has the others.
func TestInternalRegionsAreNoDefaultMembers(t *testing.T) {
	_, p := profileNamed(t, compileFile(t, "cluster.yaml"), "contoso")
	var members []routing.EndpointName
	for _, e := range p.Endpoints {
		members = append(members, e.Name)
	}
	if diff := cmp.Diff([]routing.EndpointName{"westus2", "westeurope"}, members); diff != "" {
		t.Errorf("members (-want +got):\n%s", diff)
	}
}
