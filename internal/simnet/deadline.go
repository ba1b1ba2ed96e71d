package simnet

import (
	"sync"
	"time"
)

// deadline is a channel that closes at a time that can be changed.
type deadline struct {
	mu    sync.Mutex
	timer *time.Timer
	over  chan struct{}
	past  bool
	round int // tells a timer that fires late from the one that counts
}

func newDeadline() *deadline { return &deadline{over: make(chan struct{})} }

// set moves the deadline; the zero time means never.
func (d *deadline) set(t time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.round++
	if d.timer != nil {
		d.timer.Stop()
		d.timer = nil
	}
	rest := time.Until(t)
	if t.IsZero() || rest > 0 {
		if d.past {
			d.past, d.over = false, make(chan struct{})
		}
	}
	switch {
	case t.IsZero():
	case rest > 0:
		round := d.round
		d.timer = time.AfterFunc(rest, func() { d.pass(round) })
	case !d.past:
		d.past = true
		close(d.over)
	}
}

func (d *deadline) pass(round int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if round == d.round && !d.past {
		d.past = true
		close(d.over)
	}
}

// wait returns the channel that closes when the deadline has passed.
func (d *deadline) wait() <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.over
}

// stop lets the timer go.
func (d *deadline) stop() { d.set(time.Time{}) }
