package gateway

import (
	"net/http"
	"net/textproto"
	"strings"
)

// hopByHop reports whether a field is of one connection only (RFC 9110 §7.6.1,
// and what older texts say), or must not reach a backend: Proxy would become a
// CGI program's HTTP_PROXY. Names are in canonical form.
func hopByHop(name string) bool {
	switch name {
	case "Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy", "Proxy-Authorization", "Proxy-Connection",
		"Te", "Trailer", "Transfer-Encoding", "Upgrade", "Http2-Settings":
		return true
	}
	return false
}

// endToEnd reports whether a field stays although Connection names it: what
// says who asks and how the body is framed is for all recipients.
func endToEnd(name string) bool {
	switch name {
	case "Content-Length", "Host", "Forwarded", "Via", headerRequestID, headerTraceParent, headerTraceState:
		return true
	}
	return strings.HasPrefix(name, "X-Forwarded-") || isOurs(name)
}

// stripHops takes off a request what is for us only.
func stripHops(h http.Header) {
	trailers := namesToken(h["Te"], "trailers")
	for _, list := range h["Connection"] {
		for name := range strings.SplitSeq(list, ",") {
			if name = textproto.CanonicalMIMEHeaderKey(textproto.TrimString(name)); !endToEnd(name) {
				delete(h, name)
			}
		}
	}
	for name := range h {
		if hopByHop(name) {
			delete(h, name)
		}
	}
	delete(h, "Host") // HTTP/2 may have one beside :authority
	if trailers {
		h["Te"] = []string{"trailers"}
	}
}

// copyEndToEnd copies the fields of an answer that are for the client. The
// values are shared.
func copyEndToEnd(to, from http.Header) {
	for name, values := range from {
		if !hopByHop(name) {
			to[name] = values
		}
	}
	for _, list := range from["Connection"] {
		for name := range strings.SplitSeq(list, ",") {
			if name = textproto.CanonicalMIMEHeaderKey(textproto.TrimString(name)); !endToEnd(name) {
				delete(to, name)
			}
		}
	}
}

// namesToken reports whether a list field has a token, in any case.
func namesToken(lists []string, token string) bool {
	for _, list := range lists {
		for element := range strings.SplitSeq(list, ",") {
			element, _, _ = strings.Cut(element, ";")
			if strings.EqualFold(textproto.TrimString(element), token) {
				return true
			}
		}
	}
	return false
}

// trailing reports whether a field may be in a trailer: nothing that frames or
// directs a message (RFC 9110 §6.5.1), and nothing of ours.
func trailing(name string) bool {
	switch name {
	case "Authorization", "Cache-Control", "Content-Encoding", "Content-Range", "Content-Type", "Expect", "Max-Forwards", "Pragma", "Range", "Set-Cookie":
		return false
	}
	return !hopByHop(name) && !endToEnd(name)
}

// announce lists the trailers that are known before the body, and returns how
// many there are.
func announce(h, trailer http.Header) int {
	if len(trailer) == 0 {
		return 0
	}
	names := make([]string, 0, len(trailer))
	for name := range trailer {
		if trailing(name) {
			names = append(names, name)
		}
	}
	if len(names) > 0 {
		h["Trailer"] = []string{strings.Join(names, ", ")}
	}
	return len(trailer)
}

// copyTrailer adds trailers to a header whose body has been written. Those that
// came unannounced are told by net/http's prefix.
func copyTrailer(h, trailer http.Header, announced int) {
	prefix := ""
	if len(trailer) != announced {
		prefix = http.TrailerPrefix
	}
	for name, values := range trailer {
		if trailing(name) {
			h[prefix+name] = values
		}
	}
}
