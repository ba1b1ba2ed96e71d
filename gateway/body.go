package gateway

import (
	"errors"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

// body is a request's body on its way through: it must keep moving, and its
// announced trailers go with it.
type body struct {
	io.ReadCloser
	x        *exchange
	source   http.Header // where the server puts trailers
	progress watch
	least    *pace
	trailer  atomic.Pointer[http.Header] // where they go
	asked    atomic.Bool                 // for its first byte
	ended    atomic.Bool
	failed   atomic.Bool
	garbled  atomic.Bool // failed, though the client is there
}

// newBody watches the body of r. Only what has a declared length must keep a
// rate: a stream of unknown length may be slow for good reasons.
func newBody(x *exchange, r *http.Request) *body {
	b := &body{ReadCloser: r.Body, x: x, source: r.Trailer}
	if r.ContentLength > 0 && !x.arrival.Relayed {
		b.least = &pace{grace: x.g.o.Limits.BodyGrace, rate: x.g.o.Limits.BodyRate}
	}
	return b
}

// Read implements io.Reader.
func (b *body) Read(p []byte) (int, error) {
	b.asked.Store(true)
	b.progress.begin(b.x.g.o.Limits, func() { _ = b.x.rest().SetReadDeadline(time.Unix(1, 0)) }, b.least)
	n, err := b.ReadCloser.Read(p)
	b.progress.done(n)
	switch {
	case err == nil:
	case errors.Is(err, io.EOF):
		b.end()
	default:
		b.garbled.Store(b.x.r.ProtoMajor < 2 && !brokenOff(err))
		b.failed.Store(true)
	}
	return n, err
}

// brokenOff reports whether a body failed because its client stopped, and not
// because of what it sent.
func brokenOff(err error) bool {
	var network net.Error
	return errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &network) || errors.Is(err, net.ErrClosed) || errors.Is(err, http.ErrBodyReadAfterClose)
}

// end hands the announced trailers on. The reader of the body reads them after
// this.
func (b *body) end() {
	if b.ended.Swap(true) {
		return
	}
	out := b.trailer.Load()
	if out == nil {
		return
	}
	for name := range *out {
		(*out)[name] = b.source[name]
	}
}

// finish ends the watch. What the client has not sent yet the server throws
// away before the next request: not for longer than a header may take.
func (b *body) finish() {
	if b == nil {
		return
	}
	b.progress.stop()
	if b.ended.Load() || b.x.r.ProtoMajor >= 2 || b.x.w.tunnel {
		return
	}
	until := time.Now().Add(b.x.g.o.Limits.Header)
	if !b.asked.Load() && b.x.r.Header.Get("Expect") != "" {
		until = time.Unix(1, 0) // the client waits to be asked, and is not: the connection closes
	}
	_ = b.x.rest().SetReadDeadline(until) // a closed connection has no deadline
}

// slow reports whether the client sent too slowly.
func (b *body) slow() bool { return b != nil && b.progress.expired() }

// malformed reports whether the body is not framed as it should be.
func (b *body) malformed() bool { return b != nil && b.garbled.Load() }

// broken reports whether the client stopped in the middle.
func (b *body) broken() bool { return b != nil && b.failed.Load() && !b.slow() }
