package healthprobe

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"meridian/routing"
)

// The sentinels of Monitor.
var (
	ErrUnknownTarget = errors.New("unknown target")
	ErrNoDescription = errors.New("the prober cannot describe")
	ErrClosed        = errors.New("monitor is shut down")
)

// Monitor probes targets on a fixed schedule, judges them and itself, and tells
// its owner what changed. All its methods may be called at any time by any
// goroutine.
type Monitor struct {
	opt     Options
	metrics *metrics
	witness witness
	slots   chan struct{} // holds a token per probe under way
	changed chan struct{} // capacity 1: something is to be reported
	quit    chan struct{} // closed by Shutdown
	wg      sync.WaitGroup

	mu       sync.Mutex // guards all below and every watch's judged fields
	watches  map[TargetID]*watch
	warm     map[TargetID]warmTarget // imported verdicts whose targets are not set yet
	started  bool
	closed   bool
	n        uint64 // rows made
	pending  []Transition
	census   census
	self     isolation
	slow     bool // this process lags behind: Distrust
	anchor   Anchor
	anchored time.Time // when anchor was said
	epoch    uint64    // counts freezes
	lastBeat time.Time
}

// New returns a Monitor without targets. It starts nothing.
func New(o Options) (*Monitor, error) {
	if err := o.validate(); err != nil {
		return nil, fmt.Errorf("configuring the health monitor: %w", err)
	}
	o = o.orDefaults()
	m := &Monitor{
		opt: o, metrics: newMetrics(),
		witness: witness{asker: o.Asker, references: o.References},
		slots:   make(chan struct{}, o.Concurrency),
		changed: make(chan struct{}, 1),
		quit:    make(chan struct{}),
		watches: make(map[TargetID]*watch),
	}
	if err := m.metrics.register(o.Registerer); err != nil {
		return nil, fmt.Errorf("registering the metrics of the health monitor: %w", err)
	}
	return m, nil
}

// Start begins to probe. It returns at once and may be called once.
func (m *Monitor) Start() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed || m.started {
		return fmt.Errorf("starting the health monitor: %w", ErrClosed)
	}
	m.started = true
	m.lastBeat = time.Now()
	m.wg.Go(m.beats)
	m.wg.Go(m.notifier)
	for _, w := range m.watches {
		m.launch(w)
	}
	return nil
}

// Shutdown stops probing and waits for every goroutine, or for ctx. Probes
// under way are broken off and do not count.
func (m *Monitor) Shutdown(ctx context.Context) error {
	m.mu.Lock()
	if !m.closed {
		m.closed = true
		close(m.quit)
	}
	for _, w := range m.watches {
		w.cancel()
	}
	m.mu.Unlock()
	done := make(chan struct{})
	go func() {
		m.wg.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("waiting for the last probes: %w", ctx.Err())
	}
}

// Release lets a target that is down come back (Tracker.Release).
func (m *Monitor) Release(id TargetID) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	w, ok := m.watches[id]
	if !ok {
		return fmt.Errorf("releasing %q: %w", id, ErrUnknownTarget)
	}
	if change, ok := w.tracker.Release(time.Now()); ok {
		m.announce(w, change)
	}
	return nil
}

// Distrust tells the Monitor whether this process lags behind, so that its bad
// news may be its own fault: it abstains for as long.
func (m *Monitor) Distrust(slow bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.slow != slow {
		m.slow = slow
		m.wake()
	}
}

// ProbeNow probes a target outside the schedule and tells all it saw. The
// outcome is for people: no verdict follows from it.
func (m *Monitor) ProbeNow(ctx context.Context, id TargetID) (Description, error) {
	m.mu.Lock()
	w, ok := m.watches[id]
	m.mu.Unlock()
	if !ok {
		return Description{}, fmt.Errorf("probing %q: %w", id, ErrUnknownTarget)
	}
	describer, ok := m.opt.Prober.(Describer)
	if !ok {
		return Description{}, fmt.Errorf("probing %q: %w", id, ErrNoDescription)
	}
	return describer.Describe(ctx, w.target), nil
}

// announce queues a change for the notifier. The lock is held.
func (m *Monitor) announce(w *watch, change Transition) {
	m.recount(w)
	m.metrics.health(change.Target, change.New)
	m.metrics.changes.WithLabelValues(change.New.String()).Inc()
	if len(m.pending) >= 2*MaxTargets {
		m.pending = m.pending[1:]
	}
	m.pending = append(m.pending, change)
	m.wake()
}

// wake makes the notifier report soon.
func (m *Monitor) wake() {
	select {
	case m.changed <- struct{}{}:
	default:
	}
}

// recount brings the census up to date after w changed. The lock is held.
func (m *Monitor) recount(w *watch) {
	now := w.census()
	m.census.living += now.living - w.counted.living
	m.census.silent += now.silent - w.counted.silent
	w.counted = now
}

// census is w's part of the whole.
func (w *watch) census() census {
	switch h, _ := w.tracker.Health(); {
	case h == routing.Down:
		return census{}
	case w.last.silent():
		return census{living: 1, silent: 1}
	default:
		return census{living: 1}
	}
}
