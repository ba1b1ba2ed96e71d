package intent

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// nodeOf returns a node whose key is made of n.
func nodeOf(n byte, name, location string, registered Time) Node {
	key := make([]byte, keyBytes)
	key[0] = n
	return Node{ID: NodeIDOf(key), Key: key, Name: name, Location: location, Registered: registered, Roles: roles(), State: Active}
}

func fullNode() Node {
	n := nodeOf(1, "west-1", "westus2", 7)
	n.Display, n.Zone, n.Version = "West US 2", "1", "v1.2.3"
	n.Gossip, n.Streams = "203.0.113.10:7946", "[2001:db8::1]:7947"
	n.Gateways, n.GatewayPort, n.GatewayTLS = []string{"203.0.113.10", "2001:db8::10"}, 443, true
	n.Plan = PlanVersion{1, 17, "abc"}
	return n
}

func TestNodeEncodeDecode(t *testing.T) {
	want := fullNode()
	data, err := want.Encode()
	if err != nil {
		t.Fatal(err)
	}
	got, err := DecodeNode(data)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("decoded (-want +got):\n%s", diff)
	}
}

func TestNodeValidate(t *testing.T) {
	tests := map[string]func(*Node){
		"its key makes it": func(n *Node) { n.Key[5] = 1 },
		"want 32":          func(n *Node) { n.Key = n.Key[:31] },
		"registered at":    func(n *Node) { n.Registered = 0 },
		"name \"\"":        func(n *Node) { n.Name = "" },
		"name \"West\"":    func(n *Node) { n.Name = "West" },
		"name \"-a\"":      func(n *Node) { n.Name = "-a" },
		"of 1 .. 63":       func(n *Node) { n.Name = strings.Repeat("x", 64) },
		"location":         func(n *Node) { n.Location = "West US 2" },
		"display":          func(n *Node) { n.Display = "a\x00" },
		"zone":             func(n *Node) { n.Zone = strings.Repeat("x", 21) },
		"version":          func(n *Node) { n.Version = strings.Repeat("x", 65) },
		"0 roles":          func(n *Node) { n.Roles = nil },
		"17 roles":         func(n *Node) { n.Roles = make([]string, 17); fill(n.Roles, RoleDNS) },
		"role \"a b\"":     func(n *Node) { n.Roles = []string{"a b"} },
		"state":            func(n *Node) { n.State = "gone" },
		"peer address":     func(n *Node) { n.Gossip = "nowhere" },
		":0":               func(n *Node) { n.Streams = "10.0.0.1:0" },
		"host:port":        func(n *Node) { n.Streams = "a b:1" },
		"17 gateway":       func(n *Node) { n.Gateways = make([]string, 17); fill(n.Gateways, "10.0.0.1") },
		"gateway address":  func(n *Node) { n.Gateways = []string{"fe80::1%eth0"} },
		"gateway port":     func(n *Node) { n.GatewayPort = 65536 },
		"plan hash":        func(n *Node) { n.Plan.Hash = strings.Repeat("x", maxHash+1) },
	}
	if err := fullNode().Validate(); err != nil {
		t.Fatalf("the node to spoil: %v", err)
	}
	for want, spoil := range tests {
		n := fullNode()
		spoil(&n)
		if err := n.Validate(); !contains(err, want) {
			t.Errorf("%s: got %v", want, err)
		}
		if _, err := n.Encode(); err == nil {
			t.Errorf("%s: it was encoded", want)
		}
	}
}

func fill(list []string, s string) {
	for i := range list {
		list[i] = s
	}
}

func TestHostPort(t *testing.T) {
	for s, want := range map[string]bool{
		"10.0.0.1:1": true, "[::1]:65535": true, "node-1.example.com:7946": true, "a:65536": false, ":1": false, "::1:1": false, "10.0.0.1": false, "a/b:1": false, "a:": false,
	} {
		if got := hostPort(s); got != want {
			t.Errorf("%s: got %v, want %v", s, got, want)
		}
	}
}

func names(nodes []Node) []string {
	var out []string
	for _, n := range nodes {
		out = append(out, n.Name)
	}
	return out
}

func TestRegistry(t *testing.T) {
	a, b, c := nodeOf(1, "a", "west", 30), nodeOf(2, "b", "east", 10), nodeOf(3, "c", "west", 20)
	gone := nodeOf(4, "d", "west", 1)
	r := NewRegistry([]Node{a, gone, b, c}, []NodeID{gone.ID})
	if diff := cmp.Diff([]string{"b", "c", "a"}, names(r.Nodes())); diff != "" {
		t.Errorf("nodes (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"c", "a"}, names(r.Members("west"))); diff != "" {
		t.Errorf("members (-want +got):\n%s", diff)
	}
	if n, ok := r.Node(a.ID); !ok || n.Name != "a" {
		t.Errorf("by id: got %v, %v", n.Name, ok)
	}
	if _, ok := r.Node(gone.ID); ok {
		t.Errorf("a forgotten node is there")
	}
	for _, test := range []struct{ location, node, want string }{
		{"west", "", "c"}, {"east", "", "b"}, {"east", "a", "a"}, {"east", "d", ""}, {"north", "", ""},
	} {
		if n, ok := r.Primary(test.location, test.node); n.Name != test.want || ok != (test.want != "") {
			t.Errorf("primary of %s named %q: got %q, %v, want %q", test.location, test.node, n.Name, ok, test.want)
		}
	}
}

// TestNamesAreKept is faults.md B15: of two with one name the older keeps it,
// until it has left.
func TestNamesAreKept(t *testing.T) {
	older, clone := nodeOf(1, "a", "west", 10), nodeOf(2, "a", "west", 20)
	for _, nodes := range [][]Node{{older, clone}, {clone, older}} {
		r := NewRegistry(nodes, nil)
		if n, _ := r.Named("a"); n.ID != older.ID || len(r.Nodes()) != 1 {
			t.Errorf("two at once: got %v, want the older", n.ID)
		}
		if refused := r.Refused(); len(refused) != 1 || refused[0].Node.ID != clone.ID || !strings.Contains(refused[0].Why, string(older.ID)) {
			t.Errorf("refused: got %v, want the clone and whose the name is", refused)
		}
	}
	older.State = Left
	r := NewRegistry([]Node{older, clone}, nil)
	if n, _ := r.Named("a"); n.ID != clone.ID {
		t.Errorf("after the older has left: got %v, want the younger", n.ID)
	}
	if r := NewRegistry([]Node{older}, nil); len(r.Nodes()) != 1 || len(r.Members("west")) != 0 {
		t.Errorf("alone and left: got %d nodes, %d members, want 1 and 0", len(r.Nodes()), len(r.Members("west")))
	}
	if n, ok := NewRegistry([]Node{older, nodeOf(3, "c", "west", 30)}, nil).Primary("west", ""); !ok || n.ID != older.ID {
		t.Errorf("primary that has left: got %v, want it still", n.ID)
	}
}

func TestHas(t *testing.T) {
	n := Node{Roles: []string{RoleDNS}}
	if !n.Has(RoleDNS) || n.Has(RoleProbe) {
		t.Errorf("roles: got dns %v, probe %v, want true, false", n.Has(RoleDNS), n.Has(RoleProbe))
	}
}
