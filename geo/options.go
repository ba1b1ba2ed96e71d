package geo

import (
	"errors"
	"fmt"
	"log/slog"

	"github.com/prometheus/client_golang/prometheus"
)

// maxDatabases is the most database files there may be.
const maxDatabases = 16

// Options says what a Source is made of.
type Options struct {
	Databases []string   // paths of mmdb files; a later one wins where it has data
	Overrides []Override // over all databases
	Places    []Place    // the locations that overrides may name, beside the well-known regions

	Logger     *slog.Logger          // nil: silent
	Registerer prometheus.Registerer // nil: no metrics

	// Changed is called after a database was replaced, by the goroutine that
	// watches the files or that calls Reload. It may call Table; it must not
	// call Reload or Shutdown. May be nil.
	Changed func()
}

func (o *Options) validate() error {
	if len(o.Databases) > maxDatabases {
		return fmt.Errorf("geo: %d databases: want at most %d", len(o.Databases), maxDatabases)
	}
	var errs []error
	seen := make(map[string]bool)
	for _, path := range o.Databases {
		switch {
		case path == "":
			errs = append(errs, errors.New("geo: database: want a path"))
		case seen[path]:
			errs = append(errs, fmt.Errorf("geo: database %s is listed twice", path))
		}
		seen[path] = true
	}
	return errors.Join(append(errs, checkPlaces(o.Places))...)
}
