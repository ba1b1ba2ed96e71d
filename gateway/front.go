package gateway

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
)

// front is one listener and the server behind it.
type front struct {
	crowd   *crowd
	server  *http.Server
	tls     bool
	stopped atomic.Bool
}

func (g *Gateway) newFront(ctx context.Context, l Listener, bound net.Listener) *front {
	f := &front{crowd: newCrowd(bound, g.o, &g.account.conns), tls: l.TLS, server: g.newServer(ctx, false)}
	if l.TLS {
		f.server.Protocols.SetUnencryptedHTTP2(false)
		f.server.TLSConfig = g.certs.config(l.ClientCertificates)
	}
	return f
}

// newRelayFront serves proved peers, which send HTTP/1.1 only.
func (g *Gateway) newRelayFront(ctx context.Context, l net.Listener) *front {
	f := &front{crowd: newCrowd(l, g.o, &g.account.conns), server: g.newServer(ctx, true)}
	f.server.Protocols.SetUnencryptedHTTP2(false)
	f.server.IdleTimeout = relayIdle
	return f
}

func (g *Gateway) newServer(ctx context.Context, relays bool) *http.Server {
	limits := g.o.Limits
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(true)
	protocols.SetUnencryptedHTTP2(true)
	return &http.Server{
		Handler:           g.handler(relays),
		Protocols:         protocols,
		ReadHeaderTimeout: limits.Header,
		IdleTimeout:       limits.Idle,
		MaxHeaderBytes:    limits.HeaderBytes,
		ErrorLog:          g.quietLog,
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ConnContext:       connContext,
		HTTP2: &http.HTTP2Config{
			MaxConcurrentStreams: limits.Streams,
			SendPingTimeout:      limits.Stall / 2,
			PingTimeout:          limits.Stall / 4,
			WriteByteTimeout:     limits.Stall,
		},
	}
}

// serve returns when the listener is closed.
func (f *front) serve(log *slog.Logger) {
	var err error
	if f.tls {
		err = f.server.ServeTLS(f.crowd, "", "")
	} else {
		err = f.server.Serve(f.crowd)
	}
	if !errors.Is(err, http.ErrServerClosed) && !f.stopped.Load() {
		log.Error("gateway listener ended", "address", f.crowd.Addr().String(), "error", err)
	}
}

// stop closes the listener, also where Serve was never called; open connections
// stay.
func (f *front) stop() {
	f.stopped.Store(true)
	_ = f.crowd.Close()
}

// connKey is the context key of a request's *conn.
type connKey struct{}

// connContext is an http.Server's ConnContext.
func connContext(ctx context.Context, c net.Conn) context.Context {
	if t, ok := c.(*tls.Conn); ok {
		c = t.NetConn()
	}
	return context.WithValue(ctx, connKey{}, c)
}
