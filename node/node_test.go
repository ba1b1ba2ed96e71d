package node

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"meridian/admin/api"
	"meridian/configs"
	"meridian/store"
)

// TestLifecycle: New binds, Start serves, Shutdown ends both and says so once.
func TestLifecycle(t *testing.T) {
	w := newWorld(t, plain("192.0.2.1"))
	n, err := New(w.options(t))
	if err != nil {
		t.Fatal(err)
	}
	dnsAt, adminAt := n.DNSAddrs()[0], n.AdminAddr()
	if dnsAt.Port() == 0 || strings.HasSuffix(adminAt, ":0") {
		t.Errorf("addresses: got %v and %v, want ports", dnsAt, adminAt)
	}
	if err := free(dnsAt.String()); err == nil {
		t.Errorf("%v: nothing is bound before Start", dnsAt)
	}
	if err := n.Start(); err != nil {
		t.Fatal(err)
	}
	if got := addrs(t, n, "shop.gtm.test."); got != "192.0.2.1" {
		t.Errorf("first answer: got %s, want 192.0.2.1", got)
	}
	if got := get(t, n, "GET", "/readyz", nil); got != 200 {
		t.Errorf("readyz: got %d, want 200", got)
	}
	stop(t, n)
	stop(t, n)
	if err := free(dnsAt.String(), adminAt); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff([]string{"READY=1", "STOPPING=1"}, w.notify); diff != "" {
		t.Errorf("supervisor heard (-want +got):\n%s", diff)
	}
	if _, err := n.Reload(t.Context()); !errors.Is(err, ErrNotServing) {
		t.Errorf("reload after shutdown: got %v, want %v", err, ErrNotServing)
	}
}

// TestNotStarted: a node that never served can be shut down, and cannot reload.
func TestNotStarted(t *testing.T) {
	n, err := New(newWorld(t, plain("192.0.2.1")).options(t))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := n.Reload(t.Context()); !errors.Is(err, ErrNotServing) {
		t.Errorf("reload before start: got %v, want %v", err, ErrNotServing)
	}
	at := n.DNSAddrs()[0].String()
	stop(t, n)
	if err := free(at); err != nil {
		t.Error(err)
	}
}

// TestNewFails takes each step of New in turn: the error names it, and nothing
// stays bound or locked.
func TestNewFails(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	busy := taken.Addr().String()
	used := prometheus.NewRegistry()
	used.MustRegister(prometheus.NewCounter(prometheus.CounterOpts{Name: "meridian_publishes_total", Help: "x"}))
	tests := []struct {
		name string
		edit func(*testing.T, *world, *Options)
		want string
	}{
		{"no configuration", func(_ *testing.T, _ *world, o *Options) { o.Config = nil }, "no configuration"},
		{"metrics", func(_ *testing.T, _ *world, o *Options) { o.Registry = used }, "registering metrics"},
		{"data directory is a file", func(t *testing.T, w *world, o *Options) { w.write(t, "data", "x") }, "opening the data directory"},
		{"resolver", func(_ *testing.T, _ *world, o *Options) { o.Config.Resolver.Servers = []netip.AddrPort{{}} }, "configuring the resolver"},
		{"prober", func(_ *testing.T, _ *world, o *Options) { o.Config.Location = "" }, "configuring the prober"},
		{"document", func(t *testing.T, w *world, _ *Options) { w.write(t, "service.yaml", head+"ttl: 1\nprofiles: 7\n") }, "service.yaml:4:1"},
		{"document missing", func(_ *testing.T, _ *world, o *Options) { o.Config.Service += "x" }, "service.yamlx"},
		{"dns", func(_ *testing.T, _ *world, o *Options) { o.Config.DNS.Listen = []string{"127.0.0.1:0", busy} }, "binding the dns server"},
		{"cookies", func(t *testing.T, w *world, o *Options) {
			w.write(t, "cookies", "00")
			o.Config.DNS.CookieSecretFile = w.path("cookies")
		}, "cookie secret 1: want 32"},
		{"cookies missing", func(_ *testing.T, w *world, o *Options) { o.Config.DNS.CookieSecretFile = w.path("nowhere") }, "cookieSecretFile"},
		{"admin", func(_ *testing.T, _ *world, o *Options) { o.Config.Admin.Listen = busy }, "binding the admin API"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, plain("192.0.2.1"))
			o := w.options(t)
			dnsAt := freePort(t)
			o.Config.DNS.Listen = []string{dnsAt}
			tt.edit(t, w, &o)
			n, err := New(o)
			if err == nil {
				stop(t, n)
				t.Fatal("got no error")
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
			if err := free(dnsAt); err != nil {
				t.Error(err)
			}
			if tt.name == "data directory is a file" || tt.name == "no configuration" {
				return
			}
			s, err := store.Open(o.Config.DataDir)
			if err != nil {
				t.Fatalf("the folder is still locked: %v", err)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// freePort returns an address that nothing listens at, over UDP and TCP: nobody
// else uses this one.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.7.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// TestTwoNodesOneProcess: nodes share nothing, not even a name.
func TestTwoNodesOneProcess(t *testing.T) {
	one := newWorld(t, plain("192.0.2.1")).start(t, nil)
	two := newWorld(t, plain("192.0.2.2")).start(t, nil)
	if a, b := addrs(t, one, "shop.gtm.test."), addrs(t, two, "shop.gtm.test."); a != "192.0.2.1" || b != "192.0.2.2" {
		t.Errorf("got %s and %s, want 192.0.2.1 and 192.0.2.2", a, b)
	}
	w := newWorld(t, plain("192.0.2.3"))
	first := w.start(t, nil)
	if _, err := New(w.options(t)); err == nil || !strings.Contains(err.Error(), "data directory") {
		t.Errorf("second node with the data of the first: got %v, want an error about the data directory", err)
	}
	if got := addrs(t, first, "shop.gtm.test."); got != "192.0.2.3" {
		t.Errorf("first node: got %s, want 192.0.2.3", got)
	}
}

// TestManyNodes starts and stops many at once.
func TestManyNodes(t *testing.T) {
	var all sync.WaitGroup
	var looking sync.Mutex // free binds the port for a moment
	for i := range manyNodes {
		w := newWorld(t, plain("192.0.2."+strconv.Itoa(i+1)))
		o := w.options(t)
		o.Config.DNS.Listen = []string{fmt.Sprintf("127.0.8.%d:0", i+1)} // a port of its own address nobody else gets
		all.Go(func() {
			n, err := New(o)
			if err != nil {
				t.Error(err)
				return
			}
			if err := n.Start(); err != nil {
				t.Error(err)
			}
			if m, err := exchange(n.DNSAddrs()[0], "shop.gtm.test.", typeA); err != nil || spelled(m) != "192.0.2."+strconv.Itoa(i+1) {
				t.Errorf("node %d: got %v, %v", i, m, err)
			}
			for range 2 { // at once: both return only when it is true
				all.Go(func() {
					if err := n.Shutdown(context.Background()); err != nil {
						t.Error(err)
					}
					looking.Lock()
					defer looking.Unlock()
					if err := free(n.DNSAddrs()[0].String()); err != nil {
						t.Error(err)
					}
				})
			}
		})
	}
	all.Wait()
}

// TestRoles: a node has what its roles say and no more.
func TestRoles(t *testing.T) {
	for _, tt := range []struct {
		roles configs.Roles
		want  []string
	}{
		{configs.Roles{DNS: true, Admin: true}, []string{"dns", "admin"}},
		{configs.Roles{Probe: true, Admin: true}, []string{"probe", "admin"}},
		{configs.Roles{DNS: true}, []string{"dns"}},
	} {
		n := newWorld(t, plain("192.0.2.1")).start(t, func(o *Options) { o.Config.Roles = tt.roles })
		var s api.Status
		if tt.roles.Admin {
			get(t, n, "GET", "/v1/status", &s)
		} else {
			s = must[api.Status](t)(statusAPI{n}.Status(t.Context()))
		}
		if !slices.Equal(s.Roles, tt.want) || !s.OK || !s.Serving {
			t.Errorf("%+v: got roles %v, ok %t, serving %t, problems %v", tt.roles, s.Roles, s.OK, s.Serving, s.Problems)
		}
		if (len(n.DNSAddrs()) > 0) != tt.roles.DNS || (n.AdminAddr() != "") != tt.roles.Admin {
			t.Errorf("%+v: got %v, %q", tt.roles, n.DNSAddrs(), n.AdminAddr())
		}
		if !tt.roles.Probe && tt.roles.Admin {
			if got := get(t, n, "GET", "/v1/health", nil); got != 501 {
				t.Errorf("health without a prober: got %d, want 501", got)
			}
		}
	}
}
