package h1

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptrace"
	"os"
	"sync"
	"time"
)

const (
	// patience is how long a read waits, or up to twice as long, before anything
	// else is looked after: the end of the request's context, a head that waits for
	// its body. Answers that come sooner cost neither a goroutine nor a registration.
	patience = 10 * time.Millisecond

	// small is what a socket takes without waiting when nothing else is in it.
	small = 4 << 10
)

// exchange is one request with its answer on one connection. It is the answer's
// Body.
type exchange struct {
	res   http.Response
	r     *http.Request
	t     *Transport
	c     *conn
	m     *message
	trace *httptrace.ClientTrace // nil: none

	heads     int // octets of heads and trailers so far
	began     bool
	frozen    bool        // only what has come is read
	close     bool        // the connection cannot serve on
	at        time.Time   // the last look at the clock, of an exchange that is not watched
	untouched bool        // no octet was sent
	watched   bool        // written under mu
	stop      func() bool // of the watch; nil: the context cannot end

	sender *sender   // nil: there is none
	until  time.Time // a held body waits

	mu       sync.Mutex // of what follows
	held     bool       // the body waits for a 100
	sent     time.Time  // when the request was written; zero: not yet
	answered bool       // the head is there
	reading  bool
	closed   bool

	body chunks
	left int64
	form form
	err  error // of Read, for good
	te   [1]string
}

// watch makes the end of the context end the connection.
func (x *exchange) watch() {
	x.mu.Lock()
	x.watched = true
	x.mu.Unlock()
	if x.r.Context().Done() != nil {
		x.stop = context.AfterFunc(x.r.Context(), x.c.abort)
	}
	x.arm()
}

// arm sets the deadline of a watched exchange for what it waits for.
func (x *exchange) arm() {
	x.mu.Lock()
	defer x.mu.Unlock()
	var at time.Time
	switch {
	case x.held:
		at = x.until
	case !x.answered && !x.sent.IsZero() && x.t.o.ResponseHeaderTimeout > 0:
		at = x.sent.Add(x.t.o.ResponseHeaderTimeout)
	case !x.c.timed:
		return
	}
	x.c.timed, x.c.due = !at.IsZero(), time.Time{}
	_ = x.c.nc.SetReadDeadline(at) // a closed connection says so when it is read
}

// wrote notes that the request is on its way.
func (x *exchange) wrote(at time.Time, err error) {
	x.mu.Lock()
	x.sent = at
	again := x.watched && !x.answered
	x.mu.Unlock()
	if again {
		x.arm()
	}
	if x.trace != nil && x.trace.WroteRequest != nil {
		x.trace.WroteRequest(httptrace.WroteRequestInfo{Err: err})
	}
}

// receive reads once, and returns when there is something.
func (x *exchange) receive(p []byte) (int, error) {
	for {
		if !x.watched {
			x.at = time.Now()
			if x.c.soon(x.at) != nil {
				x.watch()
			}
		}
		n, err := x.c.nc.Read(p)
		if n > 0 {
			x.first()
			return n, nil
		}
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			return 0, x.cause(err)
		}
		if err := x.late(); err != nil {
			return 0, err
		}
	}
}

// late is what comes of a read that has waited for as long as it should.
func (x *exchange) late() error {
	switch {
	case !x.watched:
		x.watch()
		x.sender.flush()
		return nil
	case x.held: // written by the reader only
		x.release()
		return nil
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	after := x.t.o.ResponseHeaderTimeout
	if x.answered || x.sent.IsZero() || after <= 0 || time.Since(x.sent) < after {
		return nil
	}
	return &TimeoutError{After: after}
}

func (x *exchange) first() {
	if x.began {
		return
	}
	x.began = true
	if x.trace != nil && x.trace.GotFirstResponseByte != nil {
		x.trace.GotFirstResponseByte()
	}
}

// cause says why the connection failed: because the context ended, because the
// body could not be read, or of itself.
func (x *exchange) cause(err error) error {
	if x.r.Context().Err() != nil {
		return context.Cause(x.r.Context())
	}
	if failed := x.sender.failure(); failed != nil {
		return failed
	}
	return err
}

// fill reads into the buffer, which may grow to limit octets.
func (x *exchange) fill(limit int) error {
	in := x.c.in
	if x.frozen {
		return errFrozen
	}
	if !in.room(limit) {
		return &AnswerError{fmt.Sprintf("more than %d octets of head or chunk line", limit)}
	}
	n, err := x.receive(in.b[in.w:])
	in.w += n
	return err
}

// finish gives the connection up: to the pool where it can serve on.
func (x *exchange) finish(keep bool) {
	if x.stop != nil && !x.stop() {
		keep = false // it is being closed
	}
	if keep && !x.close && x.c.in.r == x.c.in.w && x.sender.ended() {
		if x.watched {
			x.at = time.Now()
		}
		x.t.keep(x.c, x.at, x.trace)
		return
	}
	x.c.close()
}
