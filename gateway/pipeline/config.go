package pipeline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"net/url"
	"strings"

	"meridian/gateway/backend"
	"meridian/gateway/expr"
	"meridian/gateway/policy"
)

// Config is what a plan says of requests that are served here. It is not
// modified after it was given.
type Config struct {
	Deployment expr.Deployment // Region is the display name ("West US")
	APIs       []API
	Backends   backend.Config
	Program    *policy.Program // of the scope around APIs: its on-error runs for what no API claims; nil: it says nothing
	Default    string          // the backend that takes what no API claims, with the client's Host; "": nothing does
}

// API is a set of operations under one path.
type API struct {
	Name        string   // context.Api.Id
	DisplayName string   // context.Api.Name; "": Name
	Path        string   // "" and "/": all paths. Compared segment by segment, whatever the case of ASCII letters
	Hosts       []string // names without port; "*.example.com" for all below; none: every host
	Revision    string
	Version     string
	Backend     string   // name of a backend or pool; "": URL
	URL         *url.URL // where Backend is ""; nil: policies say where to go

	AsWritten bool // a path that a backend may take for one of another operation is taken as it is written

	Operations []Operation     // none: every method and path, by Program
	Program    *policy.Program // nil: forwards. Where no operation claims the request, its on-error runs alone
}

// Operation is one of an API's operations.
type Operation struct {
	Name        string // context.Operation.Id
	DisplayName string // context.Operation.Name; "": Name
	Method      string // "*": all
	URLTemplate string // below the API's path, such as "/users/{id}?view={view}" or "/*"
	Program     *policy.Program
}

// Limits of a Config.
const (
	maxAPIs       = 1000
	maxOperations = 10_000 // of all APIs
	maxHosts      = 10_000 // of all APIs
)

// anyMethod is the method of an operation that takes all.
const anyMethod = "*"

// check says what cannot be served, beside what the tables find.
func (c *Config) check() error {
	if len(c.APIs) > maxAPIs {
		return fmt.Errorf("%d APIs: want at most %d", len(c.APIs), maxAPIs)
	}
	operations, hosts := 0, 0
	for i := range c.APIs {
		operations += len(c.APIs[i].Operations)
		hosts += len(c.APIs[i].Hosts)
	}
	if operations > maxOperations || hosts > maxHosts {
		return fmt.Errorf("%d operations and %d hosts of APIs: want at most %d and %d", operations, hosts, maxOperations, maxHosts)
	}
	known := c.backends()
	if c.Default != "" && !known[strings.ToLower(c.Default)] {
		return fmt.Errorf("default backend %q: no backend or pool has that name", c.Default)
	}
	for i := range c.APIs {
		if a := &c.APIs[i]; a.Backend != "" && !known[strings.ToLower(a.Backend)] {
			return fmt.Errorf("API %q: backend %q: no backend or pool has that name", a.Name, a.Backend)
		}
	}
	return nil
}

// backends are the names of backends and pools, in lower case.
func (c *Config) backends() map[string]bool {
	out := map[string]bool{}
	for i := range c.Backends.Backends {
		out[strings.ToLower(c.Backends.Backends[i].Name)] = true
	}
	for i := range c.Backends.Pools {
		out[strings.ToLower(c.Backends.Pools[i].Name)] = true
	}
	return out
}

// Check says why a Config cannot be served. It changes nothing: a Config that
// passes can be given to Apply.
func Check(c Config) error {
	if err := c.check(); err != nil {
		return err
	}
	if _, err := newTable(c.APIs); err != nil {
		return err
	}
	trial, err := backend.New(backend.Options{Names: nobody{}, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	_, err = trial.Build(c.Backends)
	return errors.Join(err, trial.Shutdown(context.Background()))
}

// nobody is backend.Names where none are needed.
type nobody struct{}

// Addresses implements backend.Names.
func (nobody) Addresses(context.Context, string) ([]netip.Addr, error) {
	return nil, errors.New("no names are known here")
}

// Refresh implements backend.Names.
func (nobody) Refresh(string) <-chan struct{} { return nil }
