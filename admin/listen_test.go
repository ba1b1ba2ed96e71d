package admin_test

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"meridian/admin"
)

func options(t *testing.T) admin.Options {
	t.Helper()
	events, err := admin.NewEventLog("r1", 1)
	if err != nil {
		t.Fatal(err)
	}
	return admin.Options{Sources: sources(&fakeNode{}, events)}
}

// TestBeyondLoopback: without authentication only loopback is served.
func TestBeyondLoopback(t *testing.T) {
	for _, listen := range []string{"0.0.0.0:0", "[::]:0", ":0", "192.0.2.1:0", "[2001:db8::1]:0", "meridian.example:0", "[fe80::1%lo]:0"} {
		o := options(t)
		o.Listen = listen
		s, err := admin.New(o)
		if err == nil {
			_ = s.Shutdown(t.Context())
		}
		if err == nil || !strings.Contains(err.Error(), "authentication") || !strings.Contains(err.Error(), listen) {
			t.Errorf("%s: got %v, want an error that quotes it and says why", listen, err)
		}
	}
	for _, listen := range []string{"127.0.0.1:0", "127.9.9.9:0", "localhost:0"} {
		o := options(t)
		o.Listen = listen
		s, err := admin.New(o)
		if err != nil {
			t.Errorf("%s: %v", listen, err)
			continue
		}
		if err := s.Shutdown(t.Context()); err != nil {
			t.Errorf("%s: shutting down: %v", listen, err)
		}
	}
}

func TestOptions(t *testing.T) {
	for name, change := range map[string]func(*admin.Options){
		"nothing to listen on": func(*admin.Options) {},
		"no status":            func(o *admin.Options) { o.Listen, o.Sources.Status = "127.0.0.1:0", nil },
		"no readiness":         func(o *admin.Options) { o.Listen, o.Sources.Readiness = "127.0.0.1:0", nil },
		"negative limit":       func(o *admin.Options) { o.Listen, o.Limits.Probes = "127.0.0.1:0", -1 },
		"no port":              func(o *admin.Options) { o.Listen = "127.0.0.1" },
		"long socket path":     func(o *admin.Options) { o.Socket = "/" + strings.Repeat("x", 103) },
		"no directory":         func(o *admin.Options) { o.Socket = filepath.Join(t.TempDir(), "absent", "s") },
	} {
		o := options(t)
		change(&o)
		if s, err := admin.New(o); err == nil {
			_ = s.Shutdown(t.Context())
			t.Errorf("%s: got no error", name)
		}
	}
}

// TestSocket: mode, a live one is respected, a dead one replaced, a file of
// another kind left alone, only the own one removed.
func TestSocket(t *testing.T) {
	o := options(t)
	o.Socket = filepath.Join(t.TempDir(), "admin.sock")
	newServer := func() *admin.Server {
		t.Helper()
		s, err := admin.New(o)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	first := newServer()
	if info, err := os.Lstat(o.Socket); err != nil || info.Mode() != fs.ModeSocket|0o600 {
		t.Errorf("got mode %v, %v, want a socket of mode 0600", info.Mode(), err)
	}
	if _, err := admin.New(o); err == nil || !strings.Contains(err.Error(), "another process") {
		t.Errorf("second server: got %v, want an error", err)
	}
	if err := first.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := os.Lstat(o.Socket); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("after shutdown: got %v, want no file", err)
	}
	dead, err := net.ListenUnix("unix", &net.UnixAddr{Name: o.Socket, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	dead.SetUnlinkOnClose(false)
	if err := dead.Close(); err != nil {
		t.Fatal(err)
	}
	second := newServer()
	if err := os.Rename(o.Socket, o.Socket+".away"); err != nil {
		t.Fatal(err)
	}
	third := newServer()
	if err := second.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := os.Lstat(o.Socket); err != nil {
		t.Errorf("the third server's socket was removed by the second: %v", err)
	}
	if err := third.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if err := os.WriteFile(o.Socket, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := admin.New(o); err == nil {
		t.Error("a plain file in the way: got no error")
	}
	if got, err := os.ReadFile(o.Socket); err != nil || string(got) != "precious" {
		t.Errorf("the file in the way: got %q, %v, want it untouched", got, err)
	}
}

// TestFailedNewLeavesNothingBound: the socket fails after the address is bound.
func TestFailedNewLeavesNothingBound(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	o := options(t)
	o.Listen, o.Socket = l.Addr().String(), filepath.Join(t.TempDir(), "absent", "s")
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := admin.New(o); err == nil {
		t.Fatal("got no error")
	}
	o.Socket = ""
	s, err := admin.New(o)
	if err != nil {
		t.Fatalf("binding again: %v", err)
	}
	if err := s.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestTwoNodesOneProcess: two servers share nothing.
func TestTwoNodesOneProcess(t *testing.T) {
	a, b := start(t, nil), start(t, nil)
	b.node.notReady = []string{"b has no plan"}
	for f, want := range map[*fixture]bool{a: true, b: false} {
		for network, get := range map[string]func(*testing.T, string) (*http.Response, []byte){"tcp": f.get, "unix": f.getUnix} {
			if resp, body := get(t, "/readyz"); (resp.StatusCode == 200) != want {
				t.Errorf("%s: got %d %s, want ready %t", network, resp.StatusCode, body, want)
			}
		}
	}
	if err := a.server.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if resp, _ := b.get(t, "/healthz"); resp.StatusCode != 200 {
		t.Errorf("after the other was shut down: got %d, want 200", resp.StatusCode)
	}
}

// TestShutdownDrains: a request under way is answered, and Shutdown waits for it.
func TestShutdownDrains(t *testing.T) {
	f := start(t, nil)
	entered, leave := make(chan struct{}), make(chan struct{})
	f.node.status = func(context.Context) { close(entered); <-leave }
	got := make(chan int, 1)
	r := f.request(t, "GET", "/v1/status")
	go func() { resp, _ := f.do(t, r); got <- resp.StatusCode }()
	<-entered
	closed := make(chan error, 1)
	go func() { closed <- f.server.Shutdown(context.Background()) }()
	for { // until the listener is closed
		conn, err := net.Dial("tcp", f.server.Addr().String())
		if err != nil {
			break
		}
		_ = conn.Close()
	}
	select {
	case err := <-closed:
		t.Fatalf("Shutdown returned %v before the request was answered", err)
	default:
	}
	close(leave)
	if status := <-got; status != 200 {
		t.Errorf("got %d, want 200", status)
	}
	if err := <-closed; err != nil {
		t.Error(err)
	}
}

// TestShutdownGivesUp: a request that does not end is cut off when the context
// ends, and Shutdown says so every time.
func TestShutdownGivesUp(t *testing.T) {
	o := options(t)
	o.Listen = "127.0.0.1:0"
	entered := make(chan struct{})
	o.Sources.Status = &fakeNode{status: func(ctx context.Context) { close(entered); <-ctx.Done() }}
	s, err := admin.New(o)
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	answered := make(chan error, 1)
	go func() {
		resp, err := http.Get("http://" + s.Addr().String() + "/v1/status")
		if err == nil {
			_ = resp.Body.Close()
		}
		answered <- err
	}()
	<-entered
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	for range 2 {
		if err := s.Shutdown(ended); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want that draining was given up", err)
		}
	}
	if err := <-answered; err == nil {
		t.Error("the caller got no error")
	}
}

func TestMetricNames(t *testing.T) {
	f := start(t, nil)
	f.get(t, "/v1/status")
	_, body := f.get(t, "/metrics")
	problems, err := promlint.New(strings.NewReader(string(body))).Lint()
	if err != nil || len(problems) > 0 {
		t.Errorf("got %v, %v, want no findings", problems, err)
	}
}

// TestSameRegistererTwice: two servers on one registerer are a defect of the
// caller, reported by New.
func TestSameRegistererTwice(t *testing.T) {
	o := options(t)
	o.Listen, o.Registerer = "127.0.0.1:0", prometheus.NewRegistry()
	s, err := admin.New(o)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := admin.New(o); err == nil {
		t.Error("got no error")
	}
	if err := s.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}
