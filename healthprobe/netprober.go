package healthprobe

import (
	"context"
	"crypto/x509"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// MaxAddresses is the most addresses of one name that are probed; the first in
// address order are.
const MaxAddresses = 8

// Dialer opens connections; *net.Dialer is one.
type Dialer interface {
	DialContext(ctx context.Context, network, address string) (net.Conn, error)
}

// ProberOptions configures a NetProber.
type ProberOptions struct {
	Resolver Resolver       // looks up targets without an address; nil: they get no_address
	Dialer   Dialer         // nil: a net.Dialer
	Roots    *x509.CertPool // trusted authorities; nil: the system's
	Agent    string         // User-Agent; empty: "Meridian"
}

// NetProber probes over the network. A target name with several addresses is
// probed at all of them at once (at most MaxAddresses) within the one timeout,
// and is up if any of them is: clients that are sent to the name try its
// addresses themselves.
type NetProber struct {
	opt ProberOptions
}

// NewNetProber returns a prober; it starts nothing.
func NewNetProber(o ProberOptions) *NetProber {
	if o.Dialer == nil {
		o.Dialer = &net.Dialer{KeepAlive: -1}
	}
	if o.Agent == "" {
		o.Agent = "Meridian"
	}
	return &NetProber{opt: o}
}

// Probe implements Prober.
func (p *NetProber) Probe(ctx context.Context, t Target) Result {
	start := time.Now()
	tries, res := p.look(ctx, t, false)
	if best := worthiest(tries); best != nil {
		resolve := res.Phases.Resolve
		res = best.result()
		res.Phases.Resolve = resolve
	}
	res.At = start
	res.Phases.Total = time.Since(start)
	return res
}

// look looks t up and tries all its addresses. Without any, the Result says
// why. With full set, every address is tried to its end and bodies are kept.
func (p *NetProber) look(ctx context.Context, t Target, full bool) ([]*exchange, Result) {
	ctx, cancel := context.WithTimeout(ctx, t.Check.Timeout)
	defer cancel()
	start := time.Now()
	addrs, reason, detail := p.addresses(ctx, t)
	res := Result{Reason: reason, Detail: detail, Phases: Phases{Resolve: time.Since(start)}}
	tries := make([]*exchange, len(addrs))
	var wg sync.WaitGroup
	for i, a := range addrs {
		tries[i] = &exchange{target: t, addr: a, full: full}
		wg.Go(func() {
			p.attempt(ctx, tries[i])
			if tries[i].reason == ReasonOK && !full {
				cancel()
			}
		})
	}
	wg.Wait()
	return tries, res
}

// addresses returns where to connect: t's own address, or what its name stands
// for. Without any, reason and detail say why.
func (p *NetProber) addresses(ctx context.Context, t Target) ([]netip.Addr, Reason, string) {
	if t.Addr.IsValid() {
		return []netip.Addr{t.Addr}, "", ""
	}
	if a, err := netip.ParseAddr(t.Host); err == nil {
		return []netip.Addr{a}, "", ""
	}
	if p.opt.Resolver == nil {
		return nil, ReasonNoAddress, "no resolver"
	}
	found, err := p.opt.Resolver.LookupAddrs(ctx, t.Host)
	switch {
	case err != nil && ctx.Err() != nil:
		return nil, ended(ctx, phaseResolve), clip(err.Error())
	case err != nil:
		return nil, ReasonDNSFailure, clip(err.Error())
	case len(found) == 0:
		return nil, ReasonNoAddress, fmt.Sprintf("%s has no address", t.Host)
	}
	addrs := slices.Clone(found)
	slices.SortFunc(addrs, netip.Addr.Compare)
	addrs = slices.Compact(addrs)
	return addrs[:min(len(addrs), MaxAddresses)], "", ""
}

// worthiest returns the exchange to report; of equals the first.
func worthiest(tries []*exchange) *exchange {
	var best *exchange
	for _, x := range tries {
		if best == nil || x.reason.severity() > best.reason.severity() {
			best = x
		}
	}
	return best
}
