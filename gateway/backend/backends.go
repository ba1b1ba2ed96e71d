package backend

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Backends owns what outlives a plan: breakers, addresses, connections,
// schedules, orders and counts, each by its identity.
type Backends struct {
	options Options
	metrics *collector
	cancel  context.CancelFunc
	running sync.WaitGroup
	renewed chan struct{} // names may stand for something else
	current atomic.Pointer[Set]

	mu      sync.Mutex
	parts   parts
	orders  map[string]Order // by name in lower case
	ordered uint64           // changes of orders and parts
	adhoc   adhoc
}

// parts are what Sets share, by identity.
type parts struct {
	circuits map[string]*circuit
	origins  map[string]*origin
	rotors   map[string]*rotor
	budgets  map[string]*budget
	counts   map[string]*counts
}

func newParts() parts {
	return parts{map[string]*circuit{}, map[string]*origin{}, map[string]*rotor{}, map[string]*budget{}, map[string]*counts{}}
}

// New returns Backends without a plan. They watch over addresses and breakers
// until Shutdown.
func New(o Options) (*Backends, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	b := &Backends{options: o.orDefaults(), parts: newParts(), adhoc: newAdhoc(), renewed: make(chan struct{}, 1)}
	b.current.Store(&Set{owner: b})
	b.metrics = newCollector(b)
	if o.Registerer != nil {
		if err := o.Registerer.Register(b.metrics); err != nil {
			return nil, fmt.Errorf("registering metrics of backends: %w", err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	b.cancel = cancel
	b.running.Add(1)
	go b.sweep(ctx)
	return b, nil
}

func (o Options) orDefaults() Options {
	if o.Near == nil {
		o.Near = func(string) int { return 0 }
	}
	if o.Transport == nil {
		o.Transport = newClient
	}
	if o.Allowed == nil {
		o.Allowed = func(netip.Addr) error { return nil }
	}
	if o.Dial == nil {
		o.Dial = dialTCP
	}
	return o
}

// Build makes a plan's Set, and takes it to be the live one: nothing that can
// fail should follow. Backends and pools that are as before keep everything; a
// changed rule gets a new breaker, a changed host new addresses. Earlier sets go
// on working until their requests have ended. An error leaves everything as it
// was.
func (b *Backends) Build(c Config) (*Set, error) {
	if err := c.validate(b.options.Names != nil); err != nil {
		return nil, err
	}
	near := map[string]int{}
	for _, one := range c.Backends {
		near[one.Region] = b.options.Near(one.Region)
	}
	b.mu.Lock()
	before, next := b.parts, newParts()
	s, err := b.assemble(c, near, before, next)
	if err != nil {
		b.mu.Unlock()
		return nil, err
	}
	b.parts = next
	b.current.Store(s)
	b.ordered++
	b.mu.Unlock()
	b.obey()
	now := time.Now()
	for _, e := range s.ends {
		if e.origin.lookup == "" {
			e.origin.look(context.Background(), now)
		}
	}
	for key, o := range before.origins {
		if next.origins[key] != o {
			o.retire()
		}
	}
	return s, nil
}

// Order sets what operators want, by names of backends; who is missing has no
// order.
func (b *Backends) Order(orders map[string]Order) {
	lower := make(map[string]Order, len(orders))
	for name, o := range orders {
		lower[strings.ToLower(name)] = o
	}
	b.mu.Lock()
	b.orders = lower
	b.ordered++
	b.mu.Unlock()
	b.obey()
}

// obey gives each circuit its order. It starts over where orders or circuits
// changed meanwhile, so that the newest hold however calls overlap.
func (b *Backends) obey() {
	for {
		b.mu.Lock()
		orders, circuits, version := b.orders, b.parts.circuits, b.ordered
		b.mu.Unlock()
		now := time.Now()
		for _, c := range circuits {
			if o, ok := orders[strings.ToLower(c.name)]; ok {
				c.obey(&o, now)
			} else {
				c.obey(nil, now)
			}
		}
		b.mu.Lock()
		done := version == b.ordered
		b.mu.Unlock()
		if done {
			return
		}
	}
}

// watched returns what the sweep looks after.
func (b *Backends) watched() (circuits []*circuit, origins []*origin) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range b.parts.circuits {
		circuits = append(circuits, c)
	}
	for _, o := range b.parts.origins {
		origins = append(origins, o)
	}
	return circuits, append(origins, b.adhoc.origins()...)
}

// Shutdown closes idle connections, now and whenever one becomes idle, and waits
// for the lookups under way. Requests may go on.
func (b *Backends) Shutdown(ctx context.Context) error {
	b.cancel()
	done := make(chan struct{})
	go func() {
		b.running.Wait()
		close(done)
	}()
	_, origins := b.watched()
	for _, o := range origins {
		o.retire()
	}
	if b.options.Registerer != nil {
		b.options.Registerer.Unregister(b.metrics)
	}
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("waiting for lookups of backends: %w", ctx.Err())
	}
}
