package pipeline

import (
	"fmt"

	"meridian/gateway/backend"
)

// generation is a Config, ready to serve. It is immutable.
type generation struct {
	config    Config
	table     *table
	set       *backend.Set
	unclaimed *backend.Target // nil: what no API claims is not found
	number    uint64
}

// destination is where an API's requests go unless a policy says otherwise.
type destination struct {
	target *backend.Target // nil: policies have to say
	name   string          // of a backend or pool; "": a URL's
}

func newGeneration(c Config, t *table, set *backend.Set) (*generation, error) {
	g := &generation{config: c, table: t, set: set}
	if c.Default != "" {
		found, ok := set.Find(c.Default)
		if !ok {
			return nil, fmt.Errorf("default backend %q: no backend or pool has that name", c.Default)
		}
		g.unclaimed = found
	}
	for _, a := range t.apis {
		var err error
		if a.target, err = g.destinationOf(a.config); err != nil {
			return nil, err
		}
	}
	return g, nil
}

func (g *generation) destinationOf(c *API) (out destination, err error) {
	switch {
	case c.Backend != "":
		found, ok := g.set.Find(c.Backend)
		if !ok {
			return out, fmt.Errorf("API %q: backend %q: no backend or pool has that name", c.Name, c.Backend)
		}
		return destination{found, c.Backend}, nil
	case c.URL != nil:
		return destination{target: g.set.At(c.URL)}, nil
	}
	return out, nil
}
