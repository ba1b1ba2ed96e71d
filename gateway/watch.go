package gateway

import (
	"sync"
	"time"
)

// watch looks after reads or writes that wait for a client, and ends one that
// waits too long. Time spent elsewhere, as waiting for the other side, does
// not count. Its zero value is ready; it belongs to one exchange, and after
// stop it does nothing any more.
type watch struct {
	mu     sync.Mutex
	timer  *time.Timer
	since  time.Time     // of what waits now; zero: nothing
	waited time.Duration // by what has ended
	bytes  int64
	slow   bool
	ended  bool
}

// pace is the least rate of a watch.
type pace struct {
	grace time.Duration
	rate  int // bytes per second
}

// begin notes that something waits. The first call sets the rules: expire must
// make it fail, and is called at most once; a nil least sets no rate.
func (w *watch) begin(l Limits, expire func(), least *pace) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.since = time.Now()
	if w.timer != nil || w.ended {
		return
	}
	every := l.Stall / 4
	if least != nil {
		every = min(every, least.grace/4)
	}
	w.timer = time.AfterFunc(every, func() { w.look(l.Stall, every, expire, least) })
}

// done notes that it has ended, after n bytes.
func (w *watch) done(n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.since.IsZero() {
		w.waited += time.Since(w.since)
		w.since = time.Time{}
	}
	w.bytes += int64(n)
}

// look holds the lock while it calls expire, so that nothing expires after
// stop; expire only sets a deadline.
func (w *watch) look(stall, every time.Duration, expire func(), least *pace) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ended {
		return
	}
	if !w.since.IsZero() && (time.Since(w.since) >= stall || w.lags(least)) {
		w.slow = true
		expire()
		return
	}
	w.timer.Reset(every)
}

func (w *watch) lags(least *pace) bool {
	if least == nil {
		return false
	}
	waited := w.waited + time.Since(w.since)
	return waited > least.grace && float64(w.bytes) < (waited-least.grace).Seconds()*float64(least.rate)
}

func (w *watch) stop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ended = true
	if w.timer != nil {
		w.timer.Stop()
	}
}

func (w *watch) expired() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.slow
}
