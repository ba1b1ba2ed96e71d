package configs

import (
	"net/netip"
	"net/url"
	"time"
)

// NodeGateway configures the gateway of a node.
type NodeGateway struct {
	Listen    []GatewayListener // at least one
	Advertise []netip.Addr      // what DNS answers; unmapped, at least one, at most 8
	Backend   *url.URL          // takes what no API claims; scheme http or https, without user, query and fragment; nil: nothing does
	Direct    []netip.Prefix    // who may use the direct names; none: nobody
	Limits    GatewayLimits

	AllowedBackends []netip.Prefix // backend addresses the guard lets pass though they are loopback, link-local, metadata or its own
	BackendRefresh  time.Duration  // how often names of backends are looked up; 0: when their TTL ends
	TrustedProxies  []netip.Prefix // whose Forwarded and X-Forwarded-* fields are believed; none: nobody's
	AccessLog       *AccessLog     // nil: none
}

// AccessLog says where requests are logged.
type AccessLog struct {
	File string // path; "-" is standard output
	Rate int    // lines a second; requests beyond are sampled
}

// GatewayListener is an address at which clients are served.
type GatewayListener struct {
	Address string   // host:port or :port
	TLS     *KeyPair // nil: plain HTTP
}

// GatewayLimits bounds what clients may hold.
type GatewayLimits struct {
	MaxConnections int           // open at once
	MaxHeaderBytes int           // octets of a request's header
	HeaderTimeout  time.Duration // for a request's header
	IdleTimeout    time.Duration // without a request
	StallTimeout   time.Duration // without a byte moving in a body or an answer
	MaxRelays      int           // requests relayed to other locations at once
}

// Public returns the listener that is registered and probed: the first with
// TLS, else the first.
func (g *NodeGateway) Public() GatewayListener {
	for _, l := range g.Listen {
		if l.TLS != nil {
			return l
		}
	}
	return g.Listen[0]
}
