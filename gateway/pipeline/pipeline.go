package pipeline

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"

	"meridian/gateway/backend"
	"meridian/gateway/breaker"
)

// Pipeline serves requests by the newest generation. It is an
// http.RoundTripper and safe for use by any number of goroutines.
type Pipeline struct {
	o        Options
	backends *backend.Backends
	live     atomic.Pointer[generation]
	metrics  *metrics
	watch    watch
}

// New makes a Pipeline that has nothing to serve by yet.
func New(o Options) (*Pipeline, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	o = o.withDefaults()
	m, err := newMetrics(o.Registerer)
	if err != nil {
		return nil, err
	}
	b, err := backend.New(o.Backends)
	if err != nil {
		return nil, err
	}
	return &Pipeline{o: o, backends: b, metrics: m}, nil
}

// Apply serves by another Config from now on. Requests under way end on the
// generation they began with. With an error nothing has changed. It is called by
// one goroutine at a time.
func (p *Pipeline) Apply(c Config) error {
	if err := c.check(); err != nil {
		return err
	}
	t, err := newTable(c.APIs)
	if err != nil {
		return err
	}
	set, err := p.backends.Build(c.Backends)
	if err != nil {
		return err
	}
	g, err := newGeneration(c, t, set)
	if err != nil {
		return err
	}
	p.put(g)
	return nil
}

// put has requests served by a generation from now on.
func (p *Pipeline) put(g *generation) {
	before := p.live.Load()
	g.number = 1
	if before != nil {
		g.number = before.number + 1
	}
	named := map[string]bool{}
	for _, a := range g.table.apis {
		a.counts, named[a.about.Name] = p.metrics.counts(a.about.Name), true
	}
	p.live.Store(g)
	if before == nil {
		return
	}
	for _, a := range before.table.apis {
		if !named[a.about.Name] {
			p.metrics.forget(a.about.Name)
		}
	}
}

// Order sets what operators want of backends, by name; who is missing has no
// order.
func (p *Pipeline) Order(orders map[string]backend.Order) { p.backends.Order(orders) }

// Renew has the names of backends asked for again, beside the caller.
func (p *Pipeline) Renew() { p.backends.Renew() }

// Backends shows the backends of the live generation.
func (p *Pipeline) Backends(now time.Time) []backend.Status {
	g := p.live.Load()
	if g == nil {
		return nil
	}
	return g.set.Status(now)
}

// Breakers shows what is not well of the backends of the live generation.
func (p *Pipeline) Breakers(now time.Time) []breaker.Entry {
	g := p.live.Load()
	if g == nil {
		return nil
	}
	return g.set.Breakers(now)
}

// Silences shows the backends of the live generation that answer nothing.
func (p *Pipeline) Silences(now time.Time) []backend.Silence {
	g := p.live.Load()
	if g == nil {
		return nil
	}
	return g.set.Silences(now)
}

// RoundTrip serves a request. What no backend and no policy answered is an
// error that is a record.Refusal, or the context's.
func (p *Pipeline) RoundTrip(r *http.Request) (*http.Response, error) {
	g := p.live.Load()
	if g == nil {
		return nil, p.refused(r, refusePlanless())
	}
	x := exchange{p: p, g: g, in: r}
	return x.serve()
}

// Shutdown lets go of connections that nobody uses.
func (p *Pipeline) Shutdown(ctx context.Context) error { return p.backends.Shutdown(ctx) }

// Claims reports whether an API has an operation for a request.
func (p *Pipeline) Claims(r *http.Request) bool {
	g := p.live.Load()
	if g == nil {
		return false
	}
	var m match
	return g.find(&m, r)
}
