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
		Backends: []configs.Backend{{Name: "A", Breaker: &configs.BreakerRule{}}, {Name: "b"}, {Name: "lone"}},
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
		if diff := cmp.Diff(c.want, outages(service, all, nil, late)); diff != "" {
			t.Errorf("%s: -want +got:\n%s", c.name, diff)
		}
	}
	silent := opened("lone", early)
	silent.Node, silent.AgeSeconds = "one", contactTime.Seconds()
	if got := outages(service, api.Breakers{Nodes: []api.BreakerNews{{Node: "one"}}, Breakers: []api.OpenBreaker{silent}}, nil, late); got != nil {
		t.Errorf("of a gateway that cannot be heard: got %+v, want nothing", got)
	}
}

// TestSilentBackends: who answers nothing is out as well, alone or beside those
// whose breakers are open; of a pool that has others it is a warning, where no
// breaker takes it out.
func TestSilentBackends(t *testing.T) {
	service := &configs.Service{
		Backends: []configs.Backend{{Name: "A", Breaker: &configs.BreakerRule{}}, {Name: "b"}, {Name: "lone"}},
		Pools:    []configs.Pool{{Name: "pool", Members: []configs.PoolMember{{Backend: "A"}, {Backend: "b"}}}},
	}
	now := time.Unix(2000, 0).UTC()
	early, late := now.Add(-time.Minute), now.Add(-20*time.Second)
	row := func(name string, since time.Time) silence {
		return silence{Backend: name, SinceMs: now.Sub(since).Milliseconds(), LastMs: 1700, Attempts: 7, Why: "connection refused"}
	}
	opened := api.OpenBreaker{Backend: "A", Breaker: api.Breaker{State: "open", Since: &early, Cause: "3 failures in 5m0s"}}
	for _, c := range []struct {
		name   string
		shut   []api.OpenBreaker
		silent []silence
		want   []api.Problem
	}{
		{"the backend in no pool", nil, []silence{row("lone", late)}, []api.Problem{{
			Severity: "critical", Code: "backends_out", Subject: "backend/lone", Since: &late,
			Text: "backend lone answers no request at one (westus): lone has answered none of 7 attempts since 1970-01-01T00:33:00Z, last asked 2s ago: connection refused",
		}}},
		{"a pool, one member with its breaker open", []api.OpenBreaker{opened}, []silence{row("b", late)}, []api.Problem{{
			Severity: "critical", Code: "backends_out", Subject: "pool/pool", Since: &late,
			Text: "pool pool answers no request at one (westus): A is open (3 failures in 5m0s), b has answered none of 7 attempts since 1970-01-01T00:33:00Z, last asked 2s ago: connection refused",
		}}},
		{"a member without a breaker", nil, []silence{row("b", late)}, []api.Problem{{
			Severity: "warning", Code: "backends_out", Subject: "backend/b", Since: &late,
			Text: "backend b answers no request at one (westus): b has answered none of 7 attempts since 1970-01-01T00:33:00Z, last asked 2s ago: connection refused; it has no breaker, so its pools go on asking it",
		}}},
		{"a member whose breaker is about to open", nil, []silence{row("A", late)}, nil},
		{"the node file's", nil, []silence{row(unclaimedBackend, late)}, []api.Problem{{
			Severity: "critical", Code: "backends_out", Subject: "backend/gateway.backend", Since: &late,
			Text: "gateway.backend of the node file answers no request at one (westus): gateway.backend has answered none of 7 attempts since 1970-01-01T00:33:00Z, last asked 2s ago: connection refused",
		}}},
		{"a member that is disabled since", []api.OpenBreaker{{Backend: "b", Disabled: true}}, []silence{row("b", late)}, nil},
	} {
		all := api.Breakers{Nodes: []api.BreakerNews{{Node: "one", Location: "westus"}, {Node: "two", Location: "westus"}}}
		for _, b := range c.shut {
			b.Node = "one"
			all.Breakers = append(all.Breakers, b)
		}
		h := heardReport{report{Silent: c.silent}, now}
		got := outages(service, all, map[string]map[string]silence{"one": h.silences(now)}, now)
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: -want +got:\n%s", c.name, diff)
		}
	}
}
