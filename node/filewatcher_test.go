package node

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"
)

// TestFilesAreWatched: however a file comes to have another content, it is told,
// once for a burst.
func TestFilesAreWatched(t *testing.T) {
	put := func(t *testing.T, name, text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	link := func(t *testing.T, to, name string) {
		t.Helper()
		if err := os.Symlink(to, name); err != nil {
			t.Fatal(err)
		}
	}
	swap := func(t *testing.T, to, name string) {
		t.Helper()
		link(t, to, name+".tmp")
		if err := os.Rename(name+".tmp", name); err != nil {
			t.Fatal(err)
		}
	}
	tests := []struct {
		name  string
		files []string
		make  func(*testing.T, string) // before watching
		act   func(*testing.T, string)
		want  int64
	}{
		{"written", []string{"a"}, nil, func(t *testing.T, d string) { put(t, d+"/a", "new") }, 1},
		{"renamed over", []string{"a"}, nil, func(t *testing.T, d string) {
			put(t, d+"/b", "new")
			if err := os.Rename(d+"/b", d+"/a"); err != nil {
				t.Fatal(err)
			}
		}, 1},
		{"removed", []string{"a"}, nil, func(t *testing.T, d string) { _ = os.Remove(d + "/a") }, 1},
		{"in a folder below", []string{"a", "sub/b"}, func(t *testing.T, d string) { put(t, d+"/sub/b", "old") }, func(t *testing.T, d string) { put(t, d+"/sub/b", "new") }, 1},
		{"ConfigMap", []string{"map/a"}, func(t *testing.T, d string) {
			put(t, d+"/map/..1/a", "old")
			put(t, d+"/map/..2/a", "new")
			link(t, "..1", d+"/map/..data")
			link(t, "..data/a", d+"/map/a")
		}, func(t *testing.T, d string) { swap(t, "..2", d+"/map/..data") }, 1},
		{"link to another folder", []string{"a2"}, func(t *testing.T, d string) {
			put(t, d+"/far/a", "old")
			link(t, "far/a", d+"/a2")
		}, func(t *testing.T, d string) { put(t, d+"/far/a", "new") }, 1},
		{"a folder that comes later", []string{"late/a"}, nil, func(t *testing.T, d string) { put(t, d+"/late/a", "new") }, 1},
		{"link to a folder", []string{"current/a"}, func(t *testing.T, d string) {
			put(t, d+"/r1/a", "old")
			put(t, d+"/r2/a", "new")
			link(t, "r1", d+"/current")
		}, func(t *testing.T, d string) { swap(t, "r2", d+"/current") }, 1},
		{"burst", []string{"a"}, nil, func(t *testing.T, d string) {
			for i := range 50 {
				put(t, d+"/a", string(rune('a'+i)))
			}
		}, 1},
		{"beside a file that is written all the time", []string{"a"}, nil, func(t *testing.T, d string) {
			put(t, d+"/a", "new")
			done := make(chan struct{})
			t.Cleanup(func() { <-done })
			go func() {
				defer close(done)
				for t.Context().Err() == nil && os.WriteFile(d+"/log", []byte("line"), 0o600) == nil {
					<-time.After(debounce / 10)
				}
			}()
		}, 1},
		{"touched", []string{"a"}, nil, func(t *testing.T, d string) { put(t, d+"/a", "old") }, 0},
		{"another file", []string{"a"}, nil, func(t *testing.T, d string) { put(t, d+"/other", "new") }, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			put(t, dir+"/a", "old")
			if tt.make != nil {
				tt.make(t, dir)
			}
			var files []string
			for _, f := range tt.files {
				files = append(files, filepath.Join(dir, f))
			}
			var told atomic.Int64
			w, err := newFileWatcher(func() []string { return files }, func() { told.Add(1) }, slog.New(slog.DiscardHandler))
			if err != nil {
				t.Fatal(err)
			}
			wait(t, "the first look", func() bool { return told.Load() == 1 })
			begun := time.Now()
			tt.act(t, dir)
			paused := time.Since(begun) > debounce/2 // what is half written may have been looked at
			if tt.want > 0 {
				wait(t, "the change is told", func() bool { return told.Load() > 1 })
			}
			<-time.After(3 * debounce) // nothing more comes
			if err := w.close(t.Context()); err != nil {
				t.Error(err)
			}
			if got := told.Load() - 1; got != tt.want && (!paused || got < tt.want) {
				t.Errorf("told: got %d, want %d", got, tt.want)
			}
		})
	}
}

// TestChangeWhileTold: what is written while a change is taken in is not lost.
func TestChangeWhileTold(t *testing.T) {
	name := filepath.Join(t.TempDir(), "a")
	var told atomic.Int64
	var last atomic.Value
	w, err := newFileWatcher(func() []string { return []string{name} }, func() {
		data, _ := os.ReadFile(name)
		last.Store(string(data))
		if told.Add(1) == 1 {
			_ = os.WriteFile(name, []byte("second"), 0o600)
		}
	}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	wait(t, "the second content is told", func() bool { return last.Load() == "second" })
	if err := w.close(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestNodeFollowsItsDocument: a node reloads by itself.
func TestNodeFollowsItsDocument(t *testing.T) {
	w := newWorld(t, plain("192.0.2.1"))
	n := w.start(t, nil)
	w.write(t, "service.yaml", plain("192.0.2.7"))
	wait(t, "the new document is served", func() bool { return addrs(t, n, "shop.gtm.test.") == "192.0.2.7" })
	w.write(t, "service.yaml", "{")
	wait(t, "the broken one is told", func() bool { return problem(status(t, n), "plan_rejected") != "" })
	w.write(t, "service.yaml", plain("192.0.2.7"))
	wait(t, "all is well again", func() bool { return status(t, n).OK })
	if got := serial(t, n); got != 2 {
		t.Errorf("serial: got %d, want 2", got)
	}
}

// TestCloseDoesNotWaitForFiles: a look that hangs does not hold up the end.
func TestCloseDoesNotWaitForFiles(t *testing.T) {
	hangs, release := make(chan struct{}), make(chan struct{})
	w, err := newFileWatcher(func() []string { return nil }, func() {
		close(hangs)
		<-release
	}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	<-hangs
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := w.close(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("close while a look hangs: got %v, want %v", err, context.Canceled)
	}
	close(release)
	w.done.Wait()
}

// TestLateChangeIsTold: a file that changes at the very end of a look is told at
// the next one, whatever was looked at before.
func TestLateChangeIsTold(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a")
	put := func(text string) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Error(err)
		}
	}
	put("old")
	told := make(chan string, 8)
	var telling, late atomic.Bool
	files := func() []string {
		if telling.CompareAndSwap(true, false) && late.CompareAndSwap(false, true) {
			put("late") // the first time that files are listed after a change was told
		}
		return []string{file}
	}
	changed := func() {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Error(err)
		}
		telling.Store(true)
		told <- string(text)
	}
	w := must[*fileWatcher](t)(newFileWatcher(files, changed, slog.New(slog.DiscardHandler)))
	defer func() { must[struct{}](t)(struct{}{}, w.close(t.Context())) }()
	for _, want := range []string{"old", "late"} {
		select {
		case got := <-told:
			if got != want {
				t.Errorf("told of %q, want %q", got, want)
			}
		case <-time.After(patience):
			t.Fatalf("never told of %q", want)
		}
	}
}
