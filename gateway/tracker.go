package gateway

import (
	"sync"
	"time"
)

// tracker counts what is under way, so that somebody can wait for it. Unlike a
// sync.WaitGroup it may be entered while it is waited for. Its zero value is
// ready.
type tracker struct {
	mu     sync.Mutex
	n      int
	waiter chan struct{} // closed at n == 0; nil: nobody waits
}

func (t *tracker) enter() {
	t.mu.Lock()
	t.n++
	t.mu.Unlock()
}

func (t *tracker) leave() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.n--
	if t.n == 0 && t.waiter != nil {
		close(t.waiter)
		t.waiter = nil
	}
}

func (t *tracker) under() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.n
}

// wait returns how many are left when none is, or at the limit.
func (t *tracker) wait(limit time.Duration) int {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-t.idle():
	case <-timer.C:
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.n
}

// idle returns a channel that is closed when nothing is under way.
func (t *tracker) idle() <-chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.waiter == nil {
		t.waiter = make(chan struct{})
	}
	if t.n == 0 {
		done := t.waiter
		close(done)
		t.waiter = nil
		return done
	}
	return t.waiter
}
