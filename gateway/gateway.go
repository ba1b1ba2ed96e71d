package gateway

import (
	"context"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// Gateway is the HTTP side of one node.
type Gateway struct {
	o         Options
	fronts    []*front
	relays    *front // nil: none
	certs     *certificates
	account   *account
	members   *members
	presence  presence
	log       *slog.Logger
	quietLog  *log.Logger // for what net/http has to say about clients
	access    *accessLog  // nil: none
	via       via
	buffers   buffers
	tunnels   tunnels
	under     tracker      // requests being handled
	relaying  atomic.Int64 // relays under way
	serving   sync.WaitGroup
	cancel    context.CancelFunc // of every request, tunnels included
	closing   chan struct{}      // closed by Shutdown
	shutdown  sync.Once
	shutdownE error
}

// New validates the options and binds. A failed New leaves nothing bound but
// Options.Relays, which stays the caller's until New succeeds.
func New(o Options) (*Gateway, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	o = o.withDefaults()
	certs, err := loadCertificates(o.Certificates, o.Logger)
	if err != nil {
		return nil, err
	}
	g := &Gateway{
		o: o, certs: certs, account: newAccount(), members: newMembers(), log: o.Logger,
		quietLog: slog.NewLogLogger(o.Logger.Handler(), slog.LevelDebug),
		closing:  make(chan struct{}),
		via:      newVia(o.Node, o.Location),
		access:   newAccessLog(o.AccessLog, o.Limits.LogRate),
	}
	ctx, cancel := context.WithCancel(context.Background())
	g.cancel = cancel
	if err := g.bind(ctx); err != nil {
		cancel()
		return nil, errors.Join(err, g.unbind())
	}
	if err := g.register(o.Registerer); err != nil {
		cancel()
		return nil, errors.Join(fmt.Errorf("registering gateway metrics: %w", err), g.unbind())
	}
	return g, nil
}

func (g *Gateway) bind(ctx context.Context) error {
	for _, l := range g.o.Listen {
		bound, err := (&net.ListenConfig{}).Listen(ctx, "tcp", l.Address)
		if err != nil {
			return fmt.Errorf("binding gateway listener %q: %w", l.Address, err)
		}
		g.fronts = append(g.fronts, g.newFront(ctx, l, bound))
	}
	if g.o.Relays != nil {
		g.relays = g.newRelayFront(ctx, g.o.Relays)
	}
	return nil
}

// unbind closes what bind bound; not the relay listener.
func (g *Gateway) unbind() error {
	var errs []error
	for _, f := range g.fronts {
		errs = append(errs, f.crowd.Close())
	}
	return errors.Join(errs...)
}

// Start serves until Shutdown.
func (g *Gateway) Start() error {
	for _, f := range g.all() {
		g.serving.Go(func() { f.serve(g.log) })
	}
	g.access.start()
	if g.certs != nil {
		g.serving.Go(func() { g.certs.watch(g.o.Limits.Reload, g.closing) })
	}
	return nil
}

// Addrs returns the bound addresses, in the order of Options.Listen.
func (g *Gateway) Addrs() []net.Addr {
	var out []net.Addr
	for _, f := range g.fronts {
		out = append(out, f.crowd.Addr())
	}
	return out
}

func (g *Gateway) all() []*front {
	if g.relays == nil {
		return g.fronts
	}
	return append(g.fronts[:len(g.fronts):len(g.fronts)], g.relays)
}

// Leave is the way out of a node that others stand in for: its status paths
// say leaving, open connections are told to go elsewhere, spread over the
// time, and what still comes is relayed as Router says, for the largest TTL of
// our names and Limits.Linger more. Then, or when ctx ends, the listeners of
// clients close and Leave returns; Shutdown comes next.
func (g *Gateway) Leave(ctx context.Context, ttl time.Duration) error {
	wait := ttl + g.o.Limits.Linger
	g.presence.leave(time.Now(), wait)
	timer := time.NewTimer(wait)
	defer timer.Stop()
	var err error
	select {
	case <-timer.C:
	case <-g.closing:
	case <-ctx.Done():
		err = fmt.Errorf("leaving as a gateway: %w", ctx.Err())
	}
	for _, f := range g.fronts {
		f.stop()
	}
	return err
}

// Shutdown drains: no new connection, who asks within the farewell is told to go
// elsewhere, the requests under way are served to their end, then tunnels are
// closed. When ctx ends, what is left is cut off; tunnels hear of it all the
// same. A second call returns what the first one did.
func (g *Gateway) Shutdown(ctx context.Context) error {
	g.shutdown.Do(func() { g.shutdownE = g.drain(ctx) })
	return g.shutdownE
}
