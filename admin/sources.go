package admin

import (
	"context"
	"net/netip"

	"meridian/admin/api"
)

// Sources is what the admin API shows. Node implements them. Every method may
// be called by many goroutines at once, must return soon (or when the context
// ends) and must not hand out memory that is written later. Errors choose the
// answer's status by being an *api.Error; others are Internal. A nil source
// makes its paths answer api.Unsupported, except Status and Readiness, which
// are required.
type Sources struct {
	Readiness Readiness
	Status    StatusSource
	Resolver  Resolver
	Health    HealthSource
	Profiles  ProfileSource
	Locations LocationSource
	Geo       GeoSource
	Zone      ZoneSource
	Events    EventSource

	Location LocationDetail
	Switches Switches
	Changes  ChangeSource
	Plan     PlanSource
	PlanEdit PlanWriter
	Past     PlanArchive
	Nodes    NodeSource
	Cluster  ClusterSource
	Secrets  SecretSource
	Tokens   TokenSource
	Drills   DrillSource
	Reports  DrillReports
	Matrix   MatrixSource
	Backends BackendSource
	Requests RequestSource
}

// Readiness says why the node does not serve: nothing when it does. An answer
// from a last-known-good plan is serving.
type Readiness interface {
	NotReady() []string
}

// StatusSource makes the one-screen summary.
type StatusSource interface {
	Status(ctx context.Context) (api.Status, error)
}

// Resolver answers a question as the DNS server would, without counting it.
// api.Invalid: a name that is none, a type that is none. Names outside the
// zones are not errors: the Rcode is REFUSED.
type Resolver interface {
	Resolve(ctx context.Context, q api.ResolveRequest) (api.ResolveResult, error)
}

// HealthSource lists all targets by id, probes one now, and releases one that
// is down (api.NotFound: no such target). A probe on demand moves no verdict.
type HealthSource interface {
	Health(ctx context.Context) (api.Health, error)
	Probe(ctx context.Context, target string) (api.ProbeReport, error)
	Release(ctx context.Context, target string) (api.Released, error)
}

// ProfileSource lists all profiles in plan order, and shows one (api.NotFound).
// The server fills Failover from Monitor and TTL.
type ProfileSource interface {
	Profiles(ctx context.Context) ([]api.Profile, error)
	Profile(ctx context.Context, name string) (api.Profile, error)
}

// LocationSource lists the service's locations in plan order.
type LocationSource interface {
	Locations(ctx context.Context) ([]api.Location, error)
}

// LocationDetail shows one location, by id, with its arrivals (api.NotFound).
type LocationDetail interface {
	Location(ctx context.Context, id string) (api.Location, error)
}

// GeoSource says what is known of a client address.
type GeoSource interface {
	Geo(ctx context.Context, a netip.Addr) (api.GeoResult, error)
}

// ZoneSource shows the delegation data, and compares it with what the parent
// and the name servers say.
type ZoneSource interface {
	Zone(ctx context.Context) (api.Zone, error)
	CheckZone(ctx context.Context) (api.ZoneCheck, error)
}

// EventSource is a bounded, ordered record of what happened. EventLog is one.
//
// Since returns the events kept behind the one with the given id, oldest first,
// at most limit, and whether events in between are gone. The empty id, and an
// id of another run, stand before the oldest event kept. Changed returns a
// channel that is closed when there is an event newer than all at the time of
// the call.
type EventSource interface {
	Since(after string, limit int) (events []api.Event, lost bool)
	Changed() <-chan struct{}
}
