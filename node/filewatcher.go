package node

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"sync"
	"time"

	"github.com/fsnotify/fsnotify"

	"meridian/configs"
)

// Times of watching files.
const (
	debounce  = 250 * time.Millisecond // how long files must have been left alone
	longest   = time.Second            // how long what else happens in their folders may put that off
	lookAgain = 2 * time.Second        // how often a folder that is not there is looked for
	regularly = 5 * time.Second        // how often files are looked at without events
)

// fileWatcher calls changed when the content of some files may have changed. It
// watches their folders, because editors and ConfigMaps replace files rather
// than write them, and compares the content, because they touch more than they
// change. It also compares it regularly: a link far up the path may be turned,
// and network file systems send no events. It calls it once at the beginning:
// the files may have changed since they were read.
type fileWatcher struct {
	watcher *fsnotify.Watcher
	files   func() []string
	changed func()
	log     *slog.Logger
	seen    [sha256.Size]byte
	told    string // the last error of follow
	done    sync.WaitGroup
}

func newFileWatcher(files func() []string, changed func(), log *slog.Logger) (*fileWatcher, error) {
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, fmt.Errorf("watching files: %w", err)
	}
	w := &fileWatcher{watcher: watcher, files: files, changed: changed, log: log}
	w.done.Go(w.run)
	return w, nil
}

// follow watches the folders of all files, and those that links among them lead
// to. It reports whether all could be.
func (w *fileWatcher) follow() bool {
	var errs []error
	for _, f := range w.files() {
		dirs := []string{filepath.Dir(f)}
		if real, err := filepath.EvalSymlinks(f); err == nil && filepath.Dir(real) != dirs[0] {
			dirs = append(dirs, filepath.Dir(real))
		}
		for _, dir := range dirs {
			if err := w.watcher.Add(dir); err != nil {
				errs = append(errs, fmt.Errorf("watching folder %q: %w", dir, err))
			}
		}
	}
	err := errors.Join(errs...)
	if err == nil {
		w.told = ""
	} else if err.Error() != w.told {
		w.log.Warn("watching files", "error", err)
		w.told = err.Error()
	}
	return err == nil
}

func (w *fileWatcher) run() {
	timer := time.NewTimer(0)
	defer timer.Stop()
	var first time.Time // event since the last look
	for {
		select {
		case _, open := <-w.watcher.Events:
			if !open {
				return
			}
			if first.IsZero() {
				first = time.Now()
			}
			timer.Reset(min(debounce, time.Until(first.Add(longest))))
		case err, open := <-w.watcher.Errors:
			if !open {
				return
			}
			w.log.Warn("watching files", "error", err)
			timer.Reset(debounce) // events may be lost
		case <-timer.C:
			first = time.Time{}
			timer.Reset(w.look())
		}
	}
}

// look tells of a change. It returns when to look again at the latest.
func (w *fileWatcher) look() time.Duration {
	w.follow()
	if sum := digest(w.files()); sum != w.seen {
		w.seen = sum
		w.changed()
		if digest(w.files()) != sum { // once more: changed while it was told, or other files count now
			return debounce
		}
	}
	if !w.follow() {
		return lookAgain
	}
	return regularly
}

// maxWatched bounds what is read of one file: larger ones are refused anyway.
const maxWatched = 16 << 20

// digest is a digest of the content of files.
func digest(names []string) (out [sha256.Size]byte) {
	h := sha256.New()
	for _, name := range names {
		fmt.Fprintf(h, "%q", name)
		if f, err := configs.OpenRegular(name); err == nil {
			_, _ = io.Copy(h, io.LimitReader(f, maxWatched))
			_ = f.Close()
		}
	}
	copy(out[:], h.Sum(nil))
	return out
}

// close ends the watch. A look that does not end, as at files of a network file
// system that is gone, is waited for until ctx ends.
func (w *fileWatcher) close(ctx context.Context) error {
	closed := make(chan error, 1)
	go func() {
		err := w.watcher.Close()
		w.done.Wait()
		closed <- err
	}()
	select {
	case err := <-closed:
		return err
	case <-ctx.Done():
		return fmt.Errorf("waiting for a look at the files: %w", ctx.Err())
	}
}
