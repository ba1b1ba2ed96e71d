package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"meridian/internal/leaktest"
)

// programEnv has the path of the program the demo runs nodes with.
const programEnv = "MERIDIAN_DEMO_PROGRAM"

// TestMain builds the program: nodes are processes of their own. Who fuzzes runs
// none: the time of a run would pass with building.
func TestMain(m *testing.M) {
	flag.Parse()
	if flag.Lookup("test.fuzzworker").Value.String() == "true" {
		os.Exit(m.Run())
	}
	dir, err := os.MkdirTemp("", "demo-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	program := filepath.Join(dir, "meridian")
	if out, err := exec.Command("go", "build", "-o", program, "meridian/cmd/meridian").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building the program: %v\n%s", err, out)
		os.Exit(1)
	}
	if err := os.Setenv(programEnv, program); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	goleak.VerifyTestMain(leaktest.Settled(m), goleak.Cleanup(func(code int) {
		os.RemoveAll(dir)
		os.Exit(code)
	}))
}

// grace is what other tests on the same machine may add to what is promised;
// TestPromise holds the demo to its arithmetic.
const grace = 2 * time.Second

// record is a writer that many may write to.
type record struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (r *record) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.b.Write(p)
}

func (r *record) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.b.String()
}

// run starts a demo on free ports.
func run(t *testing.T) (*Demo, *record) {
	t.Helper()
	out := &record{}
	runtime := filepath.Join(t.TempDir(), "run")
	d, err := New(Options{Runtime: runtime, Out: out, Program: []string{os.Getenv(programEnv)}})
	if err != nil {
		t.Fatal(err)
	}
	d.grace = grace
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := d.Shutdown(ctx); err != nil {
			t.Errorf("shutdown: %v", err)
		}
		if _, err := os.Stat(d.Dir()); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("folder %s: got %v, want it removed", d.Dir(), err)
		}
		if err := Command(t.Context(), runtime, d.options.DNSPort, "stop", "westus2", io.Discard); !errors.Is(err, ErrNotRunning) && t.Context().Err() == nil {
			t.Errorf("stop after shutdown: got %v, want %v", err, ErrNotRunning)
		}
	})
	if err := d.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return d, out
}

// TestDemo is what a user of the demo does, on real sockets with real probes.
func TestDemo(t *testing.T) {
	d, out := run(t)
	t.Run("countries", func(t *testing.T) { checkCountries(t, d) })
	t.Run("gateway", func(t *testing.T) { checkGateway(t, d) })
	t.Run("guide", func(t *testing.T) {
		var b strings.Builder
		d.Guide(&b)
		d.Ready(&b, time.Now())
		for _, want := range []string{"dig @127.0.1.1 -p " + decimal(d.options.DNSPort), "stop westeurope --dns-port", "service.yaml", "ready after 0.0"} {
			if !strings.Contains(b.String(), want) {
				t.Errorf("got\n%swant it to say %q", b.String(), want)
			}
		}
	})
	t.Run("second demo", func(t *testing.T) {
		_, err := newControl(d.options.Runtime, d.options.DNSPort, nil)
		if err == nil || !strings.Contains(err.Error(), "runs already") {
			t.Errorf("got %v, want it to say that one runs already", err)
		}
	})
	t.Run("stop and start", func(t *testing.T) { checkTurns(t, d, out) })
}

// checkCountries: each server sends clients of ten countries and more to the
// nearest location, with a scope of their own.
func checkCountries(t *testing.T, d *Demo) {
	want := map[string]string{
		"US": "West US 2", "CA": "West US 2", "MX": "West US 2",
		"DE": "West Europe", "FR": "West Europe", "GB": "West Europe", "SE": "West Europe", "IT": "West Europe", "ZA": "West Europe",
		"JP": "Japan East", "KR": "Japan East", "TW": "Japan East", "CN": "Japan East", "AU": "Japan East", "NZ": "Japan East",
	}
	for _, s := range d.sites {
		l, err := dial(s.dns)
		if err != nil {
			t.Fatal(err)
		}
		defer l.close()
		for _, c := range sampleClients() {
			q := question{name: profileName(serviceName), client: c.Net}
			over, err := l.askTCP(q)
			if err != nil {
				t.Fatal(err)
			}
			got, err := l.ask(q)
			if err != nil || at(got.first()) != want[c.Code] || got.TTL != 5 || got.Scope < 1 || over.first() != got.first() {
				t.Errorf("%s at %s: got %s, ttl %d, scope %d, %v, over tcp %s; want %s, ttl 5 and a scope", c.Country, s.Display, at(got.first()), got.TTL, got.Scope, err, at(over.first()), want[c.Code])
			}
		}
	}
}

// checkGateway: the status paths are the gateway's, the rest the backend's.
func checkGateway(t *testing.T, d *Demo) {
	c := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 5 * time.Second}
	for _, s := range d.sites {
		for _, path := range []string{"/status-0123456789abcdef", "/status"} {
			get(t, c, s.gateway, path) // fails unless it is 200
		}
		var got sample
		if err := json.Unmarshal([]byte(get(t, c, s.gateway, "/orders/7?x=1")), &got); err != nil {
			t.Fatal(err)
		}
		if want := (sample{s.Display, "/orders/7", got.Client}); got != want || !strings.HasPrefix(got.Client, "127.") {
			t.Errorf("got %+v, want %+v with the client's address", got, want)
		}
	}
}

func get(t *testing.T, c *http.Client, address, path string) string {
	t.Helper()
	resp, err := c.Get("http://" + address + path)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Errorf("%s: got %s, %v", path, resp.Status, err)
	}
	return string(body)
}

// checkTurns: killing and starting a node by command moves its clients within what the arithmetic promises; the answer to the command says so.
func checkTurns(t *testing.T, d *Demo, out *record) {
	tell := func(verb, location string) (string, error) {
		var b strings.Builder
		err := Command(t.Context(), d.options.Runtime, d.options.DNSPort, verb, location, &b)
		return b.String(), err
	}
	if _, err := tell("stop", "atlantis"); err == nil || !strings.Contains(err.Error(), "westeurope (West Europe)") {
		t.Errorf("unknown location: got %v, want the known ones", err)
	}
	if _, err := tell("explode", "westeurope"); err == nil || !strings.Contains(err.Error(), "404") {
		t.Errorf("unknown verb: got %v, want 404", err)
	}
	if text, err := tell("start", "westeurope"); err != nil || !strings.Contains(text, "already") {
		t.Errorf("start of what runs: got %q, %v, want it to say so", text, err)
	}
	for _, step := range []struct{ verb, location, want string }{
		{"stop", "West Europe", "clients that live there (DE FR GB SE IT ZA) now get West US 2 (DE FR GB SE IT), Japan East (ZA); all servers agree"},
		{"start", "westeurope", "now get West Europe (DE FR GB SE IT ZA); all servers agree"},
	} {
		start := time.Now()
		text, err := tell(step.verb, step.location)
		if err != nil || !strings.Contains(text, step.want) || !strings.Contains(text, "measured  at most") {
			t.Errorf("%s: got error %v and\n%swant it to say %q", step.verb, err, text, step.want)
		}
		if took := time.Since(start); took > failPromise+afterglow+grace {
			t.Errorf("%s: got a report after %v, want it within %v", step.verb, took, failPromise+afterglow+grace)
		}
	}
	if text := out.String(); !strings.Contains(text, "is down") || !strings.Contains(text, "is up") {
		t.Errorf("the demo told\n%swant the verdicts", text)
	}
}

// TestTour is the whole tour without its pauses.
func TestTour(t *testing.T) {
	d, out := run(t)
	if err := d.Tour(t.Context()); err != nil {
		t.Errorf("got %v", err)
	}
	text := out.String()
	for _, want := range []string{
		"South Africa", "the same at every server", "stop West Europe: its process", "start West Europe: its process",
		"disable West US 2, asked of the node in West Europe", "enable West US 2, asked of the node in Japan East", "it ends by itself at",
		"disableGateway: true", "difference: plan 2 replaces 1", "nothing changes",
		"disable West Europe, asked of the node in Japan East", "enable West Europe, asked of the node in West US 2", "every promise was kept",
		" 0 NXDOMAIN, 0 SERVFAIL, 0 other errors, 0 empty, 0 without reply",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the tour does not say %q", want)
		}
	}
	if n := strings.Count(text, "of clients that never ask DNS again: 0 failed"); n != 3 {
		t.Errorf("got %d steps under load without a failure, want 3", n)
	}
	if t.Failed() {
		t.Log(text)
	}
}

// TestOrphans: when the demo is killed its nodes do not outlive it.
func TestOrphans(t *testing.T) {
	out := &record{}
	cmd := exec.Command(os.Getenv(programEnv), "demo", "--dns-port", "0", "--gateway-port", "0", "--admin-port", "0")
	cmd.Env = append(os.Environ(), "XDG_RUNTIME_DIR="+t.TempDir(), "TMPDIR="+t.TempDir())
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	bounded, cancel := context.WithTimeout(t.Context(), readyTime+10*time.Second)
	defer cancel()
	err := until(bounded, 20*time.Millisecond, func() (bool, error) { return strings.Contains(out.String(), "ready after"), nil })
	if kill := cmd.Process.Kill(); err != nil || kill != nil {
		t.Errorf("got %v, %v and\n%s", err, kill, out)
	}
	_ = cmd.Wait() // it was killed
	servers := regexp.MustCompile(`dns (127\.0\.[123]\.1:\d+)`).FindAllStringSubmatch(out.String(), -1)
	if len(servers) != len(places()) {
		t.Fatalf("got %d name servers in\n%s", len(servers), out)
	}
	for _, s := range servers {
		err := until(bounded, 20*time.Millisecond, func() (bool, error) {
			conn, err := net.DialTimeout("tcp", s[1], time.Second)
			if served := err == nil; served {
				return false, conn.Close()
			}
			return true, nil
		})
		if err != nil {
			t.Errorf("%s still serves after the demo was killed: %v", s[1], err)
		}
	}
}
