package backend

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"net/url"
	"testing"
	"time"
)

// steps is Names whose answers are set.
type steps struct{ now []netip.Addr }

func (s *steps) Addresses(context.Context, string) ([]netip.Addr, error) { return s.now, nil }
func (s *steps) Refresh(string) <-chan struct{}                          { return nil }

func open(t *testing.T, n Names) *Backends {
	t.Helper()
	b, err := New(Options{Names: n, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return b
}

// TestURLsAreBounded: the origins of URLs are 256 at most, the most recently
// used ones; those that go keep nothing open.
func TestURLsAreBounded(t *testing.T) {
	b := open(t, &steps{})
	s, err := b.Build(Config{})
	if err != nil {
		t.Fatal(err)
	}
	target := func(i int) *origin {
		return s.At(&url.URL{Scheme: "http", Host: fmt.Sprintf("192.0.2.1:%d", i)}).only.origin
	}
	first, second := target(1), target(2)
	for i := 3; i <= mostAdhoc+1; i++ {
		target(i)
		if target(1) != first {
			t.Fatalf("after %d: the first was forgotten though it is in use", i)
		}
	}
	if n := b.adhoc.order.Len(); n != mostAdhoc || len(b.adhoc.byKey) != mostAdhoc {
		t.Errorf("origins: got %d and %d keys, want %d", n, len(b.adhoc.byKey), mostAdhoc)
	}
	if !second.retired.Load() || first.retired.Load() || target(2) == second {
		t.Error("the second was to give way, and nobody else")
	}
}

// TestRecordsAreBounded: the record of an address outlives it by an hour, and
// records are 512 at most.
func TestRecordsAreBounded(t *testing.T) {
	o := &origin{
		names: &steps{}, lookup: "app.example", log: slog.New(slog.DiscardHandler), counts: &counts{},
		allowed: func(netip.Addr) error { return nil }, records: map[netip.AddrPort]*ejection{},
	}
	now := time.Unix(1_700_000_000, 0)
	see := func(list ...netip.Addr) {
		o.names.(*steps).now = list
		o.look(context.Background(), now)
		o.age(now)
	}
	a, b := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")
	see(a, b)
	bad := o.now.Load().all[0].bad
	bad.start(now)
	see(b)
	now = now.Add(keepRecord - time.Second)
	see(a, b)
	if o.now.Load().all[0].bad != bad {
		t.Error("back within the hour: the record is another")
	}
	see(b)
	now = now.Add(keepRecord)
	see(b)
	see(a, b)
	if o.now.Load().all[0].bad == bad {
		t.Error("back after the hour: the record is the old one")
	}
	for i := range 40 {
		list := make([]netip.Addr, mostAddresses)
		for j := range list {
			list[j] = netip.AddrFrom4([4]byte{10, 0, byte(i), byte(j)})
		}
		see(list...)
	}
	if n := len(o.records); n > mostRecords {
		t.Errorf("records: got %d, want at most %d", n, mostRecords)
	}
}
