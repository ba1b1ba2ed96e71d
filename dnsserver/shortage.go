package dnsserver

import (
	"errors"
	"syscall"
	"time"
)

const (
	minAcceptPause  = 5 * time.Millisecond
	maxAcceptPause  = time.Second
	acceptQuiet     = time.Second // without a failure, after which pauses are short again
	acceptLogPeriod = 10 * time.Second
)

// acceptPause is how long an accept loop waits after a failure: longer from
// one to the next.
type acceptPause struct {
	wait time.Duration
	last time.Time // end of the last pause
}

// next returns the length of a pause that begins now.
func (p *acceptPause) next(now time.Time) time.Duration {
	if now.Sub(p.last) >= acceptQuiet {
		p.wait = minAcceptPause
	} else {
		p.wait = min(2*p.wait, maxAcceptPause)
	}
	p.last = now.Add(p.wait)
	return p.wait
}

// unaccepted deals with a connection that could not be accepted. Where
// descriptors have run out, the connection that has been silent longest gives
// up its own, and the next is accepted at once; else it waits.
func (s *Server) unaccepted(err error, p *acceptPause) {
	now := time.Now()
	evicted := (errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE)) && s.conns.evict()
	if last := s.lastUnaccepted.Load(); now.UnixNano()-last >= int64(acceptLogPeriod) && s.lastUnaccepted.CompareAndSwap(last, now.UnixNano()) {
		s.options.Logger.Warn("accepting a dns connection failed", "error", err, "connections", s.conns.len(), "evicted", evicted)
	}
	if !evicted {
		s.pause(p.next(now))
	}
}
