package gateway

import (
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// maxRelayField bounds a Meridian-Relay field.
const maxRelayField = 4096

// relayHops is the only number of hops there is: a relayed request is served
// where it arrives.
const relayHops = "1"

// relayField writes an arrival as a value of Meridian-Relay: a query string,
// so that nothing a client chose can end a part of it.
func relayField(a Arrival) string {
	v := url.Values{}
	put := func(key, value string) {
		if value != "" {
			v.Set(key, value)
		}
	}
	put("hops", relayHops)
	put("id", a.ID)
	put("client", a.Client.String())
	put("scheme", a.Scheme)
	put("cert", a.Cert.SHA256)
	put("subject", a.Cert.Subject)
	put("from", a.From)
	put("via", a.Via)
	put("ttl", strconv.FormatInt(int64(a.TTL/time.Second), 10))
	return v.Encode()
}

// parseRelayField reads what a peer says of a request. Parts it does not know
// are a newer peer's.
func parseRelayField(values []string) (Arrival, error) {
	if len(values) != 1 || len(values[0]) > maxRelayField {
		return Arrival{}, fmt.Errorf("%d Meridian-Relay fields, exactly 1 of at most %d bytes is allowed", len(values), maxRelayField)
	}
	v, err := url.ParseQuery(values[0])
	if err != nil {
		return Arrival{}, fmt.Errorf("reading Meridian-Relay: %w", err)
	}
	for key, all := range v {
		if len(all) != 1 {
			return Arrival{}, fmt.Errorf("reading Meridian-Relay: %q is there %d times, once is allowed", key, len(all))
		}
	}
	if v.Get("hops") != relayHops {
		return Arrival{}, fmt.Errorf("reading Meridian-Relay: hops is %q, only %q is allowed", v.Get("hops"), relayHops)
	}
	return relayParts(v)
}

func relayParts(v url.Values) (Arrival, error) {
	client, err := netip.ParseAddrPort(v.Get("client"))
	if err != nil || client.Addr().Zone() != "" {
		return Arrival{}, fmt.Errorf("reading Meridian-Relay: client is %q, address:port is allowed", v.Get("client"))
	}
	a := Arrival{
		ID: v.Get("id"), Client: netip.AddrPortFrom(client.Addr().Unmap(), client.Port()), Scheme: v.Get("scheme"),
		Cert: Cert{SHA256: v.Get("cert"), Subject: v.Get("subject")}, From: v.Get("from"), Via: v.Get("via"),
	}
	if a.Scheme != "http" && a.Scheme != "https" {
		return Arrival{}, fmt.Errorf("reading Meridian-Relay: scheme is %q, http and https are allowed", a.Scheme)
	}
	if !harmlessID(a.ID) {
		return Arrival{}, fmt.Errorf("reading Meridian-Relay: id is %q, 1 to %d letters, digits and -_. are allowed", a.ID, maxID)
	}
	if a.Cert.SHA256 != "" && (len(a.Cert.SHA256) != 64 || strings.Trim(a.Cert.SHA256, "0123456789abcdef") != "") {
		return Arrival{}, fmt.Errorf("reading Meridian-Relay: cert is %q, 64 hex digits are allowed", a.Cert.SHA256)
	}
	return withTTL(a, v.Get("ttl"))
}

// withTTL reads the TTL in seconds, an RFC 2181 §8 number.
func withTTL(a Arrival, text string) (Arrival, error) {
	ttl, err := strconv.ParseUint(text, 10, 31)
	if err != nil {
		return Arrival{}, fmt.Errorf("reading Meridian-Relay: ttl is %q, 0 to 2147483647 is allowed", text)
	}
	a.TTL = time.Duration(ttl) * time.Second
	return a, nil
}

// believe takes a relayed request: its client is who the peer says it is, and
// it is served here.
func (x *exchange) believe() bool {
	if !x.arrival.Relayed {
		return false
	}
	a, err := parseRelayField(x.r.Header[headerRelay])
	stripOurs(x.r.Header)
	stripOurs(x.r.Trailer)
	if err != nil {
		x.g.log.Warn("a peer's request cannot be read", "peer", x.peer(), "error", err)
		return x.refuse(ReasonBadRelay)
	}
	a.Relayed, a.Host = true, x.arrival.Host
	if peer := x.peer(); peer != "" {
		a.From = peer
	}
	x.arrival = a
	x.named()
	x.outcome = OutcomeRelayedIn
	x.local()
	return true
}

// peer is the proved name of the node at the other end.
func (x *exchange) peer() string { return x.g.o.PeerOf(x.conn.Conn) }
