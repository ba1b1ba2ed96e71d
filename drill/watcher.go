package drill

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Abort says that a signal has ended a drill. Several nodes may say so of one
// drill: clearing its value twice is clearing it once.
type Abort struct {
	Drill  string
	Signal string
	Text   string // what was seen and what was wanted
	At     time.Time
}

// WatcherOptions are what a Watcher needs.
type WatcherOptions struct {
	Reader     Reader
	Abort      func(Abort)                         // told once for each drill; must not wait for the watcher
	Red        func(drill string, reading Reading) // nil, or told of each red reading; must not wait for the watcher
	Logger     *slog.Logger
	Registerer prometheus.Registerer // nil: no metrics
}

func (o WatcherOptions) validate() error {
	if o.Abort == nil {
		return errors.New("nobody is told of aborts: Abort is nil")
	}
	if o.Logger == nil {
		return errors.New("no Logger")
	}
	return nil
}

// Watcher reads the abort signals of running drills: each at fixed intervals
// from the moment the drill is set, without jitter, so that the time from red
// to fired has a bound (Signal.Reaction). Any number of nodes may watch one
// drill.
type Watcher struct {
	opts    WatcherOptions
	metrics *metrics

	mu     sync.Mutex
	closed bool
	drills map[string]*watch
	group  sync.WaitGroup
}

// watch is one drill that is watched.
type watch struct {
	cancel context.CancelFunc
	once   sync.Once // the abort
}

// NewWatcher returns a watcher of nothing.
func NewWatcher(o WatcherOptions) (*Watcher, error) {
	if err := o.validate(); err != nil {
		return nil, fmt.Errorf("making drill watcher: %w", err)
	}
	m, err := newMetrics(o.Registerer)
	if err != nil {
		return nil, fmt.Errorf("making drill watcher: %w", err)
	}
	return &Watcher{opts: o, metrics: m, drills: map[string]*watch{}}, nil
}

// Set says which drills are running: those that are not watched yet are from
// now on, those that are no longer named are not. A drill that was named before
// goes on as it was. After Shutdown it does nothing.
func (w *Watcher) Set(running []Spec) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return
	}
	named := map[string]bool{}
	for _, s := range running {
		named[s.ID] = true
		if w.drills[s.ID] == nil {
			w.drills[s.ID] = w.watch(s)
		}
	}
	for id, d := range w.drills {
		if !named[id] {
			d.cancel()
			delete(w.drills, id)
		}
	}
	w.metrics.watched.Set(float64(len(w.drills)))
}

// Shutdown stops all readings and waits for the goroutines, at most until ctx
// ends.
func (w *Watcher) Shutdown(ctx context.Context) error {
	w.Set(nil)
	w.mu.Lock()
	w.closed = true
	w.mu.Unlock()
	idle := make(chan struct{})
	go func() {
		w.group.Wait()
		close(idle)
	}()
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("waiting for drill signals: %w", ctx.Err())
	}
}

// watch starts one goroutine for each abort signal. The lock is held.
func (w *Watcher) watch(s Spec) *watch {
	ctx, cancel := context.WithCancel(context.Background())
	d := &watch{cancel: cancel}
	for _, signal := range s.Signals.Abort {
		w.group.Go(func() { w.follow(ctx, d, s.ID, signal) })
	}
	return d
}

// follow reads a signal until it fires or ctx ends.
func (w *Watcher) follow(ctx context.Context, d *watch, id string, s Signal) {
	ticker := time.NewTicker(s.Interval())
	defer ticker.Stop()
	for red := 0; ; {
		r := w.opts.Reader.Read(ctx, s)
		if ctx.Err() != nil {
			return
		}
		red = w.judge(id, r, red)
		if red >= s.Tolerated() {
			d.once.Do(func() { w.abort(id, r) })
			return
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}

// judge returns how many readings in a row were red.
func (w *Watcher) judge(id string, r Reading, red int) int {
	w.metrics.read(r.Green)
	if r.Green {
		return 0
	}
	if w.opts.Red != nil {
		w.opts.Red(id, r)
	}
	return red + 1
}

func (w *Watcher) abort(id string, r Reading) {
	w.metrics.aborts.Inc()
	w.opts.Logger.Warn("drill aborted by a signal", "drill", id, "signal", r.Signal, "seen", r.Text)
	w.opts.Abort(Abort{Drill: id, Signal: r.Signal, Text: r.Text, At: r.At})
}
