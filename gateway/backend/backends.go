package backend

import "context"

// Backends owns what outlives a plan: breakers, addresses, connections,
// schedules, orders and counts, each by its identity.
type Backends struct{}

// New returns Backends without a plan.
func New(o Options) (*Backends, error) { return &Backends{}, o.validate() }

// Build makes a plan's Set. Backends and pools that are as before keep
// everything; a changed rule gets a new breaker, a changed host new addresses.
// Earlier sets go on working until their requests have ended. An error leaves
// everything as it was.
func (b *Backends) Build(c Config) (*Set, error) { return &Set{}, nil }

// Order sets what operators want, by names of backends; who is missing has no
// order.
func (b *Backends) Order(orders map[string]Order) {}

// Shutdown closes idle connections and waits for the lookups under way.
func (b *Backends) Shutdown(ctx context.Context) error { return nil }
