package node

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"meridian/configs"
	"meridian/dnswire"
	"meridian/resolver"
)

// patience is how long a test waits for what must happen soon.
const patience = 15 * time.Second

// world is the folder of a node: its files, and what it writes.
type world struct {
	dir    string
	log    syncedBuffer
	notify []string
	mu     sync.Mutex // guards notify
}

// syncedBuffer is written by many goroutines.
type syncedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncedBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncedBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// head is the beginning of every service document of the tests.
const head = `name: contoso
zone: gtm.test
nameServers: [{name: ns1.gtm.test, addresses: [127.0.0.1]}]
`

// plain is a document with one profile that is not probed, answering address.
func plain(address string) string {
	return head + `
profiles:
  - name: shop
    trafficRoutingMethod: Priority
    ttl: 30
    endpoints:
      - {name: a, target: ` + address + `, alwaysServe: Enabled}
`
}

func newWorld(t *testing.T, service string) *world {
	t.Helper()
	w := &world{dir: t.TempDir()}
	w.write(t, "service.yaml", service)
	return w
}

func (w *world) path(name string) string { return filepath.Join(w.dir, name) }

// write puts a file there, whole at once: a node that watches it never reads half.
func (w *world) write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(w.path(name)), 0o755); err != nil {
		t.Fatal(err)
	}
	whole := w.path(name) + ".whole"
	if err := os.WriteFile(whole, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(whole, w.path(name)); err != nil {
		t.Fatal(err)
	}
}

// config is a node file with free ports; a resolver that is dead.
func (w *world) config(t *testing.T) *configs.Node {
	t.Helper()
	text := `
node: {name: a-1, location: West US 2, roles: [dns, probe, admin], dataDir: data}
dns: {listen: ["127.0.0.1:0"]}
resolver: {servers: ["127.0.0.1:9"]}
admin: {listen: "127.0.0.1:0"}
service: service.yaml
`
	c, err := configs.ParseNode(w.path("node.yaml"), []byte(text), func(string) (string, bool) { return "", false })
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (w *world) options(t *testing.T) Options {
	return Options{
		Config: w.config(t), Version: "test", Logger: slog.New(slog.NewTextHandler(&w.log, nil)), atlas: newPocketAtlas,
		Notify: func(s string) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.notify = append(w.notify, s)
		},
	}
}

// start runs a node until the test ends.
func (w *world) start(t *testing.T, edit func(*Options)) *Node {
	t.Helper()
	o := w.options(t)
	if edit != nil {
		edit(&o)
	}
	n, err := New(o)
	if err != nil {
		t.Fatalf("new: %v", err)
	}
	t.Cleanup(func() { stop(t, n) })
	if err := n.Start(); err != nil {
		t.Fatalf("start: %v", err)
	}
	return n
}

func stop(t *testing.T, n *Node) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := n.Shutdown(ctx); err != nil {
		t.Errorf("shutdown: %v", err)
	}
}

// ask asks a node's DNS server.
func ask(t *testing.T, n *Node, name string, rrtype uint16) *resolver.Reply {
	t.Helper()
	m, err := exchange(n.DNSAddrs()[0], name, rrtype)
	if err != nil {
		t.Fatalf("asking for %s: %v", name, err)
	}
	return m
}

func exchange(to netip.AddrPort, name string, rrtype uint16) (*resolver.Reply, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return resolver.Client{}.Query(ctx, to, "udp", dnswire.Name(name), rrtype, resolver.QueryOptions{})
}

// addrs are the addresses answered for a name, "NXDOMAIN" and the like where
// there is no answer.
func addrs(t *testing.T, n *Node, name string) string {
	t.Helper()
	return spelled(ask(t, n, name, typeA))
}

func spelled(m *resolver.Reply) string {
	var out []string
	for _, rr := range m.Answer {
		out = append(out, rr.Data)
	}
	if len(out) == 0 {
		return m.RcodeName
	}
	return strings.Join(out, " ")
}

// serial is the SOA serial served.
func serial(t *testing.T, n *Node) uint32 {
	t.Helper()
	m := ask(t, n, "gtm.test.", typeSOA)
	if len(m.Answer) != 1 {
		t.Fatalf("SOA: got %v", m)
	}
	return m.Answer[0].Serial
}

// wait polls until ok, and fails the test if that takes too long.
func wait(t *testing.T, what string, ok func() bool) {
	t.Helper()
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	for deadline := time.Now().Add(patience); !ok(); <-ticker.C {
		if time.Now().After(deadline) {
			t.Fatalf("waited %v in vain until %s", patience, what)
		}
	}
}

// get calls the admin API and decodes what it says into out; nil: the status
// alone counts.
func get(t *testing.T, n *Node, method, path string, out any) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, "http://"+n.AdminAddr()+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	c := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if out != nil {
		if err := json.Unmarshal(data, out); err != nil {
			t.Fatalf("%s %s: status %d: %v: %s", method, path, resp.StatusCode, err, data)
		}
	}
	return resp.StatusCode
}

// target is a TCP listener that can be taken away and brought back.
type target struct {
	addr string
	l    net.Listener
	done sync.WaitGroup
}

func newTarget(t *testing.T, ip string) *target {
	x := &target{addr: ip + ":0"}
	x.up(t)
	t.Cleanup(x.down)
	return x
}

func (x *target) up(t *testing.T) {
	t.Helper()
	l, err := net.Listen("tcp", x.addr)
	if err != nil {
		t.Fatal(err)
	}
	x.l, x.addr = l, l.Addr().String()
	x.done.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_ = c.Close()
		}
	})
}

func (x *target) down() {
	_ = x.l.Close()
	x.done.Wait()
}

func (x *target) port() string {
	_, port, _ := net.SplitHostPort(x.addr)
	return port
}

// kinds are the kinds of a node's events, oldest first.
func kinds(n *Node) []string {
	var out []string
	events, _ := n.journal.Since("", maxEvents)
	for _, e := range events {
		out = append(out, e.Kind)
	}
	return out
}

// told reports whether an event of a kind has a text.
func told(n *Node, kind, text string) bool {
	events, _ := n.journal.Since("", maxEvents)
	for _, e := range events {
		if e.Kind == kind && strings.Contains(e.Text, text) {
			return true
		}
	}
	return false
}

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// free reports that nothing listens at addresses that were bound.
func free(addrs ...string) error {
	for _, a := range addrs {
		l, err := net.Listen("tcp", a)
		if err != nil {
			return fmt.Errorf("%s is still bound: %w", a, err)
		}
		_ = l.Close()
	}
	return nil
}
