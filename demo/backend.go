package demo

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"time"
)

// Limits of the HTTP servers.
const (
	headerTime = 5 * time.Second
	maxHeader  = 16 << 10 // octets
)

// web is an HTTP server that knows when it has ended.
type web struct {
	server *http.Server
	addr   string
	done   chan struct{}
}

// serveWeb serves until the listener is closed.
func serveWeb(l net.Listener, h http.Handler) *web {
	w := &web{
		server: &http.Server{Handler: h, ReadHeaderTimeout: headerTime, MaxHeaderBytes: maxHeader},
		addr:   l.Addr().String(), done: make(chan struct{}),
	}
	go func() {
		defer close(w.done)
		_ = w.server.Serve(l) // ends with ErrServerClosed
	}()
	return w
}

// shutdown lets requests under way end.
func (w *web) shutdown(ctx context.Context) error {
	err := w.server.Shutdown(ctx)
	if err != nil {
		_ = w.server.Close() // what did not end in time
	}
	<-w.done
	return err
}

// sample is what the backend answers.
type sample struct {
	Location string `json:"location"`
	Path     string `json:"path"`
	Client   string `json:"client"`
}

// newBackend starts the sample backend of a location on a free port.
func newBackend(p place) (*web, error) {
	l, err := net.Listen("tcp", hostPort(p.Addr, 0))
	if err != nil {
		return nil, err
	}
	return serveWeb(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(sample{p.Display, r.URL.Path, r.Header.Get("X-Forwarded-For")}) // the client is gone
	})), nil
}
