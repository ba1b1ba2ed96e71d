package node

import (
	"slices"
	"testing"

	"meridian/cluster"
	"meridian/intent"
)

// TestRelief: a node that stops leaves its clients to any gateway that gossip has
// not given up; one that is only suspected is no reason to cut them off.
func TestRelief(t *testing.T) {
	gateway := intent.Node{State: intent.Active, Roles: []string{intent.RoleGateway}}
	leaving, other := gateway, gateway
	leaving.State, other.Roles = intent.Leaving, nil
	for _, tt := range []struct {
		name  string
		node  intent.Node
		state string
		want  bool
	}{
		{"alive", gateway, "alive", true},
		{"suspected", gateway, "suspect", true},
		{"dead", gateway, "dead", false},
		{"gone", gateway, "left", false},
		{"never met", gateway, "", false},
		{"leaving itself", leaving, "alive", false},
		{"no gateway", other, "alive", false},
	} {
		others := []registration{{Node: tt.node, id: "b"}}
		got := slices.ContainsFunc(reachableOf(others, map[cluster.NodeID]cluster.Member{"b": {State: tt.state}}), registration.relieves)
		if got != tt.want {
			t.Errorf("%s: got %v, want %v", tt.name, got, tt.want)
		}
	}
}
