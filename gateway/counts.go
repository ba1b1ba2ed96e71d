package gateway

import (
	"net/netip"
	"time"

	"meridian/routing"
)

// Outcome is what became of a request.
type Outcome string

// Outcomes. Each request has one.
const (
	OutcomeHere      Outcome = "here"       // served here, for a client
	OutcomeRelayedIn Outcome = "relayed_in" // served here, for a peer
	OutcomeRelayed   Outcome = "relayed"    // served by a peer
	OutcomeRefused   Outcome = "refused"    // answered by us with a Reason
	OutcomeStatus    Outcome = "status"     // a status path
)

// Counts is the account of a gateway since it was made. Its numbers only grow,
// but for Late, which is of one time off, and the gauges.
type Counts struct {
	Outcomes    map[Outcome]OutcomeCounts
	RelayedTo   map[routing.LocationName]uint64 // requests that a node of the location took
	Refused     map[Reason]uint64
	LateTotal   uint64 // late requests of all times off
	Late        Late
	Connections int64  // open now, relay streams included
	Rejected    uint64 // connections above Limits.Connections
	Tunnels     int64  // WebSockets and other upgrades open now
	TunnelsEver uint64
	Relays      int64  // under way now
	Closes      uint64 // connections told to go elsewhere
	Panics      uint64
	InFlight    int64 // requests being handled now, tunnels included

	ChatterClosed uint64 // connections closed for sending much and asking nothing
	ResetsClosed  uint64 // HTTP/2 connections closed for resetting most of their requests
	LogDropped    uint64 // lines of the access log that its writer did not take in time
}

// OutcomeCounts is the account of one outcome.
type OutcomeCounts struct {
	Requests uint64
	Errors   uint64    // answers of 500 and above, and answers that broke off
	Aborted  uint64    // the client went away before the end
	Latency  Histogram // to the end of the answer; tunnels are not in it
}

// Late is the account of the newest time off: who comes although no answer
// names us any more.
type Late struct {
	Since    time.Time // of the time off; zero if there was none
	Requests uint64
	Relayed  uint64
	Refused  uint64
	Last     time.Time // zero: none came
	Ages     Histogram // time since Since
	Networks []Network // by Requests, most first
}

// Network is a client network, a /24 or a /48, of late requests. There are at
// most 4096; where more came, the rarest gave way, and Over says by how much
// Requests may be too high for it.
type Network struct {
	Prefix   netip.Prefix
	Requests uint64
	Over     uint64
	Last     time.Time
}
