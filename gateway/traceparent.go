package gateway

import (
	"encoding/hex"
	"math/rand/v2"
	"net/http"
	"strings"
)

// W3C Trace Context, level 2.
const (
	headerTraceParent = "Traceparent"
	headerTraceState  = "Tracestate"

	parentLength  = 55 // of a traceparent of version 00
	maxTraceState = 512
	maxVendors    = 32
)

// newTraceParent begins a trace that nobody has decided to sample. Its id is
// random, and says so.
func newTraceParent() string {
	var raw [24]byte
	for i := 0; i < len(raw); i += 8 {
		n := rand.Uint64() | 1 // never all zeros
		for j := range 8 {
			raw[i+j] = byte(n >> (8 * j))
		}
	}
	var text [parentLength]byte
	copy(text[:], "00-")
	hex.Encode(text[3:35], raw[:16])
	text[35] = '-'
	hex.Encode(text[36:52], raw[16:])
	copy(text[52:], "-02")
	return string(text[:])
}

// traceID returns the trace id of a traceparent; "" where it is not one.
func traceID(parent string) string {
	if len(parent) < parentLength || parent[2] != '-' || parent[35] != '-' || parent[52] != '-' {
		return ""
	}
	trace, span := parent[3:35], parent[36:52]
	for _, part := range []string{parent[:2], trace, span, parent[53:55]} {
		if !lowerHex(part) {
			return ""
		}
	}
	if zeros(trace) || zeros(span) || !versioned(parent) {
		return ""
	}
	return trace
}

// versioned reports whether a traceparent is as long as its version wants:
// later ones may have more, after another dash.
func versioned(parent string) bool {
	switch parent[:2] {
	case "00":
		return len(parent) == parentLength
	case "ff":
		return false
	}
	return len(parent) <= maxTraceState && (len(parent) == parentLength || parent[parentLength] == '-')
}

func lowerHex(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

func zeros(s string) bool { return strings.Trim(s, "0") == "" }

// carryTrace keeps the client's trace context where it is one, and returns the
// trace id; "" where there is none, and then no field of it is left.
func carryTrace(h http.Header) string {
	parent := h[headerTraceParent]
	if len(parent) == 0 && len(h[headerTraceState]) == 0 {
		return ""
	}
	id := ""
	if len(parent) == 1 {
		id = traceID(parent[0])
	}
	if id == "" {
		delete(h, headerTraceParent)
	}
	if id == "" || !goodState(h[headerTraceState]) {
		delete(h, headerTraceState)
	}
	return id
}

// goodState reports whether a tracestate is within its bounds: other tracers
// read what is in it.
func goodState(lists []string) bool {
	length, vendors := 0, 0
	for _, list := range lists {
		length += len(list) + 1
		for member := range strings.SplitSeq(list, ",") {
			if member = strings.Trim(member, " \t"); member == "" {
				continue
			}
			vendors++
			if key, value, ok := strings.Cut(member, "="); !ok || key == "" || value == "" {
				return false
			}
		}
	}
	return length <= maxTraceState+1 && vendors <= maxVendors
}
