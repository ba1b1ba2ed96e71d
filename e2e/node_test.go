//go:build linux

package e2e

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"meridian/admin/api"
	"meridian/admin/client"
	"meridian/internal/dnstest"
)

// startTime is how long a node may take until it is ready, on a busy machine.
const startTime = time.Minute

// attempts is how often something may be late before it is taken for slow: on a
// busy machine everything is late now and then, what is slow is late each time.
const attempts = 3

// timely measures something until it takes no longer than the limit, a few times
// at most, and returns the best time.
func timely(t *testing.T, what string, limit time.Duration, measure func() time.Duration) time.Duration {
	t.Helper()
	best := measure()
	for i := 1; best > limit && i < attempts; i++ {
		best = min(best, measure())
	}
	if best > limit {
		t.Errorf("%s: got %v at best of %d, want at most %v", what, best, attempts, limit)
	}
	return best
}

// node is a running meridian with its documents in a folder: node.yaml,
// service.yaml, the admin socket admin.sock and the data directory state.
type node struct {
	*process
	dir string
	ns  namespace
	api *client.Client
}

// newNode writes the documents of a node; it is started by start.
func newNode(t *testing.T, ns namespace, nodeFile, service string) *node {
	t.Helper()
	n := &node{dir: folder(t), ns: ns}
	write(t, n.dir, "node.yaml", nodeFile, "service.yaml", service)
	c, err := client.New(client.Options{Servers: []string{n.server()}, Timeout: startTime / 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	n.api = c
	return n
}

// serve writes the documents of a node, starts it and waits until it is ready.
func serve(t *testing.T, ns namespace, nodeFile, service string) *node {
	t.Helper()
	n := newNode(t, ns, nodeFile, service)
	n.start(t)
	n.ready(t)
	return n
}

// beyond is what a start of the node took beyond three times what the command
// takes that reads and compiles its documents, most of the work of a start: how
// busy the machine is.
func (n *node) beyond(t *testing.T, took time.Duration) time.Duration {
	t.Helper()
	begin := time.Now()
	run(t, "meridian", "check", n.path("node.yaml"))
	busy := time.Since(begin)
	t.Logf("a start took %v, to check its documents %v", took, busy)
	return took - 3*busy
}

// server is the node's admin server, as --server takes it.
func (n *node) server() string { return "unix://" + n.dir + "/admin.sock" }

func (n *node) path(name string) string { return n.dir + "/" + name }

// start starts the node, again if it has ended.
func (n *node) start(t *testing.T, prefix ...string) {
	t.Helper()
	n.process = start(t, nil, n.ns.command(append(prefix, "meridian", "serve", "-c", n.path("node.yaml"))...)...)
}

func (n *node) ready(t *testing.T) {
	t.Helper()
	eventually(t, startTime, "node being ready", func() (bool, string) {
		if !n.alive() {
			t.Fatalf("the node ended: %v\n%s", n.err, n.log.String())
		}
		r, err := n.api.Ready(context.Background())
		return err == nil && r.Ready, tail(n.log.String())
	})
}

func (n *node) status(t *testing.T) api.Status {
	t.Helper()
	s, err := n.api.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// problem returns the problem of the status with a code.
func (n *node) problem(t *testing.T, code string) (api.Problem, bool) {
	t.Helper()
	all := n.status(t).Problems
	i := slices.IndexFunc(all, func(p api.Problem) bool { return p.Code == code })
	if i < 0 {
		return api.Problem{}, false
	}
	return all[i], true
}

// event waits for an event of a kind and returns the newest one.
func (n *node) event(t *testing.T, kind string) api.Event {
	t.Helper()
	var found api.Event
	eventually(t, converge, "event "+kind, func() (bool, string) {
		all, err := n.api.Events(t.Context(), "", 0)
		if err != nil {
			return false, err.Error()
		}
		seen := ""
		for _, e := range all.Events {
			seen += e.Kind + ": " + e.Text + "\n"
			if e.Kind == kind {
				found = e
			}
		}
		return found.Kind != "", seen
	})
	return found
}

// dns returns the first address that the node's name server is bound to.
func (n *node) dns(t *testing.T) netip.AddrPort {
	t.Helper()
	for _, l := range n.status(t).Listeners {
		if a, ok := strings.CutPrefix(l, "dns udp "); ok {
			return netip.MustParseAddrPort(a)
		}
	}
	t.Fatal("the node lists no DNS listener")
	return netip.AddrPort{}
}

// verdicts returns the verdict on every target, by its id.
func (n *node) verdicts(t *testing.T) map[string]api.TargetHealth {
	t.Helper()
	h, err := n.api.Health(t.Context(), client.HealthFilter{})
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]api.TargetHealth{}
	for _, target := range h.Targets {
		out[target.ID] = target
	}
	return out
}

// reply is a reply as dnstest shows it, cut into lines.
type reply struct {
	text string
}

func (r reply) status() string { return status(r.text) }

// status is the response code of a reply as dnstest shows it.
func status(text string) string {
	word, _, _ := strings.Cut(text, " ")
	return word
}

// answers returns the data of the answer records, sorted.
func (r reply) answers() []string {
	var out []string
	for line := range strings.Lines(r.text) {
		if f := strings.Fields(line); len(f) > 5 && f[0] == "answer" {
			out = append(out, strings.Join(f[5:], " "))
		}
	}
	slices.Sort(out)
	return out
}

// ask asks over UDP, in the words of dnstest.Query; it returns an error where
// there is no reply in time.
func ask(at netip.AddrPort, line string) (reply, error) {
	return askWithin(at, line, dnstest.Patience)
}

func askWithin(at netip.AddrPort, line string, patience time.Duration) (reply, error) {
	query, err := dnstest.Query(line)
	if err != nil {
		return reply{}, err
	}
	msg, err := dnstest.UDP(at, query, patience)
	if err != nil {
		return reply{}, err
	}
	text, err := dnstest.Show(msg)
	return reply{text}, err
}

// mustAsk is ask where no reply is a failure.
func mustAsk(t *testing.T, at netip.AddrPort, line string) reply {
	t.Helper()
	r, err := ask(at, line)
	if err != nil {
		t.Fatalf("asking %s: %v", line, err)
	}
	return r
}

// answered waits until a question is answered with exactly these records and
// returns how long that took.
func answered(t *testing.T, within time.Duration, at netip.AddrPort, line string, want ...string) time.Duration {
	t.Helper()
	return eventually(t, within, line+" being answered with "+strings.Join(want, ", "), func() (bool, string) {
		r, err := askWithin(at, line, 200*time.Millisecond)
		if err != nil {
			return false, err.Error()
		}
		return slices.Equal(r.answers(), want), r.text
	})
}
