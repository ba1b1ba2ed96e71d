package geo

import (
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"
)

// Names of the layers that are no database.
const (
	sourceEmbedded  = "embedded"
	sourceOverrides = "overrides"
)

// Source knows where clients are. Its methods may be called concurrently.
type Source struct {
	log       *slog.Logger
	changed   func()
	embedded  *layer
	overrides *layer
	names     []string // by source
	metrics   *metrics

	reload    sync.Mutex // held by the one who replaces what follows
	databases atomic.Pointer[[]slot]
	current   atomic.Pointer[folded]

	watcher *watcher // nil before Start
}

// Open reads the embedded table and the databases. It fails when the options
// are wrong; a database that cannot be used is logged, shown by Databases, and
// tried again when it changes.
func Open(o Options) (*Source, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	s := &Source{log: o.Logger, changed: o.Changed, names: []string{sourceEmbedded}}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	var slots []slot
	for _, path := range o.Databases {
		slots = append(slots, slot{Database: Database{Path: filepath.Clean(path)}, from: source(len(s.names))})
		s.names = append(s.names, filepath.Base(path))
	}
	s.names = append(s.names, sourceOverrides)
	var err error
	if s.overrides, err = overrideLayer(o.Overrides, o.Places, source(len(s.names)-1)); err != nil {
		return nil, err
	}
	if s.embedded, err = readCountries([]byte(countryTable), 0); err != nil {
		return nil, err
	}
	s.databases.Store(&slots)
	if s.metrics, err = newMetrics(s, o.Registerer); err != nil {
		return nil, fmt.Errorf("geo: registering metrics: %w", err)
	}
	// What is wrong with a database is in its state and in the log.
	_, _ = s.load()
	return s, nil
}

// Reload reads the databases again; of those that cannot be used it keeps what
// it had. It calls Options.Changed if anything is new.
func (s *Source) Reload() error {
	changed, err := s.load()
	if changed && s.changed != nil {
		s.changed()
	}
	return err
}

// load replaces databases and what is folded from them.
func (s *Source) load() (changed bool, err error) {
	s.reload.Lock()
	defer s.reload.Unlock()
	var slots []slot
	var errs []error
	for _, before := range *s.databases.Load() {
		next, isNew, err := before.load()
		s.report(&next.Database, isNew, err)
		slots = append(slots, next)
		changed = changed || isNew
		errs = append(errs, err)
	}
	s.databases.Store(&slots)
	if changed || s.current.Load() == nil {
		s.current.Store(s.fold(slots))
	}
	return changed, errors.Join(errs...)
}

func (s *Source) fold(slots []slot) *folded {
	layers := []*layer{s.embedded}
	for _, d := range slots {
		if d.layer != nil {
			layers = append(layers, d.layer)
		}
	}
	return fold(s.names, layers, s.overrides)
}

// report logs and counts what became of one database.
func (s *Source) report(d *Database, changed bool, err error) {
	switch {
	case err != nil:
		s.metrics.countLoad("error")
		s.log.Warn("geo database not used", "database", d.Path, "loaded_before", d.SHA256 != "", "error", err)
	case changed:
		s.metrics.countLoad("loaded")
		s.log.Info("geo database loaded", "database", d.Path, "type", d.Type, "layout", d.Layout,
			"networks", d.Networks, "built", d.Built)
		if d.Stale(time.Now()) {
			s.log.Warn("geo database is old", "database", d.Path, "built", d.Built, "max_age_days", staleAfter/(24*time.Hour))
		}
	default:
		s.metrics.countLoad("unchanged")
	}
}

// Databases returns the state of the database files, in the order of the
// options.
func (s *Source) Databases() []Database {
	var out []Database
	for _, d := range *s.databases.Load() {
		out = append(out, d.Database)
	}
	return out
}
