package routing

import "net/netip"

// Limits of a plan (azure.md §1.4; the last is ours).
const (
	MaxEndpoints = 200 // endpoints in one profile
	MaxDepth     = 10  // profiles on one nesting path
	MaxReturn    = 10  // endpoints a MultiValue answer may hold
	MaxWeight    = 1000
	MaxPriority  = 1000
	MaxAnswer    = 8 // addresses of one family answered for a location
)

// Plan is what routing needs of a service document. Build reads it once and
// keeps no reference to it.
type Plan struct {
	// Locations holds the service's own locations first, then every other
	// place an endpoint names as its endpointLocation.
	Locations []Location
	Profiles  []Profile
}

// Location is a place: a region of the service, or just where an endpoint is.
type Location struct {
	Name               LocationName
	Display            string // "West US 2"
	MinHealthyGateways int    // nodes with a gateway up for the location to be up; 0 means 1

	// Families are those that some gateway the plan itself lists has; neither
	// where it lists none.
	Families Answers
}

// Profile is one name and the rule by which its answer is chosen.
type Profile struct {
	Name            ProfileName
	Method          Method
	TTL             uint32 // seconds; 0 .. 2147483647
	MaxReturn       int    // MultiValue: endpoints in an answer, 1 .. 10; 0 means 2
	Reroll          int    // Weighted: another number deals every client anew
	Strict          bool   // Geographic: no fallback beyond the mapping, no failover (Azure)
	NoMatchNoData   bool   // accept that some clients get NODATA (strict Geographic, Subnet)
	PartialFamilies bool   // answer a family that only some endpoints have
	Flatten         bool   // answer addresses for endpoints that are names
	Endpoints       []Endpoint
}

// Endpoint is one candidate of a profile.
type Endpoint struct {
	Name     EndpointName
	Target   Target
	Serve    Serve
	Weight   int          // Weighted: 1 .. 1000; 0 means 1
	Priority int          // Priority: 1 .. 1000, lower first; 0 means its place in the list
	Location LocationName // Performance: where the endpoint is; a location target implies it
	Geo      []GeoCode    // Geographic: the codes mapped here
	Subnets  []AddrRange  // Subnet: the client ranges mapped here; none makes it the fallback

	// Nested: the least number of available endpoints in the child; 0 means 1
	// for MinChild and "no such minimum" for the families.
	MinChild, MinChildIPv4, MinChildIPv6 int
}

// TargetKind says what an endpoint points at.
type TargetKind uint8

// The kinds of target. A tree of profiles has either only TargetName leaves
// (answered as CNAME) or none, unless names are flattened.
const (
	TargetName     TargetKind = iota // a host name
	TargetAddress                    // one IP address
	TargetLocation                   // every gateway of a location
	TargetGateway                    // one node's gateway in a location
	TargetProfile                    // a nested profile
)

// Target is what an endpoint points at; Kind says which field counts.
type Target struct {
	Kind     TargetKind
	Name     string       // TargetName: fully qualified, lower case, with trailing dot
	Addr     netip.Addr   // TargetAddress: unmapped, without zone
	Location LocationName // TargetLocation, TargetGateway
	Node     string       // TargetGateway: the node's name
	Profile  ProfileName  // TargetProfile
}

// Serve says what may take an endpoint out of the answer.
type Serve uint8

const (
	ServeProbed Serve = iota // health and operators
	ServeAlways              // operators only (alwaysServe: Enabled)
	ServePinned              // nothing: the "direct" names, which test a region before it is enabled
)

// AddrRange is an inclusive range of addresses of one family.
type AddrRange struct{ First, Last netip.Addr }

// Contains reports whether a lies in r.
func (r AddrRange) Contains(a netip.Addr) bool {
	return a.BitLen() == r.First.BitLen() && r.First.Compare(a) <= 0 && a.Compare(r.Last) <= 0
}
