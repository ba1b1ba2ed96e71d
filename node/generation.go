package node

import (
	"context"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"meridian/configs"
	"meridian/dnsserver"
	"meridian/geo"
	"meridian/healthprobe"
	"meridian/intent"
	"meridian/routing"
)

// generation is a service document compiled: all that health cannot change.
type generation struct {
	bundle     *configs.Bundle
	service    *configs.Service
	source     string // where the document came from
	applied    time.Time
	latency    *geo.LatencyTable
	places     []geo.Place
	geo        *geoSource
	databases  []geo.Database // what the structure was made from
	structure  *routing.Structure
	zones      []dnsserver.Zone
	https      map[routing.EndpointID]dnsserver.ServiceBinding
	atPlaces   map[routing.LocationID]dnsserver.ServiceBinding
	index      index
	registered []configs.RegisteredGateway  // by nodes, when it was compiled
	secrets    map[string][sha256.Size]byte // sums of the values of secrets it was compiled with; nil: with none
	version    intent.PlanVersion
	serial     uint32 // version.Seq: the SOA serial of the zones
}

// geoSource is where client tables come from, with a registry of its own, so
// that its metrics go when it goes.
type geoSource struct {
	atlas
	overrides []configs.GeoOverride
	registry  *prometheus.Registry
}

// atlas knows where clients are; its files may change while it is used. A
// geo.Source is one.
type atlas interface {
	charts
	Start() error
	Shutdown(ctx context.Context) error
}

// charts is what an atlas knows.
type charts interface {
	Table(places []geo.Place, latency *geo.LatencyTable) (*routing.ClientTable, error)
	Describe(a netip.Addr) geo.Description
	Databases() []geo.Database
}

func openAtlas(o geo.Options) (atlas, error) { return geo.Open(o) }

// compiler compiles documents. It runs in check, at start and on every reload:
// what it accepts can be served.
type compiler struct {
	atlas     func(geo.Options) (atlas, error)
	databases []string
	log       *slog.Logger
	changed   func()                                    // called when a geo database was replaced
	node      *configs.Node                             // nil: of no node
	secret    func(name string) (value string, ok bool) // nil: every secret is taken to be there

	registered atomic.Pointer[[]configs.RegisteredGateway] // by nodes
}

// gateways lists what nodes have registered.
func (c *compiler) gateways() []configs.RegisteredGateway {
	if all := c.registered.Load(); all != nil {
		return *all
	}
	return nil
}

// compile makes a generation; prev, which may be nil, lends it what is the same.
func (c *compiler) compile(b *configs.Bundle, source string, v intent.PlanVersion, prev *generation) (*generation, error) {
	registered := c.gateways()
	sums := map[string][sha256.Size]byte{}
	service, err := b.Compile(configs.Options{Region: region, Gateways: registered, Secret: c.summing(sums)})
	if err != nil {
		return nil, err
	}
	if err := c.checkRequests(service); err != nil {
		return nil, err
	}
	v.Hash = b.Hash
	g := &generation{bundle: b, service: service, source: source, registered: registered, secrets: sums, version: v, serial: uint32(v.Seq), applied: time.Now(), index: newIndex(service)}
	if f := service.Latency; f != nil {
		if g.latency, err = geo.ParseLatency(f.Name, f.Data); err != nil {
			return nil, err
		}
	}
	if err := g.checkSize(); err != nil {
		return nil, err
	}
	for _, p := range service.Places {
		g.places = append(g.places, geoPlace(p))
	}
	if g.geo, err = c.open(g, prev); err != nil {
		return nil, err
	}
	if err := g.build(prev); err != nil {
		return nil, err
	}
	return g, nil
}

// provisional reports whether the plan was read from a file by a node that does
// not write it: any plan of the writer replaces it.
func (g *generation) provisional() bool { return g.version.Term == 0 }

// as returns g under another version.
func (g *generation) as(v intent.PlanVersion, source string) *generation {
	next := *g
	v.Hash = g.version.Hash
	next.version, next.serial, next.source, next.applied = v, uint32(v.Seq), source, time.Now()
	next.zones = zonesOf(g.service, next.serial)
	return &next
}

// declares reports whether a location is one of the service's.
func (g *generation) declares(name routing.LocationName) bool {
	id, known := g.structure.LocationID(name)
	return known && g.service.Places[id].Declared
}

// leavesOut reports whether a service has locations and one is not among them.
func (g *generation) leavesOut(name routing.LocationName) bool {
	return name != "" && len(g.service.Regions) > 0 && !g.declares(name)
}

// checkSize refuses what the prober or the resolver would not take.
func (g *generation) checkSize() error {
	if n := len(g.service.Monitors); n > healthprobe.MaxTargets {
		return fmt.Errorf("%d targets to probe: want at most %d", n, healthprobe.MaxTargets)
	}
	if n := len(g.flattenedNames()); n > maxFlattened {
		return fmt.Errorf("%d names of endpoints to look up (flatten): want at most %d", n, maxFlattened)
	}
	return nil
}

// open returns the source of client locations; prev's where it is the same.
func (c *compiler) open(g, prev *generation) (*geoSource, error) {
	overrides := g.service.Overrides
	if prev != nil && slices.Equal(prev.geo.overrides, overrides) {
		return prev.geo, nil
	}
	s := &geoSource{overrides: overrides, registry: prometheus.NewRegistry()}
	o := geo.Options{Databases: c.databases, Places: g.places, Logger: c.log, Registerer: s.registry, Changed: c.changed}
	for _, v := range overrides {
		override := geo.Override{Prefix: v.Prefix, Geo: v.Code}
		if v.Located {
			override.Coordinates = &geo.Coordinates{Latitude: v.Latitude, Longitude: v.Longitude}
		}
		o.Overrides = append(o.Overrides, override)
	}
	var err error
	if s.atlas, err = c.atlas(o); err != nil {
		return nil, fmt.Errorf("reading client locations: %w", err)
	}
	return s, nil
}

// build makes the structure and all that follows from it alone. prev, which may
// be nil, lends its client table where that would be the same.
func (g *generation) build(prev *generation) error {
	g.databases = g.geo.Databases()
	table, err := g.clients(prev)
	if err != nil {
		return fmt.Errorf("making the client table: %w", err)
	}
	if g.structure, err = routing.Build(g.service.Plan, table); err != nil {
		return err
	}
	g.zones = zonesOf(g.service, g.serial)
	g.https, g.atPlaces = bindingsOf(g.service, g.structure)
	snapshot := g.structure.Publish(fold(g, nil, nil, nil), nil)
	if _, err := g.view(snapshot, nil, false); err != nil {
		return fmt.Errorf("building answers: %w", err)
	}
	return nil
}

// clients makes the client table.
func (g *generation) clients(prev *generation) (*routing.ClientTable, error) {
	same := prev != nil && prev.geo == g.geo && prev.current() && g.latency == nil && prev.latency == nil &&
		slices.EqualFunc(prev.places, g.places, samePlace)
	if same {
		return prev.structure.Clients(), nil
	}
	return g.geo.Table(g.places, g.latency)
}

func samePlace(a, b geo.Place) bool {
	if a.Name != b.Name || (a.Coordinates == nil) != (b.Coordinates == nil) {
		return false
	}
	return a.Coordinates == nil || *a.Coordinates == *b.Coordinates
}

// current reports whether the structure is made from the databases as they are.
func (g *generation) current() bool {
	return slices.EqualFunc(g.databases, g.geo.Databases(), func(a, b geo.Database) bool { return a.SHA256 == b.SHA256 })
}

// retabled returns g with a new client table.
func (g *generation) retabled() (*generation, error) {
	next := *g
	return &next, next.build(nil)
}

// view builds the answers of a snapshot; stale marks them as of a node that has
// no contact to most others.
func (g *generation) view(s *routing.Snapshot, prev *dnsserver.View, stale bool) (*dnsserver.View, error) {
	return dnsserver.Build(dnsserver.Content{
		Zones: g.zones, Snapshot: s, HTTPS: g.https, LocationHTTPS: g.atPlaces, Unwrap: geo.Unwrap, Stale: stale,
	}, prev)
}

// region adapts geo's table of well-known regions to configs.
func region(name string) (latitude, longitude float64, ok bool) {
	c, ok := geo.RegionOf(name)
	return c.Latitude, c.Longitude, ok
}

func geoPlace(p configs.Place) geo.Place {
	out := geo.Place{Name: p.Name}
	if p.Known {
		out.Coordinates = &geo.Coordinates{Latitude: p.Latitude, Longitude: p.Longitude}
	}
	return out
}

func zonesOf(s *configs.Service, serial uint32) []dnsserver.Zone {
	var zones []dnsserver.Zone
	for _, z := range s.Zones {
		zone := dnsserver.Zone{Origin: z.Origin, Records: z.Records, Profiles: z.Profiles, Serial: serial}
		for _, ns := range z.NameServers {
			zone.NameServers = append(zone.NameServers, dnsserver.NameServer{Name: ns.Name, Addresses: ns.Addrs})
		}
		zones = append(zones, zone)
	}
	return zones
}

// bindingsOf returns who speaks TLS: endpoints, and locations of which every
// gateway does, on one port.
func bindingsOf(s *configs.Service, structure *routing.Structure) (map[routing.EndpointID]dnsserver.ServiceBinding, map[routing.LocationID]dnsserver.ServiceBinding) {
	https := map[routing.EndpointID]dnsserver.ServiceBinding{}
	for id, b := range s.HTTPS {
		https[id] = binding(b.ALPN, b.Port)
	}
	places := map[routing.LocationID]dnsserver.ServiceBinding{}
	mixed := map[routing.LocationID]bool{}
	for _, g := range s.Gateways {
		id, _ := structure.LocationID(g.Location)
		known, seen := places[id]
		mixed[id] = mixed[id] || !g.TLS || seen && known.Port != g.Port
		places[id] = binding(nil, g.Port)
	}
	for id := range mixed {
		if mixed[id] {
			delete(places, id)
		}
	}
	return https, places
}

// binding fills in the protocols that HTTPS records promise where none are said.
func binding(alpn []string, port uint16) dnsserver.ServiceBinding {
	if len(alpn) == 0 {
		alpn = []string{"http/1.1"}
	}
	return dnsserver.ServiceBinding{ALPN: alpn, Port: port}
}
