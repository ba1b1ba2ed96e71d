package gateway

import (
	"encoding/hex"
	"math/rand/v2"
	"net/http"
	"strings"
)

// identify learns who asks and how the request is called, and removes what
// only a peer or a trusted front end may say.
func (x *exchange) identify() bool {
	if x.conn.trusted {
		x.fronted()
	}
	stripClaims(x.r.Header, x.conn.trusted)
	stripClaims(x.r.Trailer, false)
	x.named()
	return false
}

// named gives the request its id and its trace, those it came with where they
// can be kept.
func (x *exchange) named() {
	h := x.r.Header
	trace := carryTrace(h)
	if trace == "" {
		x.trace = newTraceParent()
		trace = x.trace[3:35]
	}
	x.traceID = trace
	if x.arrival.ID != "" {
		return // a peer's word
	}
	given := h[headerRequestID]
	switch {
	case len(given) == 1 && harmlessID(given[0]):
		x.arrival.ID = given[0]
	case x.trace != "":
		x.arrival.ID = trace
	default:
		x.arrival.ID = newID()
	}
}

// stripClaims takes off what clients say of themselves. What else a trusted
// front end says of them stays.
func stripClaims(h http.Header, trusted bool) {
	for name := range h {
		if isOurs(name) || forwarding(name) || !trusted && identifying(name) {
			delete(h, name)
		}
	}
}

func stripOurs(h http.Header) {
	for name := range h {
		if isOurs(name) {
			delete(h, name)
		}
	}
}

func isOurs(name string) bool {
	const n = len(ourPrefix)
	return len(name) >= n && (name[0] == 'M' || name[0] == 'm') && strings.EqualFold(name[:n-1], ourPrefix[:n-1]) && (name[n-1] == '-' || name[n-1] == '_')
}

// harmlessID reports whether a request id may be taken over as it is.
func harmlessID(id string) bool {
	return len(id) > 0 && len(id) <= maxID && strings.IndexFunc(id, notInID) < 0
}

func newID() string {
	var raw [16]byte
	for i := 0; i < len(raw); i += 8 {
		n := rand.Uint64()
		for j := range 8 {
			raw[i+j] = byte(n >> (8 * j))
		}
	}
	return hex.EncodeToString(raw[:])
}

func notInID(r rune) bool {
	switch {
	case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '_', r == '.':
		return false
	}
	return true
}
