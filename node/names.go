package node

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"meridian/dnswire"
	"meridian/gateway/pipeline"
	"meridian/resolver"
)

// hosts implements backend.Names: names in a zone of ours are decided by what is
// in service, others are looked up in the background and remembered. A request
// waits for the first answer of a name only.
type hosts struct {
	node     *Node
	resolver *resolver.Resolver
	watch    *resolver.Watch
	fresh    time.Duration // how long an answer is; 0: as its TTL says
	own      atomic.Pointer[decided]
	placed   atomic.Pointer[placement]
	watched  atomic.Pointer[map[dnswire.Name]bool]

	mu     sync.Mutex
	plan   []dnswire.Name                // names that the plan's backends have
	others []dnswire.Name                // names that were asked for besides
	known  map[dnswire.Name][]netip.Addr // last addresses of names, of this run or the last
	saved  map[dnswire.Name][]netip.Addr // on disk
}

const (
	// firstLookup is how long a request waits for a name that nobody has asked
	// for before.
	firstLookup = 2 * time.Second
	// maxBackendNames is the most names of backends that are kept looked up.
	maxBackendNames = 4096
	// maxOtherNames is the most of them that no backend of the plan has.
	maxOtherNames = 512
	// maxHops is how many names of ours may lead to each other.
	maxHops = 8
)

// newHosts makes the names of backends, with what the last run knew of them.
func (n *Node) newHosts() (*hosts, error) {
	h := &hosts{node: n, known: map[dnswire.Name][]netip.Addr{}}
	h.watched.Store(&map[dnswire.Name]bool{})
	h.fresh = n.options.Config.Gateway.BackendRefresh
	var err error
	h.resolver, err = resolver.New(resolver.Options{
		Servers: n.options.Config.Resolver.Servers, MaxNames: 2 * maxBackendNames, Interval: h.fresh, Logger: n.component("backend names"),
	})
	if err != nil {
		return nil, fmt.Errorf("configuring the resolver of backends: %w", err)
	}
	n.steps.push("resolver of backends", h.resolver.Shutdown)
	h.load()
	h.resolver.Start()
	if h.watch, err = h.resolver.Watch(nil, h.learnt); err != nil {
		return nil, fmt.Errorf("watching names of backends: %w", err)
	}
	return h, nil
}

// learnt takes in what a name stands for, and has the backends told.
func (h *hosts) learnt(name dnswire.Name, a resolver.Answer) {
	if len(a.Addrs) > 0 {
		h.mu.Lock()
		h.known[name] = a.Addrs
		h.mu.Unlock()
	}
	h.node.apis.Renew()
}

// follow keeps the names of a plan's backends looked up.
func (h *hosts) follow(c pipeline.Config) error {
	var names []dnswire.Name
	for _, host := range hostsOf(&c) {
		if name, err := dnswire.ParseHostName(strings.TrimPrefix(host, dnsPrefix)); err == nil && len(literal(host)) == 0 {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.plan, h.others = slices.Compact(names), nil
	return h.set()
}

// dnsPrefix is what stands before hosts that are looked up though they may be in
// a zone of ours (backend.Names).
const dnsPrefix = "dns:"

// set has the names watched that are to be. mu is held.
func (h *hosts) set() error {
	names := slices.Concat(h.plan, h.others)
	if len(names) > maxBackendNames {
		return fmt.Errorf("%d names of backends: want at most %d", len(names), maxBackendNames)
	}
	if err := h.watch.Set(names); err != nil {
		return err
	}
	watched := make(map[dnswire.Name]bool, len(names))
	for _, name := range names {
		watched[name] = true
	}
	h.watched.Store(&watched)
	maps.DeleteFunc(h.known, func(name dnswire.Name, _ []netip.Addr) bool {
		return len(h.known) > 2*maxBackendNames && !watched[name]
	})
	return nil
}

// keep has a name watched that no backend of the plan has.
func (h *hosts) keep(name dnswire.Name) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.others) >= maxOtherNames || slices.Contains(h.others, name) {
		return
	}
	h.others = append(h.others, name)
	if err := h.set(); err != nil {
		h.node.log.Warn("name of a backend not watched", "name", name, "error", err)
	}
}

// Addresses implements backend.Names.
func (h *hosts) Addresses(ctx context.Context, host string) ([]netip.Addr, error) {
	if known := literal(host); known != nil {
		return known, nil
	}
	plain, looked := strings.CutPrefix(host, dnsPrefix)
	name, err := dnswire.ParseHostName(plain)
	if err != nil {
		return nil, err
	}
	for range maxHops {
		if looked {
			return h.lookedUp(ctx, name)
		}
		answer, ours := h.decide(name)
		switch {
		case !ours:
			return h.lookedUp(ctx, name)
		case answer.alias == "":
			return answer.addrs, answer.err
		}
		name = answer.alias
	}
	return nil, fmt.Errorf("%s: its names lead to each other: want at most %d", host, maxHops)
}

// Refresh implements backend.Names.
func (h *hosts) Refresh(host string) <-chan struct{} {
	name, err := dnswire.ParseHostName(strings.TrimPrefix(host, dnsPrefix))
	if err != nil {
		return nil
	}
	return h.resolver.Refresh(name)
}

// lookedUp returns what is known of a name that is not ours.
func (h *hosts) lookedUp(ctx context.Context, name dnswire.Name) ([]netip.Addr, error) {
	watched := (*h.watched.Load())[name]
	if a, ok := h.resolver.Cached(name); ok && watched {
		return h.answered(name, a.Addrs, a.Err)
	}
	if last := h.last(name); last != nil {
		if !watched {
			h.keep(name)
		}
		return last, nil
	}
	ctx, cancel := context.WithTimeout(ctx, firstLookup)
	defer cancel()
	a, err := h.resolver.Lookup(ctx, name)
	if !watched && len(a.Addrs) > 0 { // names that clients make up are not kept
		h.keep(name)
	}
	return h.answered(name, a.Addrs, err)
}

// answered is what a name stands for, by what its servers say: nothing, where
// they say so; what was known last, where they say nothing.
func (h *hosts) answered(name dnswire.Name, addrs []netip.Addr, err error) ([]netip.Addr, error) {
	var failed *resolver.Error
	switch {
	case len(addrs) > 0:
		return addrs, nil
	case errors.As(err, &failed) && failed.Kind.Definite():
		return nil, nil
	}
	if last := h.last(name); last != nil {
		return last, nil
	}
	return nil, err
}

// last returns the addresses that a name had last.
func (h *hosts) last(name dnswire.Name) []netip.Addr {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.known[name]
}

// isLocalhost reports whether a host is this machine by its name.
func isLocalhost(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}
