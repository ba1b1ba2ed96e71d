package gateway

import (
	"errors"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

// frameHead is what an octet of a body may have come with, alone in its frame of
// HTTP/2; in its chunk it is less.
const frameHead = 9

// body is a request's body on its way through: it must keep moving, and its
// announced trailers go with it.
type body struct {
	from     io.Reader
	x        *exchange
	source   http.Header // where the server puts trailers; nil: none are announced
	trailer  http.Header // where they go
	progress watch
	least    *pace
	read     atomic.Int64 // bytes
	asked    atomic.Bool  // for its first byte
	ended    atomic.Bool
	failed   atomic.Bool
	garbled  atomic.Bool // failed, though the client is there
	over     atomic.Bool // the exchange: there is nothing to read any more
	expected atomic.Bool // HTTP/2: the connection may hold much of it
}

// takeBody puts a body between the server's and who reads it. Only what has a
// declared length must keep a rate: a stream of unknown length may be slow for
// good reasons.
func (x *exchange) takeBody() {
	b := &x.reader
	b.from, b.x = x.in.Body, x
	if x.in.ContentLength > 0 && !x.arrival.Relayed {
		b.least = &pace{grace: x.g.o.Limits.BodyGrace, rate: x.g.o.Limits.BodyRate}
	}
	if len(x.in.Trailer) > 0 {
		b.source, b.trailer = x.in.Trailer, http.Header{}
		for name := range x.in.Trailer {
			if trailing(name) {
				b.trailer[name] = nil
			}
		}
		x.r.Trailer = b.trailer
	}
	if x.in.ProtoMajor >= 2 {
		b.expected.Store(true)
		x.conn.debt.bodies.Add(1)
	}
	x.body, x.r.Body = b, b
}

// Close implements io.Closer. It ends nothing: another attempt may read on, and
// the server closes its own body after us, when the answer is out.
func (b *body) Close() error { return nil }

// Read implements io.Reader.
func (b *body) Read(p []byte) (int, error) {
	if b.over.Load() {
		return 0, http.ErrBodyReadAfterClose
	}
	b.asked.Store(true)
	b.progress.begin(b.x.g.o.Limits, func() { _ = b.x.rest().SetReadDeadline(time.Unix(1, 0)) }, b.least)
	n, err := b.from.Read(p)
	b.progress.done(n)
	b.read.Add(int64(n))
	b.x.conn.debt.pay(int64(n + n*frameHead + frameRoom))
	switch {
	case err == nil:
	case errors.Is(err, io.EOF):
		b.end()
	default:
		b.garbled.Store(b.x.in.ProtoMajor < 2 && !brokenOff(err))
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
	b.settle()
	for name := range b.trailer {
		b.trailer[name] = b.source[name]
	}
}

// settle notes that no more of it is to come.
func (b *body) settle() {
	if b.expected.Swap(false) {
		b.x.conn.debt.bodies.Add(-1)
	}
}

// finish ends the watch. What the client has not sent yet the server throws
// away before the next request: not for longer than a header may take.
func (b *body) finish() {
	if b == nil {
		return
	}
	b.over.Store(true)
	b.progress.stop()
	if !b.ended.Load() && b.x.in.ProtoMajor >= 2 {
		b.x.conn.debt.grant()
	}
	b.settle()
	if b.ended.Load() || b.x.in.ProtoMajor >= 2 || b.x.w.tunnel {
		return
	}
	until := time.Now().Add(b.x.g.o.Limits.Header)
	if !b.asked.Load() && len(b.x.r.Header["Expect"]) > 0 {
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

// size is how much of it was read.
func (b *body) size() int64 {
	if b == nil {
		return 0
	}
	return b.read.Load()
}
