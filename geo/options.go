package geo

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"

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
	return errors.Join(checkPaths(o.Databases), checkPlaces(o.Places))
}

func checkPaths(paths []string) error {
	var errs []error
	for i, path := range paths {
		switch {
		case path == "":
			errs = append(errs, fmt.Errorf("geo: databases[%d]: want a path", i))
		case slices.Contains(paths[:i], path):
			errs = append(errs, fmt.Errorf("geo: database %s is listed twice: want it once", path))
		}
	}
	return errors.Join(errs...)
}
