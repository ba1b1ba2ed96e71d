package routing

import "net/netip"

// Family is the address family of a question.
type Family uint8

const (
	IPv4 Family = iota
	IPv6
)

// Client is whom a query is answered for.
type Client struct {
	Addr netip.Addr // unmapped; the client's network, or the resolver's address where Bits is 0
	Bits uint8      // ECS SOURCE PREFIX-LENGTH; 0: no client subnet was given
}

// Query is one decision to take.
type Query struct {
	Profile ProfileID
	Family  Family // matters to MultiValue and to locations with many gateways only
	Client  Client
	Draw    uint64 // uniformly random; used where no client subnet was given, and by rings
}

// SetID names an AnswerSet of a Snapshot. Ids stay what they are from one
// Publish to the next of the same Structure, unless Snapshot.Generation says
// otherwise.
type SetID uint32

// NoSet is the SetID of a decision without an answer.
const NoSet SetID = 1<<31 - 1

// Decision is the outcome of a Query.
type Decision struct {
	Set    SetID
	TTL    uint32 // seconds
	Scope  uint8  // ECS SCOPE PREFIX-LENGTH around Client.Addr; 0 where Client.Bits is 0
	Reason Reason
}

// Reason says in one word why a decision came out as it did.
type Reason uint8

const (
	ReasonAvailable Reason = iota // an available endpoint
	ReasonDrill                   // only endpoints in a drill were left
	ReasonFailOpen                // every endpoint that is on is down: served all the same
	ReasonNoMatch                 // no endpoint is meant for this client (noMatch: nodata)
	ReasonNoAddress               // something is on, but no address is known for it yet
	ReasonOff                     // everything is off
)

// String returns the reason in snake_case, as metrics and traces show it.
func (r Reason) String() string {
	return [...]string{"available", "drill", "fail_open", "no_match", "no_address", "off"}[r]
}

// AnswerSet is what a decision answers: either a name (CNAME) or addresses.
// Sets are interned: what stands behind two sets with one SetID is the same.
type AnswerSet struct {
	Name string // fully qualified; empty for addresses
	IPv4 []netip.Addr
	IPv6 []netip.Addr

	// Location is the location whose gateways these are, and NoLocation for
	// the targets of Endpoints. Profiles that name the same location share its
	// sets.
	Location  LocationID
	Endpoints []EndpointID
}

// NoLocation is the LocationID of nothing.
const NoLocation LocationID = 1<<16 - 1

// Answers says which questions a profile answers at all, for every client
// alike; others get NODATA (azure.md §1.8, DESIGN §6 "Kinds").
type Answers struct {
	CNAME      bool // the answer is a name, for every question type
	IPv4, IPv6 bool
}
