package gateway

import (
	"net/http"
	"strconv"
)

// Status paths: the first is reserved, the second is ours until an API claims
// it.
const (
	StatusPath      = "/status-0123456789abcdef"
	StatusPathShort = "/status"
)

// status answers the status paths, for everybody and without a key. It speaks
// of this gateway only and is never relayed.
func (x *exchange) status() bool {
	if !x.toStatus() {
		return false
	}
	x.outcome = OutcomeStatus
	h := x.w.Header()
	h.Set("Cache-Control", "no-store")
	if x.r.Method != http.MethodGet && x.r.Method != http.MethodHead {
		h.Set("Allow", "GET, HEAD")
		x.w.plain(http.StatusMethodNotAllowed, "GET and HEAD are allowed\n")
		return true
	}
	switch word := x.g.presence.word(); {
	case word != "":
		h.Set(headerGateway, word)
		x.w.plain(http.StatusServiceUnavailable, word+"\n")
	case x.shallow():
		h.Set(headerReason, string(ReasonPools))
		x.w.plain(http.StatusServiceUnavailable, "too few backends take requests\n")
	default:
		x.w.plain(http.StatusOK, "Service Operational\n")
	}
	return true
}

// toStatus reports whether the request is to a status path.
func (x *exchange) toStatus() bool {
	switch x.r.URL.Path {
	case StatusPath:
		return true
	case StatusPathShort:
		return x.g.o.Claims == nil || !x.g.o.Claims(x.r)
	}
	return false
}

// shallow reports whether the request asks for the pools too (?deep=1), and they
// are short of backends.
func (x *exchange) shallow() bool {
	return x.g.o.Deep != nil && x.r.URL.RawQuery == "deep=1" && !x.g.o.Deep()
}

// plainText is the type of our own short texts.
const plainText = "text/plain; charset=utf-8"

// plain answers with a short text.
func (a *answer) plain(status int, text string) { a.whole(status, []byte(text), plainText) }

// whole answers with all of a body.
func (a *answer) whole(status int, body []byte, kind string) {
	h := a.Header()
	h.Set("Content-Type", kind)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	a.WriteHeader(status)
	if a.x.r.Method != http.MethodHead {
		_, _ = a.Write(body) // the client has gone if this fails: the answer notes it
	}
}
