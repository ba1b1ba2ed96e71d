package geo

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"
)

// settle is how long the files must be quiet before they are read.
const settle = 250 * time.Millisecond

// watcher calls reload some time after files changed.
type watcher struct {
	notify *fsnotify.Watcher
	done   chan struct{} // closed when the goroutine has ended
}

// Start watches the directories of the databases until Shutdown. It must be
// called once at most.
func (s *Source) Start() error {
	notify, err := fsnotify.NewWatcher()
	if err != nil {
		return fmt.Errorf("geo: watching databases: %w", err)
	}
	var paths []string
	for _, d := range s.Databases() {
		paths = append(paths, d.Path)
		if err := notify.Add(filepath.Dir(d.Path)); err != nil {
			return errors.Join(fmt.Errorf("geo: watching the directory of %s: %w", d.Path, err), notify.Close())
		}
	}
	s.watcher = &watcher{notify: notify, done: make(chan struct{})}
	go func() {
		defer close(s.watcher.done)
		// What is wrong with a database is in its state and in the log.
		watch(notify.Events, notify.Errors, paths, s.log, func() { _ = s.Reload() })
	}()
	return nil
}

// Shutdown ends the watching and waits until no callback runs any more.
func (s *Source) Shutdown(ctx context.Context) error {
	if s.watcher == nil {
		return nil
	}
	err := s.watcher.notify.Close()
	select {
	case <-s.watcher.done:
		return err
	case <-ctx.Done():
		return errors.Join(err, fmt.Errorf("geo: waiting for the watcher: %w", ctx.Err()))
	}
}

// watch calls reload once the files have been quiet for the time of settle
// after an event that concerns one of paths. It returns when events is closed.
func watch(events <-chan fsnotify.Event, faults <-chan error, paths []string, log *slog.Logger, reload func()) {
	quiet := time.NewTimer(settle)
	quiet.Stop()
	defer quiet.Stop()
	for {
		select {
		case e, ok := <-events:
			if !ok {
				return
			}
			if concerns(e, paths) {
				quiet.Reset(settle)
			}
		case err, ok := <-faults:
			if !ok {
				faults = nil
				continue
			}
			// Events may have been lost: look at the files.
			log.Warn("watching geo databases failed", "error", err)
			quiet.Reset(settle)
		case <-quiet.C:
			reload()
		}
	}
}

// concerns reports whether an event may have changed one of paths: it names it,
// or a directory link of the kind by which mounted volumes are swapped ("..data").
func concerns(e fsnotify.Event, paths []string) bool {
	if e.Op == fsnotify.Chmod {
		return false
	}
	return slices.Contains(paths, filepath.Clean(e.Name)) || strings.HasPrefix(filepath.Base(e.Name), "..")
}
