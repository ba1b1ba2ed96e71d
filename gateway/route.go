package gateway

import (
	"net/http"
	"net/netip"
	"time"

	"meridian/gateway/record"
	"meridian/routing"
)

// Router answers from the live snapshot where a request is to be served. It is
// called once per request, by many goroutines, and does not block.
type Router interface {
	// Arrive decides for a host (no port, lower case, no trailing dot) and the
	// address of the client.
	Arrive(host string, client netip.Addr) Route
}

// Peers are the nodes whose gateways can take a relayed request.
type Peers interface {
	// RelayTransport returns what carries requests to the relay listener of a
	// node, over streams on which both ends are proved; nil if the node is not
	// known. It is called per request and returns the same transport as long as
	// the node can be reached the same way. See NewTransport.
	RelayTransport(node string) http.RoundTripper
}

// Route is where a request is to be served. Exactly one of Here, Refuse and a
// relay to Nodes holds, in this order.
type Route struct {
	Location routing.LocationName // that serves it; "" when refused without one
	Here     bool                 // served by this node
	Refuse   bool                 // answered with Reason
	Reason   Reason               // of a refusal
	Nodes    []string             // members of the location to relay to, in the order to try; not modified after
	Late     bool                 // it came to a location or node that clients are steered away from
	OffSince time.Time            // Late: since when; zero if not known
	TTL      time.Duration        // of the name's answers
	Direct   bool                 // the host is a direct name
}

// Reason says why a request was refused: the value of Meridian-Reason.
type Reason string

// Reasons of refusals. The first three are the Router's, the others our own.
const (
	ReasonNoMatch      Reason = "no_match"          // strict geographic without a match: never another region
	ReasonDrillLoss    Reason = "drill_loss"        // a drill plays a dead region
	ReasonDirectDenied Reason = "direct_denied"     // a direct name, and the client is not in the networks that may use it
	ReasonUnavailable  Reason = "relay_unavailable" // no member took the request
	ReasonOverload     Reason = "relay_overload"    // more relays than Limits.Relays
	ReasonRelayFailed  Reason = "relay_failed"      // a member had the request, or a part of it, and did not answer
	ReasonRelayTimeout Reason = "relay_timeout"     // a member had the request and did not answer in time
	ReasonLocalFailed  Reason = "local_failed"      // nothing here answered
	ReasonBadRelay     Reason = "bad_relay_field"   // a peer's request without a Meridian-Relay that can be read
	ReasonConnect      Reason = record.ReasonConnect
	ReasonTrace        Reason = record.ReasonTrace
	ReasonSlowBody     Reason = "slow_body"         // the request's body came too slowly
	ReasonBadRequest   Reason = "bad_request"       // its target or its Host cannot be read in one way, or it is half an HTTP/2 preface
	ReasonBadBody      Reason = "bad_body"          // the request's body is not framed as HTTP says
	ReasonExhausted    Reason = "gateway_exhausted" // this machine has no port, descriptor or buffer left for it
	ReasonLoop         Reason = "loop"              // it has come by here before, again and again
	ReasonMisdirected  Reason = "misdirected"       // TLS: the connection is for another name, and there is a certificate for this one
	ReasonPools        Reason = "pool_share"        // on status paths: too few backends take requests
	ReasonPanic        Reason = "internal"          // a defect of ours; the log has it
)

// Status is the HTTP status a refusal is answered with.
func (r Reason) Status() int {
	switch r {
	case ReasonDirectDenied:
		return http.StatusForbidden
	case ReasonRelayFailed, ReasonLocalFailed:
		return http.StatusBadGateway
	case ReasonRelayTimeout:
		return http.StatusGatewayTimeout
	case ReasonBadRelay, ReasonBadRequest, ReasonBadBody:
		return http.StatusBadRequest
	case ReasonConnect, ReasonTrace:
		return http.StatusNotImplemented
	case ReasonSlowBody:
		return http.StatusRequestTimeout
	case ReasonLoop:
		return http.StatusLoopDetected
	case ReasonMisdirected:
		return http.StatusMisdirectedRequest
	case ReasonPanic:
		return http.StatusInternalServerError
	}
	return http.StatusServiceUnavailable
}

// ends reports whether nothing that follows on the connection can be read.
func (r Reason) ends() bool { return r == ReasonBadBody || r == ReasonSlowBody }

// retryable reports whether the same request may succeed a little later.
func (r Reason) retryable() bool {
	switch r {
	case ReasonDrillLoss, ReasonUnavailable, ReasonOverload, ReasonExhausted:
		return true
	}
	return false
}
