package dnsserver

import (
	"context"
	cryptorand "crypto/rand"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Server answers DNS queries on its sockets.
type Server struct {
	options        Options
	listeners      []*listener
	addrs          []netip.AddrPort
	view           atomic.Pointer[View]
	cookies        atomic.Pointer[CookieSecrets]
	limiter        *limiter
	counters       []*counters // one per UDP socket, the last for TCP
	conns          *connTable
	pool           sync.Pool // of *worker, for connections
	workers        atomic.Int64
	lastPanic      atomic.Int64 // second of the last one logged
	lastUnaccepted atomic.Int64 // when a failure to accept was last logged, in nanoseconds since 1970
	collector      *collector
	stop           chan struct{}
	stopOnce       sync.Once
	running        sync.WaitGroup
}

// New binds every address over UDP and TCP. Nothing is answered before Start,
// and nothing but REFUSED before Publish.
func New(o Options) (*Server, error) {
	o = o.withDefaults()
	if err := o.validate(); err != nil {
		return nil, fmt.Errorf("checking options of the dns server: %w", err)
	}
	o.Limits.Connections = o.affordable(descriptorLimit())
	s := &Server{
		options: o, limiter: newLimiter(o.RateLimit, time.Now()),
		conns: newConnTable(o.Limits), stop: make(chan struct{}),
	}
	s.SetCookies(o.Cookies)
	if err := s.bind(); err != nil {
		return nil, errors.Join(err, s.closeSockets())
	}
	s.addCounters()
	s.collector = &collector{server: s}
	if o.Registerer != nil {
		if err := o.Registerer.Register(s.collector); err != nil {
			return nil, errors.Join(fmt.Errorf("registering dns metrics: %w", err), s.closeSockets())
		}
	}
	return s, nil
}

// addCounters gives each UDP socket counters of its own, and all connections
// the last ones.
func (s *Server) addCounters() {
	for _, l := range s.listeners {
		s.addrs = append(s.addrs, l.addr)
		for range l.udp {
			s.counters = append(s.counters, newCounters())
		}
	}
	tcp := newCounters()
	s.counters = append(s.counters, tcp)
	s.pool.New = func() any { return s.newWorker(tcp) }
}

// Start begins to answer.
func (s *Server) Start() {
	next := 0
	for _, l := range s.listeners {
		for _, u := range l.udp {
			w := s.newWorker(s.counters[next])
			next++
			s.running.Go(func() { s.serveUDP(u, w) })
		}
		s.running.Go(func() { s.accept(l.tcp) })
	}
	s.options.Logger.Info("dns server started", "addresses", s.Addrs(), "udp_sockets", next)
}

// Publish makes v what is answered from the next query on.
func (s *Server) Publish(v *View) { s.view.Store(v) }

// SetCookies changes the cookie secrets. A zero Current stands for a random
// one.
func (s *Server) SetCookies(c CookieSecrets) {
	c.Others = slices.Clone(c.Others)
	if c.Current == (CookieSecret{}) {
		_, _ = cryptorand.Read(c.Current[:]) // never fails: it ends the process instead
	}
	s.cookies.Store(&c)
}

// Addrs returns the addresses served, in the order of Options.Listen; UDP and
// TCP have the same.
func (s *Server) Addrs() []netip.AddrPort { return slices.Clone(s.addrs) }

// Shutdown stops reading queries, lets replies under way go out, and closes
// everything. When ctx ends first, connections are cut and its error returned.
// It may be called without Start, and more than once.
func (s *Server) Shutdown(ctx context.Context) error {
	s.stopOnce.Do(func() {
		close(s.stop)
		s.stopReading()
	})
	done := make(chan struct{})
	go func() {
		s.running.Wait()
		close(done)
	}()
	var err error
	select {
	case <-done:
	case <-ctx.Done():
		err = fmt.Errorf("draining dns connections: %w", ctx.Err())
		s.conns.cut()
		<-done
	}
	if s.options.Registerer != nil {
		s.options.Registerer.Unregister(s.collector)
	}
	return errors.Join(err, s.closeSockets())
}

// stopping reports whether Shutdown has begun.
func (s *Server) stopping() bool {
	select {
	case <-s.stop:
		return true
	default:
		return false
	}
}

// pause waits a moment, less if the server stops.
func (s *Server) pause(d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-s.stop:
	case <-t.C:
	}
}
