package configs

import (
	"log/slog"
	"net/netip"
	"time"

	"meridian/routing"
)

// Node is a checked node file with its defaults filled in. Paths are absolute
// or relative to the working directory; those in the file were relative to it.
type Node struct {
	Name     string               // a DNS label, lower case
	Location routing.LocationName // id of the location the node stands in
	Display  string               // the location as the file spells it
	Zone     string               // of the location; empty: none
	Roles    Roles
	DataDir  string // where state is kept

	// SecretsKeyFile holds the keys that seal secrets (ReadSecretsKeys); empty:
	// the node keeps none.
	SecretsKeyFile string

	DNS      NodeDNS
	Gateway  *NodeGateway // nil without the gateway role
	Cluster  *NodeCluster // nil: the node decides alone
	Probe    NodeProbe
	Resolver NodeResolver
	Admin    NodeAdmin
	Geo      NodeGeo
	Log      NodeLog

	PlanSource string // "file" or "api"; "api" only with Cluster
	Service    string // path of the service document; empty: the node waits for a plan of others

	Warnings Problems
}

// Roles says what a node does.
type Roles struct{ DNS, Gateway, Probe, Admin bool }

// NodeDNS configures the name server of a node.
type NodeDNS struct {
	Listen           []string // host:port or :port, for UDP and TCP alike
	NSID             string   // what RFC 5001 answers; the node's name unless given
	CookieSecretFile string   // holds the secret of RFC 9018 cookies; empty: a random one, kept in DataDir
	TCP              TCPLimits
	RateLimit        RateLimit
}

// TCPLimits bounds what DNS clients may hold over TCP.
type TCPLimits struct {
	MaxConnections int           // open at once, all clients
	MaxPerClient   int           // open at once, one network (/24, /56)
	MaxQueries     int           // answered on one connection before it is closed
	IdleTimeout    time.Duration // without a query
}

// RateLimit bounds equal answers to one network (response rate limiting).
type RateLimit struct {
	Enabled            bool
	ResponsesPerSecond int // per network and answer class
}

// NodeProbe configures the prober of a node.
type NodeProbe struct {
	// References must answer for the node to trust its own bad news; empty: the
	// node trusts itself.
	References []netip.AddrPort
}

// NodeResolver configures name lookups of a node.
type NodeResolver struct {
	Servers []netip.AddrPort // recursive name servers; empty: those of /etc/resolv.conf
}

// NodeAdmin configures the admin API of a node.
type NodeAdmin struct {
	Listen string // host:port; empty: no TCP listener; loopback unless TLS is given
	Socket string // path of the unix socket; empty: none

	TLS         *KeyPair          // nil: plain HTTP
	ClientCAs   string            // path of a PEM file; empty: client certificates do not count
	ClientRoles map[string]string // by common name: "viewer", "operator" or "admin"
	// AuthRequired says that everybody has to prove who they are at a loopback
	// address too (auth: required, or Listen lies beyond loopback).
	AuthRequired bool
}

// KeyPair names the PEM files of a certificate and of its private key.
type KeyPair struct{ Certificate, Key string }

// NodeGeo lists the mmdb files laid over the embedded table, later ones first
// in rank.
type NodeGeo struct {
	Databases []string
}

// NodeLog configures the log.
type NodeLog struct {
	Level  slog.Level
	Format string // "text" or "json"
}
