package drill

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
)

// world is a URL and a metric that change with time.
type world struct {
	fetch func(ctx context.Context) (int, error)
	value func(ctx context.Context) (float64, error)
}

func (w world) Fetch(ctx context.Context, _ string) (status int, body []byte, err error) {
	status, err = w.fetch(ctx)
	return status, nil, err
}

func (w world) Value(ctx context.Context, _ string) (float64, error) { return w.value(ctx) }

// aborts collects what a watcher says.
type aborts struct {
	mu   sync.Mutex
	list []Abort
}

func (a *aborts) add(x Abort) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.list = append(a.list, x)
}

func (a *aborts) all() []Abort {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]Abort(nil), a.list...)
}

func watching(t *testing.T, w world) (*Watcher, *aborts, *prometheus.Registry) {
	t.Helper()
	got, registry := &aborts{}, prometheus.NewRegistry()
	watcher, err := NewWatcher(WatcherOptions{
		Reader: Reader{Fetcher: w, Metrics: w}, Abort: got.add,
		Logger: slog.New(slog.DiscardHandler), Registerer: registry,
	})
	if err != nil {
		t.Fatal(err)
	}
	return watcher, got, registry
}

func aborting(signals ...Signal) Spec {
	s := exampleSpec()
	s.Signals.Abort = signals
	return s
}

// TestSignalAborts is C16: a signal that turns red at 10.3 s ends the drill
// within its reaction time, which for the defaults is far under 5 s; however
// the source fails.
func TestSignalAborts(t *testing.T) {
	const turns = 10300 * time.Millisecond
	for _, c := range []struct {
		name   string
		signal Signal
		fetch  func(context.Context) (int, error) // when it is red
		value  float64
		text   string
	}{
		{"status", Signal{Name: "s", URL: "http://h/"}, func(context.Context) (int, error) { return 500, nil }, 0, "http://h/ answers 500, wanted 200"},
		{"error", Signal{Name: "s", URL: "http://h/"}, func(context.Context) (int, error) { return 0, errors.New("refused") }, 0, "http://h/ cannot be read: refused"},
		{"hung", Signal{Name: "s", URL: "http://h/"}, func(ctx context.Context) (int, error) {
			<-ctx.Done()
			return 0, ctx.Err()
		}, 0, "http://h/ cannot be read: context deadline exceeded"},
		{"metric", Signal{Name: "s", Metric: "m", Op: "<=", Threshold: .5}, nil, .75, "m is 0.75, wanted <= 0.5"},
		{"one failure is enough, read twice a second", Signal{Name: "s", Metric: "m", Op: ">=", Threshold: .5, Failures: 1, Every: time.Second / 2}, nil, -1, "m is -1, wanted >= 0.5"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				red := func() bool { return time.Since(start) >= turns }
				w, got, registry := watching(t, world{
					fetch: func(ctx context.Context) (int, error) {
						if red() {
							return c.fetch(ctx)
						}
						return 200, nil
					},
					value: func(context.Context) (float64, error) {
						if red() {
							return c.value, nil
						}
						return .5, nil
					},
				})
				spec := aborting(c.signal)
				w.Set([]Spec{spec})
				most := time.Duration(c.signal.Tolerated())*c.signal.Interval() + c.signal.Timeout()
				time.Sleep(turns + most)
				synctest.Wait()
				list := got.all()
				if len(list) != 1 {
					t.Fatalf("got %d aborts, want one", len(list))
				}
				took := list[0].At.Sub(start.Add(turns))
				if took < 0 || took > most || took > 4*time.Second {
					t.Errorf("got an abort %s after it turned red, want at most %s", took, most)
				}
				if list[0].Drill != spec.ID || list[0].Signal != "s" || list[0].Text != c.text {
					t.Errorf("got %+v, want %q", list[0], c.text)
				}
				time.Sleep(time.Minute)
				if n := len(got.all()); n != 1 {
					t.Errorf("got %d aborts a minute later, want the one", n)
				}
				if n := testutil.ToFloat64(w.metrics.aborts); n != 1 {
					t.Errorf("got %v aborts counted, want 1", n)
				}
				if n, err := testutil.GatherAndCount(registry); err != nil || n != 4 {
					t.Errorf("got %d series (%v), want 4", n, err)
				}
				if err := w.Shutdown(t.Context()); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

func TestOneBadReadingIsTolerated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var n atomic.Int64
		w, got, _ := watching(t, world{value: func(context.Context) (float64, error) {
			return float64(n.Add(1) % 2), nil // red every other time
		}})
		w.Set([]Spec{aborting(Signal{Name: "s", Metric: "m", Op: "<=", Threshold: .5})})
		time.Sleep(time.Minute + time.Second/2)
		if list := got.all(); len(list) != 0 || n.Load() != 61 {
			t.Errorf("got %v after %d readings, want no abort in 61 readings: a minute of one a second", list, n.Load())
		}
		if err := w.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// TestTwoSignalsAbortOnce: both turn red in the same instant.
func TestTwoSignalsAbortOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, got, _ := watching(t, world{value: func(context.Context) (float64, error) { return 1, nil }})
		w.Set([]Spec{aborting(Signal{Name: "a", Metric: "m", Op: "<=", Threshold: .5}, Signal{Name: "b", Metric: "m", Op: "<=", Threshold: .5})})
		time.Sleep(time.Minute)
		if n := len(got.all()); n != 1 {
			t.Errorf("got %d aborts, want one", n)
		}
		if err := w.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func TestSetStopsAndKeeps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var n atomic.Int64
		w, got, _ := watching(t, world{value: func(context.Context) (float64, error) {
			n.Add(1)
			return 0, nil
		}})
		spec := aborting(Signal{Name: "s", Metric: "m", Op: "<=", Threshold: .5, Every: 10 * time.Second})
		for range 25 { // named each second: the readings keep their interval
			w.Set([]Spec{spec})
			time.Sleep(time.Second)
		}
		if n.Load() != 3 {
			t.Errorf("got %d readings in 25 s, want 3", n.Load())
		}
		w.Set(nil)
		time.Sleep(time.Minute)
		if n.Load() != 3 {
			t.Errorf("got %d readings after the drill's end, want 3", n.Load())
		}
		if err := w.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		w.Set([]Spec{spec})
		time.Sleep(time.Minute)
		if n.Load() != 3 || len(got.all()) != 0 {
			t.Errorf("got %d readings after shutdown, want 3", n.Load())
		}
	})
}

// TestEndedDrillIsNotAborted: the drill ends while a reading hangs.
func TestEndedDrillIsNotAborted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, got, _ := watching(t, world{value: func(ctx context.Context) (float64, error) {
			<-ctx.Done()
			return 0, ctx.Err()
		}})
		w.Set([]Spec{aborting(Signal{Name: "s", Metric: "m", Op: "<=", Threshold: .5, Failures: 1})})
		time.Sleep(time.Second / 2)
		if err := w.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		if list := got.all(); len(list) != 0 {
			t.Errorf("got %v, want none", list)
		}
	})
}

func TestShutdownSaysWhatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		w, _, _ := watching(t, world{value: func(context.Context) (float64, error) {
			<-release
			return 0, nil
		}})
		w.Set([]Spec{aborting(Signal{Name: "s", Metric: "m", Op: "<=", Threshold: .5})})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := w.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want the deadline named", err)
		}
		close(release)
	})
}

func TestReadAll(t *testing.T) {
	w := world{
		fetch: func(context.Context) (int, error) { return 204, nil },
		value: func(context.Context) (float64, error) { return nan(), nil },
	}
	list := []Signal{
		{Name: "a", URL: "http://h/", Status: 204},
		{Name: "b", Metric: "m", Op: "<=", Threshold: 1},
	}
	got := Reader{Fetcher: w, Metrics: w}.ReadAll(t.Context(), list)
	if !got[0].Green || got[0].Text != "http://h/ answers 204, wanted 204" || got[1].Green || got[1].Text != "m is NaN, wanted <= 1" {
		t.Errorf("got %+v, want a green one and a red one", got)
	}
	for _, r := range (Reader{}).ReadAll(t.Context(), list) {
		if r.Green {
			t.Errorf("got %+v, want red: nobody can read it", r)
		}
	}
}

func TestWatcherOptions(t *testing.T) {
	for _, o := range []WatcherOptions{{}, {Abort: func(Abort) {}}} {
		if _, err := NewWatcher(o); err == nil {
			t.Errorf("got a watcher of %+v, want what is missing named", o)
		}
	}
}
