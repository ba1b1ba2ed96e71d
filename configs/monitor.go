package configs

import (
	"net/netip"
	"time"

	"meridian/routing"
)

// Monitor is one thing to probe: an endpoint's target or one address of a
// gateway.
type Monitor struct {
	// ID is stable while the thing keeps its place in the plan: "shop/us" for an
	// endpoint, "@westus2/westus2-1/203.0.113.10" for an address of a gateway.
	ID string

	Profile  routing.ProfileName  // an endpoint's monitor; empty for gateways
	Endpoint routing.EndpointName // an endpoint's monitor; empty for gateways
	Position routing.EndpointID   // an endpoint's monitor: its position in the plan

	Location routing.LocationName // a gateway's monitor; empty for endpoints
	Gateway  string               // a gateway's monitor: the gateway's name

	Host string     // without trailing dot, to be looked up; empty where Addr is valid
	Addr netip.Addr // unmapped

	Check Check
}

// Check says how a thing is probed (azure.md §1.9).
type Check struct {
	Protocol   string        // "HTTP", "HTTPS" or "TCP"
	Port       uint16        // 1 .. 65535
	Path       string        // with leading slash; empty for TCP
	HostHeader string        // HTTP(S): the Host header given; empty: the target's name
	Headers    []Header      // HTTP(S): at most 8, never Host
	Ranges     []StatusRange // HTTP(S): at most 8; none: exactly 200
	Interval   time.Duration // 1 s .. 10 min
	Timeout    time.Duration // 1 s .. Interval
	Tolerated  int           // failures in a row that are not yet "down", 0 .. 9
	Rise       int           // successes in a row that are "up", 1 .. 10
	Manual     bool          // failback: manual
	Wait       bool          // initial: wait
	HoldDown   time.Duration // longest time a flapping target is held down, 0 .. 1 h
	CheckChain bool          // HTTPS: the certificate must be valid and chain to a known root
	CheckName  bool          // HTTPS: it must be for ServerName too; only with CheckChain
	ServerName string        // HTTPS: sent and checked; empty: HostHeader, else the target
}

// Header is a request header sent by probes.
type Header struct{ Name, Value string }

// StatusRange is an inclusive range of HTTP status codes.
type StatusRange struct{ Min, Max int }
