package geo

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fsnotify/fsnotify"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"
)

func TestOptionsRefused(t *testing.T) {
	for name, o := range map[string]Options{
		"an empty path":       {Databases: []string{""}},
		"a path twice":        {Databases: []string{"a", "a"}},
		"too many":            {Databases: make([]string, maxDatabases+1)},
		"a place off the map": {Places: []Place{{"x", &Coordinates{0, 200}}}},
	} {
		if _, err := Open(o); err == nil {
			t.Errorf("%s: got no error", name)
		}
	}
}

// gauges returns the values of all metrics by name and label values.
func gauges(t *testing.T, r *prometheus.Registry) map[string]float64 {
	t.Helper()
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	out := make(map[string]float64)
	for _, f := range families {
		for _, m := range f.GetMetric() {
			name := f.GetName()
			for _, l := range m.GetLabel() {
				name += " " + filepath.Base(l.GetValue())
			}
			out[name] = m.GetGauge().GetValue() + m.GetCounter().GetValue()
		}
	}
	return out
}

func TestMetricsAndWarnings(t *testing.T) {
	dir := t.TempDir()
	day := 24 * time.Hour
	old := write(t, dir, "old.mmdb", mmdb(t, "x", time.Now().Add(-46*day), network{"11.0.0.0/24", dbIP("DE", "", nil)}))
	fresh := write(t, dir, "fresh.mmdb", mmdb(t, "x", time.Now().Add(-44*day), network{"11.0.0.0/24", dbIP("DE", "", nil)}))
	registry := prometheus.NewRegistry()
	var log bytes.Buffer
	s := mustOpen(t, Options{
		Databases:  []string{old, fresh, filepath.Join(dir, "absent.mmdb")},
		Registerer: registry,
		Logger:     slog.New(slog.NewTextHandler(&log, nil)),
	})
	if err := s.Reload(); err == nil {
		t.Error("got no error for the absent file")
	}
	table := mustTable(t, s, randomPlaces(3), nil)
	got := gauges(t, registry)
	for name, want := range map[string]float64{
		"meridian_geo_db_loads_total loaded": 2, "meridian_geo_db_loads_total unchanged": 2, "meridian_geo_db_loads_total error": 2,
		"meridian_geo_table_blocks": float64(table.Len()), "meridian_geo_table_grid_degrees": 0,
	} {
		if got[name] != want {
			t.Errorf("%s: got %v, want %v", name, got[name], want)
		}
	}
	if age := got["meridian_geo_db_age_seconds old.mmdb"]; age < (46*day).Seconds() || age > (47*day).Seconds() {
		t.Errorf("age: got %v s", age)
	}
	if _, ok := got["meridian_geo_db_age_seconds embedded"]; !ok || got["meridian_geo_table_classes"] < 200 {
		t.Errorf("got %v", got)
	}
	if _, ok := got["meridian_geo_db_age_seconds absent.mmdb"]; ok {
		t.Error("the absent file has an age")
	}
	if n := strings.Count(log.String(), "geo database is old"); n != 1 || !strings.Contains(log.String(), "old.mmdb") {
		t.Errorf("got %d warnings of age in\n%s", n, &log)
	}
	if !s.Databases()[0].Stale(time.Now()) || s.Databases()[1].Stale(time.Now()) {
		t.Errorf("stale: got %+v", s.Databases())
	}
	if _, err := Open(Options{Registerer: registry}); err == nil {
		t.Error("got no error for metrics registered twice")
	}
}

// TestWatchDebounces runs the watcher's loop on a fake clock.
func TestWatchDebounces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		events, faults := make(chan fsnotify.Event), make(chan error)
		reloads, start := []time.Duration{}, time.Now()
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			watch(events, faults, []string{"/geo/a.mmdb"}, slog.New(slog.DiscardHandler), func() {
				reloads = append(reloads, time.Since(start))
			})
		}()
		send := func(after time.Duration, name string, op fsnotify.Op) {
			<-time.After(after)
			events <- fsnotify.Event{Name: name, Op: op}
		}
		send(0, "/geo/a.mmdb", fsnotify.Create)
		send(100*time.Millisecond, "/geo/a.mmdb", fsnotify.Write)
		send(200*time.Millisecond, "/geo/a.mmdb", fsnotify.Write) // quiet from 300 ms on: reload at 550
		send(time.Second, "/geo/b.mmdb", fsnotify.Write)          // another file
		send(time.Second, "/geo/a.mmdb", fsnotify.Chmod)          // no new contents
		send(time.Second, "/geo/..data", fsnotify.Create)         // at 3300: a volume is swapped
		<-time.After(time.Second)
		faults <- errors.New("queue overflow") // at 4300
		close(faults)
		<-time.After(time.Second)
		send(0, "/geo/a.mmdb", fsnotify.Remove) // at 5300, too late
		close(events)
		<-ended
		want := []time.Duration{550 * time.Millisecond, 3550 * time.Millisecond, 4550 * time.Millisecond}
		if len(reloads) != len(want) {
			t.Fatalf("got reloads at %v, want %v", reloads, want)
		}
		for i := range want {
			if reloads[i] != want[i] {
				t.Errorf("got reloads at %v, want %v", reloads, want)
			}
		}
	})
}

// TestFilesAreWatched replaces a database on disk and waits for Changed.
func TestFilesAreWatched(t *testing.T) {
	defer goleak.VerifyNone(t)
	dir := t.TempDir()
	path := write(t, dir, "geo.mmdb", mmdb(t, "x", time.Now(), network{"11.0.0.0/24", dbIP("DE", "", nil)}))
	changed := make(chan struct{}, 10)
	s := mustOpen(t, Options{Databases: []string{path}, Changed: func() { changed <- struct{}{} }})
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	if got := s.Describe(addr("11.0.0.1")).Geo; got != "DE" {
		t.Fatalf("before: got %s", got)
	}
	write(t, dir, "geo.mmdb", mmdb(t, "x", time.Now(), network{"11.0.0.0/24", dbIP("FR", "", nil)}))
	select {
	case <-changed:
	case <-time.After(10 * time.Second):
		t.Fatal("Changed was not called")
	}
	if got := infoOf(mustTable(t, s, nil, nil), addr("11.0.0.1")).Geo; got != "FR" {
		t.Errorf("after: got %s", got)
	}
	if err := s.Shutdown(context.Background()); err != nil {
		t.Errorf("Shutdown: %v", err)
	}
	if len(changed) != 0 {
		t.Errorf("Changed was called %d times more", len(changed))
	}
}

func TestReloadCallsChangedOnlyWhenSomethingIsNew(t *testing.T) {
	dir := t.TempDir()
	file := fixtures(t)["DB-IP"]
	path := write(t, dir, "geo.mmdb", file)
	calls := 0
	s := mustOpen(t, Options{Databases: []string{path}, Changed: func() { calls++ }})
	if err := s.Reload(); err != nil || calls != 0 {
		t.Errorf("unchanged: got %v, %d calls", err, calls)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := s.Reload(); err == nil || calls != 0 {
		t.Errorf("removed: got %v, %d calls", err, calls)
	}
	write(t, dir, "geo.mmdb", file)
	if err := s.Reload(); err != nil || calls != 0 || s.Databases()[0].Error != "" {
		t.Errorf("back again: got %v, %d calls", err, calls)
	}
	write(t, dir, "geo.mmdb", fixtures(t)["IPinfo"])
	if err := s.Reload(); err != nil || calls != 1 {
		t.Errorf("new: got %v, %d calls", err, calls)
	}
}

func TestStartAndShutdown(t *testing.T) {
	s := mustOpen(t, Options{})
	if err := s.Shutdown(context.Background()); err != nil {
		t.Errorf("without Start: %v", err)
	}
	s = mustOpen(t, Options{Databases: []string{filepath.Join(t.TempDir(), "no", "such", "geo.mmdb")}})
	if err := s.Start(); err == nil || !strings.Contains(err.Error(), "watching the directory") {
		t.Errorf("got %v", err)
	}
	s.watcher = &watcher{notify: mustWatcher(t), done: make(chan struct{})}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := s.Shutdown(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("a watcher that does not end: got %v", err)
	}
}

func mustWatcher(t *testing.T) *fsnotify.Watcher {
	t.Helper()
	w, err := fsnotify.NewWatcher()
	if err != nil {
		t.Fatal(err)
	}
	return w
}
