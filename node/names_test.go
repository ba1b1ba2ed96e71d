package node

import (
	"fmt"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"meridian/internal/dnstest"
)

// TestNamesThatClientsChoose: names that do not exist are neither kept nor
// logged, however many are asked for, and one that comes to be is found; those
// that exist are kept looked up.
func TestNamesThatClientsChoose(t *testing.T) {
	t.Parallel()
	var born atomic.Bool
	fake := newFakeDNS(t, "127.0.0.1:0", true, func(name, rrtype string) dnstest.Answer {
		if rrtype == "A" && (strings.HasPrefix(name, "good.") || strings.HasPrefix(name, "late.") && born.Load()) {
			return dnstest.Answer{Answer: []string{name + " 3600 IN A 192.0.2.1"}}
		}
		return dnstest.Answer{}
	})
	s := startServed(t, newWorld(t, head), allowLoopback, func(o *Options) {
		o.Config.Resolver.Servers, o.Config.Gateway.BackendRefresh = []netip.AddrPort{fake.Addr()}, time.Second
	})
	h := s.apis.hosts
	kept := func() int {
		h.mu.Lock()
		defer h.mu.Unlock()
		return len(h.others)
	}
	for i := range 40 {
		if found, err := h.Addresses(t.Context(), fmt.Sprintf("n%d.example.net", i)); err != nil || len(found) > 0 {
			t.Fatalf("got %v %v, want no addresses", found, err)
		}
	}
	if got := kept(); got != 0 {
		t.Errorf("%d names without addresses are kept, want none", got)
	}
	for range 2 {
		if found, err := h.Addresses(t.Context(), "good.example.net"); err != nil || len(found) != 1 {
			t.Fatalf("got %v %v, want an address", found, err)
		}
	}
	if found, err := h.Addresses(t.Context(), "late.example.net"); err != nil || len(found) > 0 || kept() != 1 {
		t.Fatalf("got %v %v and %d kept, want no addresses and good.example.net", found, err, kept())
	}
	born.Store(true)
	wait(t, "the name that came to be", func() bool {
		found, err := h.Addresses(t.Context(), "late.example.net")
		return err == nil && len(found) == 1
	})
	if got := kept(); got != 2 {
		t.Errorf("%d names are kept, want both that exist", got)
	}
}
