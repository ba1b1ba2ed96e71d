package h1

import (
	"context"
	"errors"
	"net/http"
)

// Transport speaks HTTP/1.1 to one address. It may be used by many goroutines.
type Transport struct {
	o Options
}

// New returns a Transport that has no connections yet.
func New(o Options) *Transport { return &Transport{o: o.withDefaults()} }

// RoundTrip implements http.RoundTripper.
func (t *Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	return nil, &ConnectError{Err: errors.ErrUnsupported}
}

// CloseIdleConnections closes the connections that no request uses, and those in
// use as soon as they are free, until the next request comes.
func (t *Transport) CloseIdleConnections() {}

// Shutdown closes every connection that is free, or becomes so, and waits for
// those in use, until ctx ends.
func (t *Transport) Shutdown(ctx context.Context) error { return ctx.Err() }
