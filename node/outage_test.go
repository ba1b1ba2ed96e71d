package node

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"meridian/admin/api"
	"meridian/configs"
)

// TestOutages: a pool is out where all its members are, and says where, since
// when and why.
func TestOutages(t *testing.T) {
	service := &configs.Service{
		Backends: []configs.Backend{{Name: "A"}, {Name: "b"}, {Name: "lone"}},
		Pools:    []configs.Pool{{Name: "pool", Members: []configs.PoolMember{{Backend: "A"}, {Backend: "b"}}}},
	}
	early, late := time.Unix(1000, 0).UTC(), time.Unix(2000, 0).UTC()
	opened := func(name string, since time.Time) api.OpenBreaker {
		return api.OpenBreaker{Backend: name, Breaker: api.Breaker{State: "open", Since: &since, Cause: "3 failures in 5m0s"}}
	}
	off := api.OpenBreaker{Backend: "b", Disabled: true, Breaker: api.Breaker{State: "closed"}}
	half := api.OpenBreaker{Backend: "A", Breaker: api.Breaker{State: "halfOpen"}}
	pool := api.Problem{
		Severity: "critical", Code: "backends_out", Subject: "pool/pool", Since: &late,
		Text: "pool pool lets no request pass at one (westus): A is open (3 failures in 5m0s), b is open (3 failures in 5m0s)",
	}
	gateways := []string{"one", "two", "three", "four", "five"}
	for _, c := range []struct {
		name string
		shut map[string][]api.OpenBreaker // by gateway
		want []api.Problem
	}{
		{"nothing", nil, nil},
		{"one of two", map[string][]api.OpenBreaker{"one": {opened("A", early)}}, nil},
		{"one lets few pass", map[string][]api.OpenBreaker{"one": {half, opened("b", early)}}, nil},
		{"both, at two gateways", map[string][]api.OpenBreaker{"one": {opened("A", early)}, "two": {opened("b", early)}}, nil},
		{"both", map[string][]api.OpenBreaker{"one": {opened("A", early), opened("b", late)}}, []api.Problem{pool}},
		{"the backend in no pool", map[string][]api.OpenBreaker{"two": {opened("lone", early)}}, []api.Problem{{
			Severity: "critical", Code: "backends_out", Subject: "backend/lone", Since: &early,
			Text: "backend lone lets no request pass at two (westus): lone is open (3 failures in 5m0s)",
		}}},
		{"everywhere", map[string][]api.OpenBreaker{
			"one": {{Backend: "A", Disabled: true}, off}, "two": {{Backend: "A", Disabled: true}, off}, "three": {{Backend: "A", Disabled: true}, off},
			"four": {{Backend: "A", Disabled: true}, off}, "five": {{Backend: "A", Disabled: true}, off},
		}, []api.Problem{{
			Severity: "warning", Code: "backends_out", Subject: "pool/pool",
			Text: "pool pool lets no request pass at one (westus), two (westus), three (westus) and 2 more: A is disabled, b is disabled",
		}}},
	} {
		var all api.Breakers
		for _, g := range gateways {
			all.Nodes = append(all.Nodes, api.BreakerNews{Node: g, Location: "westus"})
			for _, b := range c.shut[g] {
				b.Node = g
				all.Breakers = append(all.Breakers, b)
			}
		}
		if diff := cmp.Diff(c.want, outages(service, all)); diff != "" {
			t.Errorf("%s: -want +got:\n%s", c.name, diff)
		}
	}
	silent := opened("lone", early)
	silent.Node, silent.AgeSeconds = "one", contactTime.Seconds()
	if got := outages(service, api.Breakers{Nodes: []api.BreakerNews{{Node: "one"}}, Breakers: []api.OpenBreaker{silent}}); got != nil {
		t.Errorf("of a gateway that cannot be heard: got %+v, want nothing", got)
	}
}
