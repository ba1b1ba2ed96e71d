package cluster

import (
	"context"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// Pace of rejoining. A cut of any length is over within a round and a half of
// the longest wait, and what one join takes.
const (
	firstRejoin  = 500 * time.Millisecond
	maxRejoin    = 12 * time.Second // and a quarter more
	rejoinAtOnce = 4
	rejoinRound  = 8 // addresses
	lookupTime   = 5 * time.Second
	maxLookup    = 8 // addresses of one name
)

// rejoin keeps joining: whoever is configured or registered and not a live
// member is tried for ever. memberlist by itself speaks to live members only, so
// a cluster that fell apart for longer than gossipToDead would stay apart.
func (g *gossip) rejoin(stop <-chan struct{}) {
	wait := firstRejoin
	for {
		targets := g.absent(stop)
		rand.Shuffle(len(targets), func(i, j int) { targets[i], targets[j] = targets[j], targets[i] })
		joined := g.join(targets[:min(len(targets), rejoinRound)])
		switch {
		case joined && len(targets) <= 1:
			wait = maxRejoin
		case joined:
			wait = max(wait, time.Second)
		default:
			wait = min(2*wait, maxRejoin)
		}
		if !rest(stop, wait+rand.N(wait/4+1)) {
			return
		}
	}
}

// absent returns the addresses of who should be here and is not, and of those
// that packets do not reach: what memberlist knows of them goes by exchanges.
func (g *gossip) absent(stop <-chan struct{}) (out []string) {
	here, seen := g.present()
	for _, name := range g.expected(here) {
		for _, a := range lookUp(name, stop) {
			if !seen[a] {
				seen[a] = true
				out = append(out, a)
			}
		}
	}
	return out
}

// present returns who is here, and all addresses that need no joining.
func (g *gossip) present() (here map[NodeID]bool, addresses map[string]bool) {
	here, addresses = map[NodeID]bool{g.self: true}, map[string]bool{g.address(): true}
	for _, m := range g.members.list() {
		if !gone(m.State) && (m.UDP == udpOK || m.UDP == udpUnknown) {
			here[m.ID], addresses[m.Address] = true, true
		}
	}
	return here, addresses
}

// expected returns the configured addresses, and those of registered nodes that
// are not here.
func (g *gossip) expected(here map[NodeID]bool) []string {
	out := slices.Clone(g.o.Join)
	for _, p := range g.o.Roster() {
		if !here[p.ID] && p.Gossip != "" {
			out = append(out, p.Gossip)
		}
	}
	return out
}

// lookUp returns the addresses of host:port, looked up anew each time.
func lookUp(hostport string, stop <-chan struct{}) (out []string) {
	if _, err := netip.ParseAddrPort(hostport); err == nil {
		return []string{hostport}
	}
	host, port, err := net.SplitHostPort(hostport)
	if err != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), lookupTime)
	defer cancel()
	found := make(chan []string, 1)
	go func() {
		all, _ := net.DefaultResolver.LookupHost(ctx, host)
		found <- all
	}()
	select {
	case all := <-found:
		for _, ip := range all[:min(len(all), maxLookup)] {
			out = append(out, net.JoinHostPort(ip, port))
		}
	case <-stop:
		cancel()
		<-found
	}
	return out
}

// join exchanges states with nodes and reports whether one of them answered.
func (g *gossip) join(addresses []string) (joined bool) {
	var wg sync.WaitGroup
	var mu sync.Mutex
	places := make(chan struct{}, rejoinAtOnce)
	for _, a := range addresses {
		places <- struct{}{}
		wg.Go(func() {
			defer func() { <-places }()
			n, err := g.list.Load().Join([]string{a})
			g.metrics.joined(err)
			if err != nil {
				g.sayAlone(a, err)
			}
			mu.Lock()
			joined = joined || n > 0
			mu.Unlock()
		})
	}
	wg.Wait()
	return joined
}

func (g *gossip) sayAlone(address string, err error) {
	if skipped, ok := g.absences.allow(); ok {
		g.o.Logger.Info("joining a node failed", "address", address, "error", err, "lines_skipped", skipped)
	}
}
