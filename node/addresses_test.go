package node

import (
	"fmt"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"

	"meridian/healthprobe"
	"meridian/internal/dnstest"
)

const oneFlat = head + `
profiles:
  - name: flat
    trafficRoutingMethod: Priority
    flatten: true
    endpoints: [{name: a, target: a.example.net, alwaysServe: Enabled}]
`

// TestAddressesOutliveEverything: a flattened name of which nothing is known is
// NODATA, not NXDOMAIN; once known, its addresses survive a resolver that dies,
// one that denies the name, and a restart with a dead resolver.
func TestAddressesOutliveEverything(t *testing.T) {
	t.Parallel()
	w := newWorld(t, oneFlat)
	var answer atomic.Value
	answer.Store(dnstest.Answer{Answer: []string{"a.example.net. 1 IN A 192.0.2.7"}})
	fake := newFakeDNS(t, "127.0.0.1:0", true, func(_, rrtype string) dnstest.Answer {
		if a := answer.Load().(dnstest.Answer); rrtype == "A" || a.Rcode != "" {
			return a
		}
		return dnstest.Answer{}
	})
	n := w.start(t, nil) // its resolver is dead
	if r := ask(t, n, "flat.gtm.test.", typeA); r.RcodeName != "NOERROR" || len(r.Answer) != 0 {
		t.Errorf("nothing known: got %s with %d answers, want NOERROR with none", r.RcodeName, len(r.Answer))
	}
	if problem(status(t, n), "address_unknown") == "" {
		t.Errorf("nothing known: want address_unknown in the status")
	}
	stop(t, n)

	n = w.start(t, func(o *Options) { o.Config.Resolver.Servers = []netip.AddrPort{fake.Addr()} })
	wait(t, "the name is answered", func() bool { return addrs(t, n, "flat.gtm.test.") == "192.0.2.7" })
	answer.Store(dnstest.Answer{Rcode: "NXDOMAIN"})
	wait(t, "the address is stale", func() bool {
		n.resolver.Refresh("a.example.net.")
		return n.pub.current.Load().addrs["a.example.net."].Stale
	})
	if got := addrs(t, n, "flat.gtm.test."); got != "192.0.2.7" {
		t.Errorf("name denied: got %q, want 192.0.2.7", got)
	}
	stop(t, n)

	n = w.start(t, nil)
	if got := addrs(t, n, "flat.gtm.test."); got != "192.0.2.7" {
		t.Errorf("restart with a dead resolver: got %q, want 192.0.2.7", got)
	}
	if problem(status(t, n), "address_stale") == "" {
		t.Errorf("restart with a dead resolver: want address_stale in the status")
	}
}

// TestTooManyTargets: what the prober would not take is refused by check and by
// New, with the numbers.
func TestTooManyTargets(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString(head + "profiles:\n")
	for i := range healthprobe.MaxTargets/200 + 1 {
		fmt.Fprintf(&b, "  - {name: p%d, trafficRoutingMethod: Weighted, monitorConfig: {protocol: TCP, port: 9}, endpoints: [", i)
		for j := range 200 {
			fmt.Fprintf(&b, "{name: e%d, target: 127.%d.%d.%d}, ", j, 1+i/250, i%250, 1+j)
		}
		b.WriteString("]}\n")
	}
	w := newWorld(t, b.String())
	want := fmt.Sprintf("targets to probe: want at most %d", healthprobe.MaxTargets)
	if _, err := Check(w.path("service.yaml")); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("check: got %v, want %q", err, want)
	}
	if n, err := New(w.options(t)); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("new: got %v, %v, want %q", n, err, want)
	}
}
