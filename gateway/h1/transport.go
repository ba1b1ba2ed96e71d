package h1

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"net/http/httptrace"
	"time"
)

// Transport speaks HTTP/1.1 to one address. It may be used by many goroutines.
type Transport struct {
	o       Options
	pool    pool
	buffers buffers // heads, and what connections read into
	bodies  buffers // what request bodies are copied through
}

// New returns a Transport that has no connections yet.
func New(o Options) *Transport {
	o = o.withDefaults()
	return &Transport{
		o:       o,
		pool:    pool{most: o.MaxIdle, after: max(o.IdleTimeout, 0)},
		buffers: buffers{size: o.BufferSize},
		bodies:  buffers{size: bodyBuffer},
	}
}

// errNoDial says that Options.Dial is missing.
var errNoDial = errors.New("no Dial in the options")

// RoundTrip implements http.RoundTripper. Scheme and host of the URL are not
// looked at, but for the Host field of a request that has none. A connection
// that was kept and turns out to be closed is replaced once, where sending again
// is harmless: nothing was sent, or the method is idempotent and nothing came.
//
// Errors: *RequestError, *ConnectError (no byte was sent), *BodyError,
// *AnswerError, *TimeoutError, the cause of the context's end, or what the
// connection failed with.
func (t *Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Context().Err() != nil {
		closeBody(r)
		return nil, context.Cause(r.Context())
	}
	m, err := t.compose(r)
	if err != nil {
		closeBody(r)
		return nil, err
	}
	res, err := t.carry(r, m)
	if !m.handed { // else the sender does this
		t.buffers.put(m.out)
		closeBody(r)
	}
	return res, err
}

func closeBody(r *http.Request) {
	if r.Body != nil {
		r.Body.Close()
	}
}

// carry sends a message over a kept connection, or else over a new one.
func (t *Transport) carry(r *http.Request, m *message) (*http.Response, error) {
	trace := httptrace.ContextClientTrace(r.Context())
	if trace != nil && trace.GetConn != nil {
		trace.GetConn(r.URL.Host)
	}
	if c, at := t.kept(); c != nil {
		res, again, err := t.attempt(r, m, c, at, trace)
		if !again {
			return res, err
		}
	}
	c, err := t.dial(r.Context())
	if err != nil {
		return nil, err
	}
	res, _, err := t.attempt(r, m, c, time.Now(), trace)
	return res, err
}

// attempt carries a message over one connection. again: it was stale, and
// another one may be tried.
func (t *Transport) attempt(r *http.Request, m *message, c *conn, at time.Time, trace *httptrace.ClientTrace) (res *http.Response, again bool, err error) {
	x := &exchange{r: r, t: t, c: c, m: m, at: at, trace: trace}
	if trace != nil && trace.GotConn != nil {
		info := httptrace.GotConnInfo{Conn: c.nc, Reused: c.reused, WasIdle: c.reused}
		if c.reused {
			info.IdleTime = time.Since(c.idle)
		}
		trace.GotConn(info)
	}
	if res, err = x.run(); err == nil {
		return res, false, nil
	}
	again = x.stale(err)
	x.finish(false)
	return nil, again, err
}

// stale reports whether an exchange failed because its kept connection had been
// closed, and may be made again.
func (x *exchange) stale(err error) bool {
	var timeout *TimeoutError
	if !x.c.reused || x.began || x.m.body != nil || x.r.Context().Err() != nil || errors.As(err, &timeout) {
		return false
	}
	return x.m.again || x.untouched
}

// kept returns a connection that may be used again, and the time; nil where there
// is none.
func (t *Transport) kept() (*conn, time.Time) {
	for {
		c := t.pool.take()
		if c == nil {
			return nil, time.Time{}
		}
		now := time.Now()
		if (t.pool.after == 0 || now.Sub(c.idle) < t.pool.after) && c.fresh(now) {
			c.reused, c.in = true, t.buffers.get()
			return c, now
		}
		c.close()
	}
}

func (t *Transport) dial(ctx context.Context) (*conn, error) {
	if t.o.Dial == nil {
		return nil, &ConnectError{Err: errNoDial}
	}
	nc, err := t.o.Dial(ctx)
	if err != nil {
		return nil, &ConnectError{Err: err}
	}
	c := newConn(t, nc)
	c.in = t.buffers.get()
	t.pool.entered(c)
	return c, nil
}

// lifetime is until when a connection made now may serve; zero: without end.
func (t *Transport) lifetime() time.Time {
	if t.o.MaxAge <= 0 {
		return time.Time{}
	}
	return time.Now().Add(t.o.MaxAge - time.Duration(rand.Int64N(int64(t.o.MaxAge)/10+1)))
}

// keep puts a connection that is idle since at into the pool, or closes it.
func (t *Transport) keep(c *conn, at time.Time, trace *httptrace.ClientTrace) {
	t.buffers.put(c.in)
	c.in, c.idle = nil, at
	kept := t.pool.put(c)
	if !kept {
		c.close()
	}
	if trace != nil && trace.PutIdleConn != nil {
		var err error
		if !kept {
			err = errNotKept
		}
		trace.PutIdleConn(err)
	}
}

// errNotKept says that there is no place for a connection.
var errNotKept = errors.New("enough connections are kept, or none is to be")

// CloseIdleConnections closes the connections that no request uses, and those in
// use as soon as they are free, until the next request comes.
func (t *Transport) CloseIdleConnections() {
	for _, c := range t.pool.turn(false) {
		c.close()
	}
}

// Shutdown closes every connection that is free, or becomes so, and waits for
// those in use and for what sends over them. When ctx ends it closes them all
// and returns why.
func (t *Transport) Shutdown(ctx context.Context) error {
	for _, c := range t.pool.turn(true) {
		c.close()
	}
	return t.pool.wait(ctx)
}
