package healthprobe

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// watch is a target that is being probed.
type watch struct {
	target Target
	plan   schedule           // its worker's alone
	again  chan struct{}      // capacity 1: probe now
	cancel context.CancelFunc // ends its worker

	// guarded by Monitor.mu
	tracker Tracker
	last    Result
	trouble Result    // the last probe, if it taught nothing; else zero
	taught  time.Time // when the last result that counted came; zero: none since start or thaw
	known   time.Time // the same, over thaws and restarts
	counted census    // what it adds to Monitor.census
}

// SetTargets replaces the set of targets. A target that stays as it is keeps
// its state and its schedule. One whose check alone changes keeps its verdict.
// On an error nothing changes.
func (m *Monitor) SetTargets(targets []Target) error {
	wanted, err := index(targets)
	if err != nil {
		return fmt.Errorf("setting probe targets: %w", err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return fmt.Errorf("setting probe targets: %w", ErrClosed)
	}
	m.prune(wanted)
	for _, t := range targets {
		m.adopt(t)
	}
	m.wake()
	return nil
}

// prune ends the watches of targets that have changed, and forgets those that
// are gone.
func (m *Monitor) prune(wanted map[TargetID]Target) {
	for id, w := range m.watches {
		t, stays := wanted[id]
		if !stays || !w.target.same(t) {
			m.retire(w)
		}
		if !stays {
			delete(m.watches, id)
			m.metrics.up.DeleteLabelValues(string(id))
		}
	}
}

// index checks the targets and makes a map of them.
func index(targets []Target) (map[TargetID]Target, error) {
	if len(targets) > MaxTargets {
		return nil, fmt.Errorf("%d targets: want at most %d", len(targets), MaxTargets)
	}
	wanted := make(map[TargetID]Target, len(targets))
	var errs []error
	for _, t := range targets {
		if _, twice := wanted[t.ID]; twice {
			errs = append(errs, fmt.Errorf("target %q: want it once", t.ID))
		}
		wanted[t.ID] = t
		errs = append(errs, t.Validate())
	}
	return wanted, errors.Join(errs...)
}

// retire stops a watch; its worker ends by itself and is waited for in
// Shutdown. The lock is held.
func (m *Monitor) retire(w *watch) {
	w.cancel()
	m.census.living -= w.counted.living
	m.census.silent -= w.counted.silent
	w.counted = census{}
}

// adopt makes t a watch unless it is one. The lock is held.
func (m *Monitor) adopt(t Target) {
	old, known := m.watches[t.ID]
	if known && old.target.same(t) {
		return
	}
	now := time.Now()
	w := &watch{
		target: t, again: make(chan struct{}, 1), cancel: func() {},
		tracker: NewTracker(t.ID, t.Check, now),
		last:    Result{Reason: ReasonUnchecked},
	}
	if known && old.target.place() == t.place() {
		w.tracker, w.last, w.taught, w.known = old.tracker, old.last, old.taught, old.known
		w.tracker.Rebase(t.Check)
	} else if warm, ok := m.warm[t.ID]; ok && warm.Place == t.place() {
		w.restore(warm, now)
	}
	delete(m.warm, t.ID)
	m.watches[t.ID] = w
	m.recount(w)
	h, _ := w.tracker.Health()
	m.metrics.health(t.ID, h)
	if m.started {
		m.launch(w)
	}
}

// place is where a target is: what its verdict is about.
func (t Target) place() string { return fmt.Sprintf("%s %v", t.Host, t.Addr) }

// launch starts w's worker. The lock is held.
func (m *Monitor) launch(w *watch) {
	w.plan = newSchedule(m.opt.Node, w.target.ID, w.target.Check.Interval, time.Now())
	ctx, cancel := context.WithCancel(context.Background())
	w.cancel = cancel
	m.wg.Go(func() { m.work(ctx, w) })
}
