package gateway

import (
	"context"
	"net/netip"
	"time"

	"meridian/gateway/record"
)

// Arrival is what is known of a request that is not in it: as its client's own
// gateway saw it, also where a peer relayed it.
type Arrival struct {
	ID      string         // of the request, in logs of all nodes
	Client  netip.AddrPort // never IPv4 in IPv6
	Scheme  string         // "http" or "https", as the client spoke it
	Host    string         // no port, lower case, no trailing dot
	Cert    Cert           // the client's certificate
	Relayed bool           // it came over the relay listener
	From    string         // Relayed: the node that relayed it
	Via     string         // Relayed: that node's location
	TTL     time.Duration  // Relayed: of the name's answers
	Direct  bool           // it came by a direct name
}

// Cert is a client's certificate; zero if it showed none.
type Cert struct {
	SHA256  string // fingerprint of the DER form, 64 hex digits
	Subject string // RFC 2253, at most 512 bytes
}

// ArrivalOf returns what is known of the request that Options.Local serves in
// ctx.
func ArrivalOf(ctx context.Context) (Arrival, bool) {
	x, ok := record.HolderOf(ctx).(*exchange)
	if !ok {
		return Arrival{}, false
	}
	return x.arrival, true
}
