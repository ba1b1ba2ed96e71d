package node

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"meridian/configs"
	"meridian/dnsserver"
	"meridian/geo"
	"meridian/intent"
	"meridian/routing"
)

// compiled is a document compiled outside of any node.
func compiled(t *testing.T, text string, prev *generation) *generation {
	t.Helper()
	b := must[*configs.Bundle](t)(configs.NewBundle("service.yaml", []byte(text), nil))
	return must[*generation](t)((&compiler{atlas: newPocketAtlas, log: slog.New(slog.DiscardHandler)}).compile(b, "service.yaml", intent.PlanVersion{Term: 1, Seq: 1}, prev))
}

// served is what a node that took a generation alone would serve.
func served(t *testing.T, g *generation) *live {
	t.Helper()
	st := fold(g, nil, nil, nil)
	s := g.structure.Publish(st, nil)
	return &live{generation: g, number: 1, at: time.Now(), state: st, snapshot: s, view: must[*dnsserver.View](t)(g.view(s, nil, false))}
}

const shares = head + `
locations:
  - {name: West US 2, gateways: [{name: w1, addresses: [192.0.2.10]}]}
  - {name: West Europe, gateways: [{name: e1, addresses: [192.0.2.20]}]}
records: |
  @ TXT "one"
profiles:
  - name: shop
    trafficRoutingMethod: Weighted
    ttl: 30
    endpoints:
      - {name: a, target: 192.0.2.1, weight: 80, alwaysServe: Enabled}
      - {name: b, target: 192.0.2.2, weight: 20, alwaysServe: Enabled}
  - name: near
    trafficRoutingMethod: Performance
    endpoints:
      - {name: w, location: West US 2}
      - {name: e, location: West Europe}
  - name: still
    trafficRoutingMethod: Priority
    endpoints: [{name: a, target: 192.0.2.9, alwaysServe: Enabled}]
`

// TestDifference: what a plan changes for clients is what is told, and no more.
func TestDifference(t *testing.T) {
	before := served(t, compiled(t, shares, nil))
	tests := []struct {
		name     string
		old, new string
		want     map[string]string // by profile: kind
		all      bool              // every group of those profiles
		summary  string
		line     string
	}{
		{name: "nothing", old: "", new: "", summary: "no answer changes for any of "},
		{name: "a comment", old: "profiles:", new: "# comment\nprofiles:", summary: "no answer changes"},
		{name: "weights swapped", old: "weight: 80", new: "weight: 5", want: map[string]string{"shop": "changed"}, summary: "shop changed"},
		{name: "an address", old: "192.0.2.9", new: "192.0.2.8", want: map[string]string{"still": "changed"}, all: true, summary: "still changed", line: "192.0.2.9 -> 192.0.2.8"},
		{name: "only the TTL", old: "ttl: 30", new: "ttl: 60", want: map[string]string{"shop": "changed"}, all: true, summary: "shop changed", line: " ttl 30 -> "},
		{name: "a location off", old: "{name: West Europe,", new: "{name: West Europe, disableGateway: true,", want: map[string]string{"near": "changed", "contoso": "changed", "contoso-westeurope-01.regional": "changed", "e1.node": "changed"}, summary: "near changed", line: "192.0.2.20 -> 192.0.2.10"},
		{name: "removed and added", old: "name: still", new: "name: other", want: map[string]string{"still": "removed", "other": "added"}, all: true, summary: "other added", line: "- still.gtm.test. is a profile's"},
		{name: "a record", old: `TXT "one"`, new: `TXT "two"`, summary: "2 records of the zone change", line: `"two"`},
		{name: "glue", old: "addresses: [127.0.0.1]", new: "addresses: [127.0.0.2]", summary: "2 records of the zone change", line: "+ ns1.gtm.test. 86400 IN A 127.0.0.2"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := strings.Replace(shares, tt.old, tt.new, 1)
			if tt.old != "" && text == shares {
				t.Fatalf("%q is not in the document", tt.old)
			}
			d := differ(before, compiled(t, text, before.generation))
			got := map[string]string{}
			for _, p := range d.Profiles {
				got[string(p.Name)] = p.Kind
				if p.Groups == 0 || p.Groups > d.Groups || tt.all && p.Groups != d.Groups {
					t.Errorf("%s: got %d of %d groups", p.Name, p.Groups, d.Groups)
				}
				if p.Kind == "changed" && (len(p.Examples) == 0 || len(p.Examples) > maxExamples) {
					t.Errorf("%s: got %d examples", p.Name, len(p.Examples))
				}
			}
			for name, kind := range tt.want {
				if got[name] != kind {
					t.Errorf("%s: got %q, want %q", name, got[name], kind)
				}
			}
			for name := range got {
				if _, ok := tt.want[name]; !ok {
					t.Errorf("got %s %s, want it unchanged", name, got[name])
				}
			}
			if !strings.Contains(d.Summary(), tt.summary) || !strings.Contains(d.String(), tt.line) {
				t.Errorf("got %s, want %q and %q", d, tt.summary, tt.line)
			}
		})
	}
}

// TestRepresentatives: one client for each class, which is in that class.
func TestRepresentatives(t *testing.T) {
	world := must[atlas](t)(openAtlas(geo.Options{}))
	table := must[*routing.ClientTable](t)(world.Table(compiled(t, shares, nil).places, nil))
	clients := representatives(table)
	if len(clients) != min(table.Classes(), maxGroups) || len(clients) < 100 {
		t.Fatalf("got %d clients of %d classes", len(clients), table.Classes())
	}
	seen := map[any]bool{}
	for _, c := range clients {
		class := table.Class(table.Find(c.Addr))
		if seen[class] {
			t.Errorf("class %d: got two clients", class)
		}
		seen[class] = true
	}
}
