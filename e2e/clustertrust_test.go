//go:build linux

package e2e

import (
	"crypto/rand"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"meridian/admin/api"
)

// pinned writes documents with which regions trust the keys of some of them
// only, and starts those again.
func (c *cluster) pinned(t *testing.T) {
	t.Helper()
	keys := "nodeKeys:\n"
	all, err := c.regions[0].api.Nodes(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range all.Nodes {
		keys += fmt.Sprintf("  - {name: %s, key: %q}\n", n.Name, n.ID)
	}
	c.options.extra += keys
	c.regions[0].mustPut(t, c.proposed(""))
	c.options.trust = "pinned"
	for _, r := range c.regions {
		write(t, r.dir, "node.yaml", c.nodeFile(r), "service.yaml", c.service())
		r.kill()
		r.start(t)
		r.ready(t)
	}
	c.settled(t, c.regions...)
}

// stranger is another region's node with a node file and service document of
// its own; secret is its gossip key.
func (c *cluster) stranger(t *testing.T, secret string) *region {
	t.Helper()
	last := c.regions[len(c.regions)-1].address.Next()
	r := &region{name: "evil", id: c.regions[0].id, display: c.regions[0].display, address: last}
	r.node = &node{}
	trusting := *c
	trusting.options.trust = "any"
	trusting.options.extra = strings.ReplaceAll(c.options.extra, "mark", "evil")
	r.node = newNode(t, "", trusting.nodeFile(r), trusting.service()+"records: \"mark TXT evil\"\n")
	private(t, r.path("gossip.key"), secret)
	private(t, r.path("secrets.key"), randomHex())
	r.start(t)
	r.ready(t)
	return r
}

// TestInsider runs a node that has the gossip key and no trusted identity beside
// three that trust their own keys only: it orders all it can, and changes no
// plan, no switch and no verdict of theirs, and nobody relays for it
// (faults.md B12).
func TestInsider(t *testing.T) {
	t.Parallel()
	c := startCluster(t, clusterOptions{planSource: "api"})
	c.pinned(t)
	one := c.regions[0]
	before := one.plan(t).Version
	evil := c.stranger(t, c.secret)
	eventually(t, startTime, "the insider being in gossip", func() (bool, string) {
		alive, seen := evil.members(t)
		return alive == 4, seen
	})
	target := "@westeurope/n2/" + c.regions[1].address.String()
	eventually(t, startTime, "the insider knowing the others' gateways", func() (bool, string) {
		_, known := evil.verdicts(t)[target]
		return known, fmt.Sprint(evil.verdicts(t))
	})
	w := startWatch(t, c.regions, "A contoso-westeurope-01.regional.gtm.test", func(r reply) bool {
		return slices.Equal(r.answers(), []string{c.regions[1].address.String()})
	})
	down := "down"
	terms := api.Terms{Reason: "evil", Wait: api.WaitNone, Timeout: time.Second, Bypass: []string{"relay", "degraded", "minEnabledLocations", "emptyAnswer", "maxShiftPerMinute"}}
	for _, order := range []struct {
		name string
		do   func() error
	}{
		{"promote", func() error { _, err := evil.api.Promote(t.Context(), "evil", terms); return err }}, // first: it may write plans then
		{"plan", func() error { _, err := evil.api.PutPlan(t.Context(), c.marked("evil"), "", terms); return err }},
		{"switch", func() error { _, err := evil.flip(t, c.regions[1].id, true); return err }},
		{"verdict", func() error {
			_, err := evil.api.PatchTarget(t.Context(), target, api.TargetPatch{Verdict: &down}, terms)
			return err
		}},
		{"own switch", func() error { _, err := evil.flip(t, one.id, true); return err }},
	} {
		if err := order.do(); err != nil {
			t.Errorf("%s, at the insider: %v: want it to go as far as it can", order.name, err)
		}
	}
	if status := evil.fetch(t); status == http.StatusOK {
		t.Errorf("the insider's gateway answers %d for its disabled location, want an error: nobody relays for it", status)
	}
	eventually(t, startTime, "records of the insider being refused", func() (bool, string) {
		got := one.metric(t, "meridian_cluster_records_refused_total")
		return got > 0, fmt.Sprint(got)
	})
	if c.sum(t, "meridian_cluster_streams_refused_total") == 0 {
		t.Error("no stream of the insider was refused, want its relays and calls refused")
	}
	pause(t, 4*time.Second)
	w.stop(t)
	for _, r := range c.regions {
		if got := r.plan(t).Version; got != before {
			t.Errorf("%s: got plan %+v, want %+v", r.name, got, before)
		}
		if got := r.layers(t); strings.Contains(got, "true") {
			t.Errorf("%s: got %s, want nothing switched", r.name, got)
		}
		nodes, err := r.api.Nodes(t.Context())
		if err != nil || slices.ContainsFunc(nodes.Nodes, func(n api.Node) bool { return n.Name == "evil" }) {
			t.Errorf("%s: got nodes %+v, %v, want the insider not among them", r.name, nodes.Nodes, err)
		}
		if v := r.verdicts(t)[target]; v.Verdict != "up" {
			t.Errorf("%s: got %+v, want up", r.name, v)
		}
		if r.fetch(t) != http.StatusOK {
			t.Errorf("%s: the gateway does not serve", r.name)
		}
	}
}

// TestStranger runs a node with another gossip key beside three, and sends these
// packets and bytes that are no gossip, then 5,000 packets a second that only a
// try of the key can tell from gossip: the members stay the same, the log stays
// short, and the processor has other things to do (faults.md B9, B10).
func TestStranger(t *testing.T) {
	t.Parallel()
	c := startCluster(t, clusterOptions{})
	evil := c.stranger(t, randomHex())
	one := c.regions[0]
	lines := strings.Count(one.log.String(), "\n")
	begin := time.Now()
	for _, port := range []uint16{gossipPort, streamsPort} {
		garbage(t, netip.AddrPortFrom(one.address, port))
	}
	pause(t, 3*time.Second-time.Since(begin))
	took := time.Since(begin)
	if got := strings.Count(one.log.String(), "\n") - lines; float64(got) > took.Seconds()+20 {
		t.Errorf("%d lines of log in %v, want at most 1 in a second: %s", got, took, tail(one.log.String()))
	}
	for _, r := range c.regions {
		if alive, seen := r.members(t); alive != 3 || strings.Contains(seen, "evil") {
			t.Errorf("%s: got members %s, want the three", r.name, seen)
		}
	}
	if alive, seen := evil.members(t); alive != 1 {
		t.Errorf("the stranger: got members %s, want itself alone", seen)
	}
	if got := one.metric(t, "meridian_cluster_gossip_refused_total"); got < 1000 {
		t.Errorf("got %v refused, want all of the 2000 packets counted, or nearly all", got)
	}
	pid := one.cmd.Process.Pid
	idle := busy(t, pid, func() { pause(t, 2*time.Second) })
	tried := func() float64 {
		return one.metric(t, `meridian_cluster_gossip_refused_total{path="packet",reason="key"}`)
	}
	before := tried()
	flooded := busy(t, pid, func() { sealed(t, netip.AddrPortFrom(one.address, gossipPort), 3*time.Second) })
	if t.Logf("share of a core: %.3f idle, %.3f under 5,000 packets a second", idle, flooded); flooded > idle+0.2 {
		t.Errorf("the node uses %.2f of a core under 5,000 packets a second and %.2f without, want at most 0.2 more (0.05 on a quiet machine)", flooded, idle)
	}
	if got := tried() - before; got < 5000 {
		t.Errorf("the key was tried on %v packets, want 15,000, or as many as were not dropped on the way", got)
	}
	one.mustFlip(t, c.regions[1].id, true)
	switched(t, 5*time.Second, c.regions[1].id, true, c.regions...)
}

// busy is the share of a core that a process uses meanwhile.
func busy(t *testing.T, pid int, meanwhile func()) float64 {
	t.Helper()
	begin, used := time.Now(), cpu(t, pid)
	meanwhile()
	return float64(cpu(t, pid)-used) / float64(time.Since(begin))
}

// sealed sends 5,000 packets a second that carry the cluster's label and what
// could be gossip under a key.
func sealed(t *testing.T, to netip.AddrPort, duration time.Duration) {
	t.Helper()
	udp, err := net.Dial("udp", to.String())
	if err != nil {
		t.Fatal(err)
	}
	defer udp.Close()
	head := []byte("\xf4\x08meridian\x01") // as memberlist labels packets, and the version of its encryption
	b := append(head, make([]byte, 600)...)
	_, _ = rand.Read(b[len(head):]) // never fails
	begin := time.Now()
	for sent := 0; time.Since(begin) < duration; sent += 50 {
		for range 50 {
			_, _ = udp.Write(b) // the kernel may drop it
		}
		pause(t, time.Duration(sent+50)*time.Second/5000-time.Since(begin))
	}
}

// garbage sends packets and streams of random bytes, and of plain gossip.
func garbage(t *testing.T, to netip.AddrPort) {
	t.Helper()
	udp, err := net.Dial("udp", to.String())
	if err != nil {
		t.Fatal(err)
	}
	defer udp.Close()
	for i := range 2000 {
		b := make([]byte, 1+i%1200)
		_, _ = rand.Read(b) // never fails
		b[0] = byte(i % 16) // kinds of plain gossip
		_, _ = udp.Write(b) // the kernel may drop it, so that it is given time
		if i%25 == 24 {
			pause(t, 5*time.Millisecond)
		}
	}
	for i := range 30 {
		conn, err := net.DialTimeout("tcp", to.String(), time.Second)
		if err != nil {
			continue // refused: it defends itself
		}
		b := make([]byte, 4096)
		_, _ = rand.Read(b) // never fails
		b[0] = byte(i % 16)
		_, _ = conn.Write(b) // it may be closed already
		_ = conn.Close()
	}
}
