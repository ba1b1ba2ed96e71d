package gateway

import (
	"net/http"
	"strings"
)

// Fields that are written for each request have their room in the exchange.
const (
	sayFor = iota
	sayProto
	sayHost
	sayForwarded
	sayID
	sayTrace
	sayAgent
	sayRelay
	sayUpgrade
	sayConnection
	sayings
)

// say sets a field to one value, in the room of the exchange. Names are in
// canonical form.
func (x *exchange) say(h http.Header, at int, name, value string) {
	x.said[at] = value
	h[name] = x.said[at : at+1 : at+1]
}

// prepare makes the outgoing request of the incoming one, in place.
func (x *exchange) prepare(scheme, host string) {
	h := x.r.Header
	upgrade := x.upgrade()
	stripHops(h)
	if upgrade != "" {
		x.say(h, sayConnection, "Connection", "Upgrade")
		x.say(h, sayUpgrade, "Upgrade", upgrade)
	}
	if _, said := h["User-Agent"]; !said {
		x.say(h, sayAgent, "User-Agent", "") // so that nobody adds one of their own
	}
	x.r.URL.Scheme, x.r.URL.Host = scheme, host
	x.sayOrigin(h)
	x.g.via.passed(h, protocolOf(x.in))
	x.say(h, sayID, headerRequestID, x.arrival.ID)
	if x.trace != "" {
		x.say(h, sayTrace, headerTraceParent, x.trace)
	}
}

// upgrade is the protocol that a request asks for; "": none, or one that does
// not pass (RFC 9110 §7.8). Offers of several are taken off, and requests with a
// body have none.
func (x *exchange) upgrade() string {
	h := x.r.Header
	asked := h["Upgrade"]
	if len(asked) != 1 || !passes(asked[0]) || !namesToken(h["Connection"], "upgrade") || x.r.ContentLength != 0 || x.r.ProtoMajor != 1 {
		return ""
	}
	if !strings.EqualFold(asked[0], protocolWebSocket) {
		return asked[0]
	}
	if x.r.Method != http.MethodGet { // RFC 6455 §4.1
		return ""
	}
	return protocolWebSocket
}

const protocolWebSocket = "websocket"

// passes reports whether a tunnel of this protocol may lead through. One that
// carries HTTP, or hides it, would lead past all that looks at requests.
func passes(protocol string) bool {
	name, _, _ := strings.Cut(strings.ToLower(protocol), "/")
	switch name {
	case "", "h2c", "h2", "h3", "http", "https", "tls":
		return false
	}
	return !strings.ContainsAny(name, ", \t")
}

func protocolOf(r *http.Request) string {
	switch {
	case r.ProtoMajor == 2:
		return "2.0"
	case r.ProtoMinor == 0:
		return "1.0"
	}
	return "1.1"
}

// toPeer adds what we know of the request for a peer.
func (x *exchange) toPeer() {
	x.prepare("http", relayHost)
	a := x.arrival
	a.From, a.Via, a.TTL = x.g.o.Node, x.g.o.Location, x.route.TTL
	x.say(x.r.Header, sayRelay, headerRelay, relayField(a))
}

// toLocal makes the request for Options.Local.
func (x *exchange) toLocal() { x.prepare(x.arrival.Scheme, x.r.Host) }
