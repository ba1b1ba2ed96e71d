package resolver

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/miekg/dns"

	"meridian/dnswire"
)

// maxFlights is the most names looked up at one time.
const maxFlights = 256

// Resolver looks names up and remembers them. All methods may be called from
// any number of goroutines.
type Resolver struct {
	opts    Options
	rules   rules
	client  Client
	servers servers
	conf    *resolvConf // nil with configured servers
	metrics *metrics
	log     *slog.Logger
	quiet   quiet
	flights chan struct{} // a slot for each lookup under way
	run     func(func(context.Context))
	cancel  context.CancelFunc
	tasks   sync.WaitGroup

	mu      sync.RWMutex
	entries map[dnswire.Name]*entry
	started bool
	closed  bool
}

// New makes a resolver that looks up on demand. Watched names are kept fresh
// once Start was called.
func New(opts Options) (*Resolver, error) {
	opts.setDefaults()
	if err := opts.validate(); err != nil {
		return nil, fmt.Errorf("resolver options: %w", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	r := &Resolver{
		opts:    opts,
		rules:   rules{opts.MinTTL, opts.MaxTTL, opts.StaleFor, opts.Interval},
		client:  Client{Timeout: opts.Timeout, Dial: opts.Dial},
		log:     opts.Logger,
		flights: make(chan struct{}, maxFlights),
		cancel:  cancel,
		entries: map[dnswire.Name]*entry{},
	}
	r.run = func(task func(context.Context)) { r.tasks.Go(func() { task(ctx) }) }
	r.servers.set(opts.Servers)
	if len(opts.Servers) == 0 {
		r.conf = &resolvConf{path: opts.ResolvConf}
		r.servers.set(parseResolvConf(""))
		r.pollServers()
	}
	var err error
	if r.metrics, err = newMetrics(r, opts.Registerer); err != nil {
		cancel()
		return nil, fmt.Errorf("registering resolver metrics: %w", err)
	}
	return r, nil
}

// Start begins to keep watched names fresh.
func (r *Resolver) Start() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.started || r.closed {
		return
	}
	r.started = true
	for _, e := range r.entries {
		if len(e.subs) > 0 {
			r.startKeeping(e)
		}
	}
}

// Shutdown gives up everything under way and returns when nothing of this
// resolver runs any more, or with ctx's error.
func (r *Resolver) Shutdown(ctx context.Context) error {
	r.mu.Lock()
	r.closed = true
	r.mu.Unlock()
	r.cancel()
	done := make(chan struct{})
	go func() { r.tasks.Wait(); close(done) }()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("waiting for lookups to end: %w", ctx.Err())
	}
}

// Lookup returns the addresses of a name: at once when they are fresh or the
// name is watched and known, else after asking. With an error there are no
// addresses, and it is an *Error; stale addresses come without one, their
// reason is Answer.Err. While Lookup waits, ctx can end it.
func (r *Resolver) Lookup(ctx context.Context, name dnswire.Name) (Answer, error) {
	e, answer, flight, err := r.look(name)
	if err != nil {
		return Answer{}, err
	}
	if flight != nil {
		select {
		case <-flight:
		case <-ctx.Done():
		}
		answer = r.answer(e)
	}
	switch {
	case len(answer.Addrs) > 0:
		return answer, nil
	case answer.Err == nil:
		answer.Err = &Error{Name: name, Kind: Canceled, Detail: canceledDetail(ctx)}
	}
	return answer, answer.Err
}

func canceledDetail(ctx context.Context) string {
	if err := ctx.Err(); err != nil {
		return err.Error()
	}
	return "the resolver is shutting down"
}

// Cached returns what is known of a name without asking; ok is false when
// nothing is.
func (r *Resolver) Cached(name dnswire.Name) (answer Answer, ok bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	e := r.entries[name]
	if e == nil || !e.asked() {
		return Answer{}, false
	}
	answer = merge(time.Now(), e.both, r.rules)
	return answer, len(answer.Addrs) > 0 || answer.Err != nil
}

func (r *Resolver) answer(e *entry) Answer {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return merge(time.Now(), e.both, r.rules)
}

// pollServers takes the servers from resolv.conf if that has changed.
func (r *Resolver) pollServers() {
	if r.conf == nil {
		return
	}
	addrs, changed, err := r.conf.poll(time.Now())
	if err != nil {
		r.log.Warn("resolver configuration not read, servers stay", "error", err)
	}
	if changed {
		r.servers.set(addrs)
		r.log.Info("resolver configuration read", "servers", addrs)
	}
}

// refresh asks for the families that are due, in a task of its own. The
// channel is closed when the results are in; nil after Shutdown. r.mu is held.
func (r *Resolver) refresh(e *entry) <-chan struct{} {
	if e.flight != nil || r.closed {
		return e.flight
	}
	flight := make(chan struct{})
	e.flight = flight
	due, shifts := e.dueFamilies(time.Now()), [2]int{e.both[0].shift(), e.both[1].shift()}
	r.run(func(ctx context.Context) {
		results := r.lookupFamilies(ctx, e.name, due, shifts)
		r.mu.Lock()
		defer r.mu.Unlock()
		chance := rand.Float64()
		for i, got := range results {
			if due[i] && (got.err == nil || got.err.Kind != Canceled) {
				e.both[i].apply(time.Now(), got, chance, r.rules)
			}
		}
		e.flight = nil
		close(flight)
	})
	return flight
}

// lookupFamilies asks for A and AAAA at the same time. Aliases and TCP included
// it takes at most twice Attempts × Timeout.
func (r *Resolver) lookupFamilies(ctx context.Context, name dnswire.Name, due [2]bool, shifts [2]int) (results [2]result) {
	select {
	case r.flights <- struct{}{}:
		defer func() { <-r.flights }()
	case <-ctx.Done():
		canceled := result{err: &Error{Name: name, Kind: Canceled}}
		return [2]result{canceled, canceled}
	}
	r.pollServers()
	ctx, cancel := context.WithTimeout(ctx, r.budget())
	defer cancel()
	var both sync.WaitGroup
	for i, rrtype := range [2]uint16{dns.TypeA, dns.TypeAAAA} {
		if due[i] {
			both.Go(func() { results[i] = r.lookup(ctx, name, rrtype, shifts[i]) })
		}
	}
	both.Wait()
	return results
}
