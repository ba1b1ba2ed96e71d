package dnsserver

import (
	"net/netip"

	"meridian/dnswire"
	"meridian/routing"
)

// Content is all that is answered. Nothing of it is changed once it has been
// given to Build.
type Content struct {
	Zones    []Zone // passing the slice of the previous View on saves building the names anew
	Snapshot *routing.Snapshot
	// HTTPS and LocationHTTPS hold the endpoints and the locations that have a
	// TLS listener. HTTPS records are answered where everything that stands
	// behind an answer has one, on the same port.
	HTTPS         map[routing.EndpointID]ServiceBinding
	LocationHTTPS map[routing.LocationID]ServiceBinding
	// Unwrap returns the IPv4 address inside a resolver's 6to4 or Teredo address,
	// and other addresses as they are. Nil: none is unwrapped.
	Unwrap func(netip.Addr) netip.Addr
	// Stale marks answers as possibly out of date: EDE 3, TTL of dynamic
	// answers at most 10 s.
	Stale bool
}

// Zone is a zone served with authority.
type Zone struct {
	Origin      dnswire.Name
	NameServers []NameServer
	Records     []dnswire.Record // static; as dnswire.ParseRecords returns them: no SOA, no NS at the apex
	// Profiles maps absolute names at or below Origin to the profiles answered
	// there.
	Profiles map[dnswire.Name]routing.ProfileID
	Serial   uint32       // of the SOA record; also what ZONEVERSION shows
	Mailbox  dnswire.Name // of the SOA record; empty: hostmaster below Origin
}

// NameServer is one of a zone's name servers. Addresses are published where its
// name lies in the zone.
type NameServer struct {
	Name      dnswire.Name
	Addresses []netip.Addr
}

// ServiceBinding is how an endpoint speaks TLS (RFC 9460).
type ServiceBinding struct {
	ALPN []string // "h2", "http/1.1"; at least one
	Port uint16   // 0 and 443 are not spelled out
}

// Times to live, in seconds (DESIGN §6).
const (
	nameServerTTL = 86400
	minSOATTL     = 5
	maxSOATTL     = 30
	clientSOATTL  = 10 // longest for a negative answer that depends on the client
	staleTTL      = 10
	refusedAnyTTL = 3600 // of the HINFO record that stands for type ANY
)

// Timers of the SOA record, in seconds. No secondary reads them: zones are not
// transferred.
const (
	soaRefresh = 3600
	soaRetry   = 600
	soaExpire  = 1209600
)
