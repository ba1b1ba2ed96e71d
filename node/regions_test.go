package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"meridian/admin/api"
	"meridian/configs"
)

// member is a node of a cluster in this process.
type member struct {
	*Node
	world    *world
	name     string // of the node
	location string // id
	display  string
	roles    string
	lines    []string // of the node file, beside what all have
	edit     func(*Options)
	backend  *httptest.Server
}

// regionSet is a cluster in this process, on loopback.
type regionSet struct {
	list []*member
	join string // gossip address of the first node
}

// threeRegions are the nodes of most tests: name servers without gateways.
func threeRegions() []*member {
	return []*member{
		{name: "us-1", location: "westus2", display: "West US 2", roles: "dns"},
		{name: "eu-1", location: "westeurope", display: "West Europe", roles: "dns"},
		{name: "jp-1", location: "japaneast", display: "Japan East", roles: "dns"},
	}
}

// withGateways gives nodes a gateway each, at an address of its own.
func withGateways(list []*member) []*member {
	for _, r := range list {
		r.roles = "dns, gateway"
	}
	return list
}

// threePlaces is a plan whose gateways are not ours.
const threePlaces = head + `
locations:
  - {name: West US 2, primary: true, gateways: [{name: w1, addresses: [192.0.2.10]}]}
  - {name: West Europe, gateways: [{name: e1, addresses: [192.0.2.20]}]}
  - {name: Japan East, gateways: [{name: j1, addresses: [192.0.2.30]}]}
profiles:
  - {name: contoso, trafficRoutingMethod: Performance, ttl: 1}
safety: {minEnabledLocations: 1}
`

// ownGateways is a plan whose gateways register themselves.
const ownGateways = head + `
locations:
  - {name: West US 2, primary: true}
  - {name: West Europe}
  - {name: Japan East}
profiles:
  - {name: contoso, trafficRoutingMethod: Performance, ttl: 1}
`

// startRegions starts nodes; the first has the document, the others wait for it.
// It returns when all serve the plan of term 1.
func startRegions(t *testing.T, service string, list []*member) *regionSet {
	t.Helper()
	c := &regionSet{list: list}
	for i, r := range list {
		text := ""
		if i == 0 {
			text = service
		}
		r.world = newWorld(t, text)
		r.world.write(t, "gossip.key", strings.Repeat("0f", 32)+"\n")
		r.world.write(t, "secrets.key", strings.Repeat("1e", 32)+"\n")
		if i > 0 {
			must[struct{}](t)(struct{}{}, os.Remove(r.world.path("service.yaml")))
		}
		name := r.name
		r.backend = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, name) }))
		t.Cleanup(r.backend.Close)
		c.up(t, r)
	}
	t.Cleanup(func() { c.down(t, list...) })
	for _, r := range list {
		wait(t, "the first plan at "+r.name, func() bool { return r.seq() >= 1 })
		r.pub.wait(func(*publisher) {}) // its gateway follows a moment later
		wait(t, "all nodes at "+r.name, func() bool { return len(r.registered()) == len(list) })
	}
	return c
}

// up starts a node that is not running.
func (c *regionSet) up(t *testing.T, r *member) {
	t.Helper()
	o := r.world.options(t)
	o.Config = must[*configs.Node](t)(configs.ParseNode(r.world.path("node.yaml"), []byte(c.file(r)), func(string) (string, bool) { return "", false }))
	o.Logger = slog.New(slog.NewTextHandler(&r.world.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	if r.edit != nil {
		r.edit(&o)
	}
	n, err := New(o)
	if err != nil {
		t.Fatalf("%s: new: %v", r.name, err)
	}
	r.Node = n
	if err := n.Start(); err != nil {
		t.Fatalf("%s: start: %v", r.name, err)
	}
	if c.join == "" {
		c.join = n.cluster.GossipAddr()
	}
}

// file is the node file of a region.
func (c *regionSet) file(r *member) string {
	number := slices.Index(c.list, r) + 1
	bind := "127.0.0.1:0"
	if number == 1 && c.join != "" {
		bind = c.join // it is where the others look for it
	}
	lines := []string{
		fmt.Sprintf("node: {name: %s, location: %s, roles: [%s], dataDir: data, secretsKeyFile: secrets.key}", r.name, r.display, r.roles),
		`resolver: {servers: ["127.0.0.1:9"]}`,
	}
	if strings.Contains(r.roles, "dns") {
		lines = append(lines, `dns: {listen: ["127.0.0.1:0"]}`)
	}
	gateway := `gateway: {peer: "127.0.0.1:0"}`
	if strings.Contains(r.roles, "gateway") {
		gateway = fmt.Sprintf(`gateway: {listen: [{address: "127.0.1.%d:0"}], peer: "127.0.0.1:0", backend: "%s"}`, number, r.backend.URL)
	}
	join := ""
	if c.join != "" && number > 1 {
		join = `join: ["` + c.join + `"], `
	}
	lines = append(lines, gateway, fmt.Sprintf(`cluster: {bind: "%s", %skeyFile: gossip.key}`, bind, join))
	if number == 1 || join == "" {
		lines = append(lines, "service: service.yaml")
	}
	return strings.Join(append(lines, r.lines...), "\n") + "\n"
}

// down stops nodes, all at once.
func (c *regionSet) down(t *testing.T, list ...*member) {
	t.Helper()
	var all sync.WaitGroup
	for _, r := range list {
		if r.Node == nil {
			continue
		}
		all.Go(func() {
			ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
			defer cancel()
			if err := r.Shutdown(ctx); err != nil {
				t.Errorf("%s: shutdown: %v", r.name, err)
			}
		})
	}
	all.Wait()
	for _, r := range list {
		r.Node = nil
	}
}

// seq is the sequence of the plan in service; 0 for none that was committed.
func (r *member) seq() uint64 {
	if l := r.pub.current.Load(); l != nil && !l.provisional() {
		return l.version.Seq
	}
	return 0
}

func (r *member) term() uint64 { return r.pub.current.Load().version.Term }

// contoso is the address that a client gets of the gateway profile.
func (r *member) contoso(t *testing.T) string {
	t.Helper()
	return addrs(t, r.Node, "contoso.gtm.test.")
}

// inReach waits until every node takes every other for alive.
func (c *regionSet) inReach(t *testing.T) {
	t.Helper()
	for _, r := range c.list {
		wait(t, r.name+" sees the others alive", func() bool { return len(r.reachable()) == len(c.list)-1 })
	}
}

// calm waits until gossip suspects nobody: on a machine that is busy it does now
// and then, and calls to who is suspected are given up.
func (c *regionSet) calm(t *testing.T) {
	t.Helper()
	for _, r := range c.list {
		if r.Node != nil {
			r.calm(t)
		}
	}
}

func (r *member) calm(t *testing.T) {
	t.Helper()
	wait(t, r.name+" suspects nobody", func() bool {
		for _, m := range r.members() {
			if m.State == "suspect" {
				return false
			}
		}
		return true
	})
}

// asked are terms as operators send them.
func asked() api.Terms {
	return api.Terms{By: "alice", Reason: "test", Wait: api.WaitReachable, Timeout: patience}
}

// off orders a location off, or on.
func (r *member) off(t *testing.T, location string, off bool, terms api.Terms) (api.Change, error) {
	t.Helper()
	r.calm(t)
	return switching{r.Node}.Switch(t.Context(), []api.Switch{{
		Object: "location/" + location, Property: "disableGateway", Text: boolText(off),
	}}, terms)
}

// switched is off that must be accepted.
func (r *member) switched(t *testing.T, location string, off bool) api.Change {
	t.Helper()
	out, err := r.off(t, location, off, asked())
	if err != nil {
		t.Fatalf("%s: disableGateway %v of %s: %v", r.name, off, location, err)
	}
	return out
}

// kindOf is the kind of an API error; empty for none.
func kindOf(err error) api.Kind {
	var fault *api.Error
	if errors.As(err, &fault) {
		return fault.Kind
	}
	return ""
}

// refused checks that an order was refused, in the right way.
func refused(t *testing.T, what string, err error, kind api.Kind, text string) {
	t.Helper()
	if err == nil || kindOf(err) != kind || !strings.Contains(err.Error(), text) {
		t.Errorf("%s: got %v, want %v with %q", what, err, kind, text)
	}
}
