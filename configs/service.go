package configs

import (
	"net/netip"

	"meridian/dnswire"
	"meridian/gateway/policy"
	"meridian/routing"
)

// Service is a compiled service document: everything a node needs to serve it.
type Service struct {
	Name string
	Hash string // of the Bundle it was compiled from: SHA-256 in hex

	Primary     routing.LocationName // the location marked primary; empty: none is
	PrimaryNode string               // name of the node that writes the plan; empty: the first registered in Primary
	NodeKeys    []NodeKey            // the nodes that are trusted where trust is pinned

	// Plan holds the profiles of the document, then the implied ones: the gateway
	// profile where the document has none, and per location and gateway the
	// names of DESIGN §4 "Names in the zone".
	Plan     *routing.Plan
	Switches Switches // what the document itself switches off

	Places   []Place   // coordinates, by LocationID
	Regions  []Region  // the locations of the document, in its order: the first Places
	Gateways []Gateway // those the document lists, in its order, then registered ones by name
	Monitors []Monitor // what is to be probed

	Zones   []Zone                         // the service's zone first, then hostnames with dns: zone
	Aliases []dnswire.Name                 // hostnames with dns: cname, in their order
	HTTPS   map[routing.EndpointID]Binding // endpoints whose gateways all have TLS

	Overrides []GeoOverride
	Latency   *File // geo.latency; nil: none

	// Unassigned are the registered gateways that serve nothing, and why.
	Unassigned []Unassigned

	MinEnabledLocations int // operators may not leave fewer enabled
	MaxShift            int // percent of the clients that plan changes may move in a minute, 1 .. 100

	Drills []Drill // those that start by themselves

	Backends []Backend       // in the order of the document
	Pools    []Pool          // likewise; names are unique among both
	APIs     []API           // in the order of the document
	Policies *policy.Program // of the service itself, for what no API claims; nil: there are none
	Retry    Retry           // the built-in second attempt
	Secrets  []string        // names of the secrets the document refers to, sorted, each once

	SecretPlaces map[string][]string // where it refers to each, as backends[0].credentials.authorization.secret; at most 16

	Warnings Problems
}

// Switches holds what the document wants on or off, by id, ready for a
// routing.State: On or Off.
type Switches struct {
	Profiles  []routing.Switch
	Endpoints []routing.Switch
	Locations []routing.Switch
}

// Place is a location of the plan with its coordinates.
type Place struct {
	Name                routing.LocationName
	Latitude, Longitude float64 // degrees
	Known               bool    // false: no coordinates; never ranked by distance
	Declared            bool    // a location of the service, not only an endpointLocation
}

// Gateway is a gateway the document lists under a location.
type Gateway struct {
	Location routing.LocationName
	Name     string       // a DNS label, unique in the service
	Addrs    []netip.Addr // unmapped
	Port     uint16
	TLS      bool

	Registered bool   // it registered itself
	Status     string // path that probes ask for unless the document has another; empty: the usual one
}

// Binding is what HTTPS and SVCB records say of an endpoint (RFC 9460).
type Binding struct {
	ALPN []string // empty: the default of the scheme
	Port uint16
}

// Zone is one zone the name servers are authoritative for.
type Zone struct {
	Origin      dnswire.Name
	NameServers []NameServer
	Records     []dnswire.Record                   // static; none clashes with a profile's name
	Profiles    map[dnswire.Name]routing.ProfileID // absolute names; the apex for hostnames with dns: zone
}

// NameServer is a name server of the zones.
type NameServer struct {
	Name  dnswire.Name
	Addrs []netip.Addr // unmapped; glue where Name is in the zone
}

// GeoOverride says where the addresses of a prefix are.
type GeoOverride struct {
	Prefix              netip.Prefix    // masked
	Code                routing.GeoCode // empty: not overridden
	Latitude, Longitude float64         // degrees
	Located             bool            // the coordinates count
}

// File is a file a document names.
type File struct {
	Name string // as the document has it: relative, with slashes
	Data []byte
}

// Options is what Compile needs from its surroundings.
type Options struct {
	// Region returns the coordinates of a well-known cloud region in degrees, by
	// its name as the document spells it. Nil knows none.
	Region func(name string) (latitude, longitude float64, ok bool)

	// Gateways are those that nodes have registered, in any order. They count as
	// if the document listed them. A name both have is the registered one's.
	// None of them can make a document fail to compile.
	Gateways []RegisteredGateway

	// Secret returns the value of a secret. Nil, away from a node: every secret is
	// taken to be there, with a placeholder for its value and a warning.
	Secret func(name string) (value string, ok bool)
}
