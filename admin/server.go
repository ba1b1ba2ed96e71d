package admin

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
)

// Server is the admin server of one node.
type Server struct {
	http      *http.Server
	listeners []net.Listener
	addr      net.Addr // of the TCP listener; nil without one
	log       *slog.Logger

	closing    chan struct{} // closed by Shutdown: ends event streams, so that draining can end
	serving    sync.WaitGroup
	shutdown   sync.Once
	shutdownOf error // what the first Shutdown returned
}

// New validates the options and binds. A failed New leaves nothing bound.
func New(o Options) (*Server, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	o = o.withDefaults()
	m, err := newMetrics(o.Registerer)
	if err != nil {
		return nil, fmt.Errorf("registering admin metrics: %w", err)
	}
	certificates, err := newCertificates(o.TLS, o.Logger, m.certificates)
	if err != nil {
		return nil, err
	}
	closing := make(chan struct{})
	handler, err := newHandler(o, m, closing, newGate(o, certificates))
	if err != nil {
		return nil, err
	}
	s := &Server{log: o.Logger, closing: closing, http: newHTTP(o, handler)}
	if err := s.bind(o, certificates); err != nil {
		return nil, errors.Join(err, s.Shutdown(context.Background()))
	}
	return s, nil
}

func newHTTP(o Options, handler http.Handler) *http.Server {
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: o.Limits.ReadHeader,
		ReadTimeout:       o.Limits.Read,
		WriteTimeout:      o.Limits.Write,
		IdleTimeout:       o.Limits.Idle,
		MaxHeaderBytes:    o.Limits.Header,
		ConnState:         noteState,
		ConnContext:       withCaller,
		ErrorLog:          slog.NewLogLogger(o.Logger.Handler(), slog.LevelDebug),
	}
}

func (s *Server) bind(o Options, certificates *certificates) error {
	if o.Listen != "" {
		l, beyond, err := listenTCP(o)
		if err != nil {
			return err
		}
		s.addr = l.Addr()
		members := newCrowd(l, o.Limits.Connections)
		members.beyond = beyond
		l = members
		if certificates != nil {
			l = tls.NewListener(members, certificates.config())
		}
		s.listeners = append(s.listeners, l)
	}
	if o.Socket != "" {
		l, err := listenUnix(o.Socket)
		if err != nil {
			return err
		}
		s.listeners = append(s.listeners, newCrowd(l, o.Limits.Connections))
	}
	return nil
}

// Addr returns the bound TCP address; nil when there is only a socket.
func (s *Server) Addr() net.Addr { return s.addr }

// Start serves what New has bound. Connections made since New are answered.
func (s *Server) Start() {
	for _, l := range s.listeners {
		s.serving.Go(func() {
			if err := s.http.Serve(l); !errors.Is(err, http.ErrServerClosed) {
				s.log.Error("admin listener failed", "address", l.Addr().String(), "error", err)
			}
		})
	}
}

// Shutdown stops accepting, ends event streams, waits for requests until the
// context ends, and then cuts them off. Further calls return the same.
func (s *Server) Shutdown(ctx context.Context) error {
	s.shutdown.Do(func() {
		close(s.closing)
		var errs []error
		if err := s.http.Shutdown(ctx); err != nil {
			errs = append(errs, fmt.Errorf("draining admin requests: %w", err), s.http.Close())
		}
		for _, l := range s.listeners { // those Start never gave to the HTTP server
			if err := l.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
				errs = append(errs, fmt.Errorf("closing admin listener: %w", err))
			}
		}
		s.serving.Wait()
		s.shutdownOf = errors.Join(errs...)
	})
	return s.shutdownOf
}
