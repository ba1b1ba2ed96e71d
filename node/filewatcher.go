package node

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/fsnotify/fsnotify"
)

// debounce is how long files must have been left alone.
const debounce = 250 * time.Millisecond

// fileWatcher calls changed when the content of some files may have changed. It
// watches their folders, because editors and ConfigMaps replace files rather
// than write them, and compares the content, because they touch more than they
// change.
type fileWatcher struct {
	watcher *fsnotify.Watcher
	files   func() []string
	changed func()
	log     *slog.Logger
	seen    [sha256.Size]byte
	done    sync.WaitGroup
}

func newFileWatcher(files func() []string, changed func(), log *slog.Logger) (*fileWatcher, error) {
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, fmt.Errorf("watching files: %w", err)
	}
	w := &fileWatcher{watcher: watcher, files: files, changed: changed, log: log}
	if err := w.follow(); err != nil {
		return nil, errors.Join(err, watcher.Close())
	}
	w.seen = w.sum()
	w.done.Go(w.run)
	return w, nil
}

// follow watches the folders of all files.
func (w *fileWatcher) follow() error {
	var errs []error
	for _, f := range w.files() {
		if err := w.watcher.Add(filepath.Dir(f)); err != nil {
			errs = append(errs, fmt.Errorf("watching folder %q: %w", filepath.Dir(f), err))
		}
	}
	return errors.Join(errs...)
}

func (w *fileWatcher) run() {
	quiet := time.NewTimer(time.Hour)
	defer quiet.Stop()
	for {
		select {
		case _, open := <-w.watcher.Events:
			if !open {
				return
			}
			quiet.Reset(debounce)
		case err, open := <-w.watcher.Errors:
			if !open {
				return
			}
			w.log.Warn("watching files", "error", err)
		case <-quiet.C:
			if sum := w.sum(); sum != w.seen {
				w.changed()
				if err := w.follow(); err != nil {
					w.log.Warn("watching files", "error", err)
				}
				w.seen = w.sum()
			}
		}
	}
}

// maxWatched bounds what is read of one file: larger ones are refused anyway.
const maxWatched = 16 << 20

// sum is a digest of the files.
func (w *fileWatcher) sum() (out [sha256.Size]byte) {
	h := sha256.New()
	for _, name := range w.files() {
		fmt.Fprintf(h, "%q", name)
		if f, err := os.Open(name); err == nil {
			_, _ = io.Copy(h, io.LimitReader(f, maxWatched))
			_ = f.Close()
		}
	}
	copy(out[:], h.Sum(nil))
	return out
}

func (w *fileWatcher) close() error {
	err := w.watcher.Close()
	w.done.Wait()
	return err
}
