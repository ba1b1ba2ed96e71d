package healthprobe

import (
	"context"
	"fmt"
	"time"

	"meridian/routing"
)

const (
	// reuse is the age up to which the references' last word is good for
	// another target's bad news.
	reuse = time.Second
	// referenceEvery is how often they are asked while a target stays silent.
	referenceEvery = 10 * time.Second
)

// work probes w until ctx ends: one probe after the other, never two at once.
func (m *Monitor) work(ctx context.Context, w *watch) {
	for {
		slot := w.plan.next(time.Now())
		scheduled, alive := await(ctx, w, slot)
		if !alive || !m.enter(ctx) {
			return
		}
		if scheduled {
			m.metrics.late(time.Since(slot))
		}
		epoch := m.currentEpoch()
		r := m.probe(ctx, w.target)
		<-m.slots
		if ctx.Err() != nil {
			return
		}
		m.judge(ctx, w, r, epoch)
	}
}

// await waits for the slot, or for a call to probe again at once.
func await(ctx context.Context, w *watch, slot time.Time) (scheduled, alive bool) {
	timer := time.NewTimer(time.Until(slot))
	defer timer.Stop()
	select {
	case <-timer.C:
		return true, true
	case <-w.again:
		return false, true
	case <-ctx.Done():
		return false, false
	}
}

// enter waits for one of the places for probes under way.
func (m *Monitor) enter(ctx context.Context) bool {
	select {
	case m.slots <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	}
}

// probe probes t. A panic is a result like any other.
func (m *Monitor) probe(ctx context.Context, t Target) (r Result) {
	start := time.Now()
	defer func() {
		if p := recover(); p != nil {
			r = Result{At: start, Reason: ReasonPanic, Detail: clip(fmt.Sprint(p))}
			m.opt.Logger.Error("probe panicked", "target", t.ID, "panic", r.Detail)
		}
		m.metrics.probed(r)
	}()
	return m.opt.Prober.Probe(ctx, t)
}

// judge makes of a result what it is worth. Bad news without a sign of life
// from the target is first held against the references.
func (m *Monitor) judge(ctx context.Context, w *watch, r Result, epoch uint64) {
	since, doubtful, valid := m.receive(w, r, epoch)
	if !valid {
		return
	}
	anchor := AnchorUnasked
	if doubtful {
		anchor = m.witness.ask(ctx, since)
		m.metrics.asked.WithLabelValues(anchor.String()).Inc()
	}
	m.settle(w, r, epoch, anchor)
}

// receive notes a result and says whether the references have to be asked
// about it, and how old their word may be.
func (m *Monitor) receive(w *watch, r Result, epoch uint64) (since time.Time, doubtful, valid bool) {
	now := time.Now()
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.current(w, epoch, now) {
		return time.Time{}, false, false
	}
	if r.Reason.Unknown() {
		m.metrics.drop("unknown")
		w.trouble = r
		return time.Time{}, false, true
	}
	w.last, w.trouble = r, Result{}
	m.recount(w)
	if !m.witness.configured() || !r.silent() {
		return time.Time{}, false, true
	}
	if m.self.isolated || m.census.suspicious() || w.tracker.Drops(r) {
		return r.At.Add(-reuse), true, true
	}
	health, _ := w.tracker.Health()
	return now.Add(-referenceEvery), health == routing.Down, true
}

// current reports whether a result of w begun in epoch may count. The lock is
// held.
func (m *Monitor) current(w *watch, epoch uint64, now time.Time) bool {
	if m.watches[w.target.ID] != w {
		return false
	}
	m.beat(now)
	if epoch == m.epoch {
		return true
	}
	m.metrics.drop("frozen")
	return false
}

// settle lets a result count, unless this prober has to abstain.
func (m *Monitor) settle(w *watch, r Result, epoch uint64, anchor Anchor) {
	now := time.Now()
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.current(w, epoch, now) || r.Reason.Unknown() {
		return
	}
	m.hearReferences(anchor, now)
	if m.self.update(m.census, anchor) {
		m.turnInward()
	}
	if m.self.isolated {
		m.metrics.drop("isolated")
		return
	}
	if anchor == AnchorSilent && w.tracker.Drops(r) && !w.tracker.excused() {
		// A mass loss may not be visible yet: the other targets' turn comes
		// within the interval.
		w.tracker.Excuse(r)
	}
	w.taught, w.known = now, now
	change, changed := w.tracker.Observe(now, r)
	m.recount(w)
	if changed {
		m.announce(w, change)
	}
}

// hearReferences notes what the references said. The lock is held.
func (m *Monitor) hearReferences(a Anchor, now time.Time) {
	if a != AnchorAnswered && a != AnchorSilent {
		return
	}
	if m.anchor != a {
		m.wake()
	}
	m.anchor, m.anchored = a, now
}

// turnInward begins or ends abstention. The lock is held.
func (m *Monitor) turnInward() {
	m.metrics.isolation(m.self.isolated)
	for _, w := range m.watches {
		w.tracker.Interrupt()
	}
	m.wake()
}
