package gateway

import (
	"errors"
	"net/http"
	"sync/atomic"
	"time"
)

// What a client may send that is neither a request nor a body: pings, settings,
// window updates, padding. net/http bounds what it queues for a client that
// does not read; it answers one that does for as long as it likes.
const (
	maxDebt         = 2 << 20     // above what may wait unread in HTTP/2's window, 1 MiB
	bareDebt        = 128 << 10   // beside two headers, where no body is on its way
	doubt           = time.Second // for a handler to say that there is a body
	streamWindow    = 1 << 20     // of net/http
	debtPerSecond   = 16 << 10    // is forgiven: 963 pings
	frameRoom       = 64          // beside a piece of a body
	requestRoom     = 512         // beside the fields of a request
	answerPerUpdate = 32          // bytes sent for each byte of window updates
)

var errChatter = errors.New("the client sends much and asks nothing")

// debt is what a connection has received and was not of use yet. Its zero value
// is ready.
type debt struct {
	bytes    atomic.Int64
	forgiven atomic.Int64 // until then, in ns since the connection was opened
	waived   atomic.Bool
	bodies   atomic.Int64 // of HTTP/2 requests that have not been read to their end
	plain    atomic.Bool  // it is HTTP/1.1: nothing comes but what is asked for
}

// owe notes received bytes, and reports whether they are too many.
func (d *debt) owe(n int64, opened time.Time, most int64) bool {
	if d.bytes.Add(n) <= most || d.waived.Load() {
		return false
	}
	age := int64(time.Since(opened))
	d.pay((age - d.forgiven.Swap(age)) * debtPerSecond / int64(time.Second))
	return d.bytes.Load() > most
}

// overdue notes received bytes, and reports whether they are too many: much is
// allowed only while a body is on its way.
func (c *conn) overdue(n int) bool {
	if !c.debt.owe(int64(n), c.opened, c.crowd.bare()) {
		return false
	}
	return c.debt.owe(0, c.opened, c.crowd.debt) || !c.debt.usual(c.crowd.bare()) && !c.explained()
}

// usual reports whether there is no more than there may be.
func (d *debt) usual(bare int64) bool {
	return d.bodies.Load() > 0 || d.plain.Load() || d.waived.Load() || d.bytes.Load() <= bare
}

// explained waits for a handler that is not as quick as what it is to read.
func (c *conn) explained() bool {
	tick := time.NewTicker(doubt / 100)
	defer tick.Stop()
	for begin := time.Now(); !c.debt.usual(c.crowd.bare()); <-tick.C {
		if c.closed.Load() || time.Since(begin) > doubt {
			return false
		}
	}
	return true
}

// bare is what a connection may owe without a body on its way.
func (c *crowd) bare() int64 { return min(c.debt, bareDebt+2*int64(c.limits.HeaderBytes)) }

// pay notes what was of use. Nothing can be saved up.
func (d *debt) pay(n int64) {
	if n > 0 && d.bytes.Load() > 0 && d.bytes.Add(-n) < 0 {
		d.bytes.Store(0)
	}
}

// grant is for a body that nobody read to its end: what is on its way of it is
// no chatter, as much as a stream's window lets through.
func (d *debt) grant() {
	if d.bytes.Add(-streamWindow) < -streamWindow {
		d.bytes.Store(-streamWindow)
	}
}

// waive is for a tunnel: what it carries is none of ours.
func (d *debt) waive() { d.waived.Store(true) }

// began notes a request. HTTP/1.1 has nothing but requests.
func (c *conn) began(r *http.Request) {
	if r.ProtoMajor < 2 {
		c.debt.bytes.Store(0)
		c.debt.plain.Store(true)
		return
	}
	size := requestRoom + len(r.RequestURI)
	for name, values := range r.Header {
		for _, v := range values {
			size += len(name) + len(v) + 8
		}
	}
	c.debt.pay(int64(size))
}

// Resets of requests that have hardly begun: a browser that turns a page does
// it, and so does who wants us to begin work and throw it away (CVE-2023-44487).
const (
	quickReset  = time.Second
	freeResets  = 200
	resetsShare = 2 // one request in so many may be reset
)

// resets are those of one HTTP/2 connection. Its zero value is ready.
type resets struct {
	requests, quick atomic.Int64
}

// note counts a request, and reports whether the connection resets too many.
func (s *resets) note(reset bool) bool {
	all := s.requests.Add(1)
	if !reset {
		return false
	}
	quick := s.quick.Add(1)
	return quick > freeResets && quick*resetsShare > all
}

// ended closes the connection of a client that resets most of what it asks.
func (x *exchange) ended(took time.Duration) {
	if x.in.ProtoMajor < 2 {
		return
	}
	if x.conn.resets.note(took < quickReset && x.in.Context().Err() != nil) && !x.conn.closed.Load() {
		x.conn.expel(&x.conn.crowd.all.resets)
	}
}
