package gateway

import (
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// aimed refuses what is aimed at nothing that one can say: net/http takes a
// target of any scheme, and a Host of nearly any characters. Whoever reads them
// behind us must not find another host in them.
func (x *exchange) aimed() bool {
	x.last = x.mayBeAmbiguous()
	if isAuthority(x.r.Host) && isTarget(x.r.Method, x.r.URL) {
		return false
	}
	return x.refuse(ReasonBadRequest)
}

// isTarget reports whether a target is in origin-form or in absolute-form for
// HTTP (RFC 9112 §3.2). Those of CONNECT are looked at by nobody.
func isTarget(method string, u *url.URL) bool {
	switch {
	case method == http.MethodConnect:
		return true
	case u.Scheme == "":
		return strings.HasPrefix(u.Path, "/")
	}
	web := u.Scheme == "http" || u.Scheme == "https"
	return web && u.Host != "" && u.User == nil && u.Opaque == "" && (u.Path == "" || u.Path[0] == '/')
}

// isAuthority reports whether text is a name or an address, maybe with a port
// (RFC 9110 §4.2.1), without the characters that no name has and lists are made
// of. Empty is what clients without one send.
func isAuthority(text string) bool {
	if strings.HasPrefix(text, "[") {
		return isLiteral(text[1:])
	}
	for i := range len(text) {
		switch c := text[i]; {
		case inName(c):
		case c == ':' && i > 0:
			return isPort(text[i+1:])
		default:
			return false
		}
	}
	return true
}

// isLiteral reads an IPv6 address behind its bracket, maybe with a port.
func isLiteral(text string) bool {
	inside, rest, closed := strings.Cut(text, "]")
	a, err := netip.ParseAddr(inside)
	return closed && err == nil && a.Is6() && a.Zone() == "" && (rest == "" || rest[0] == ':' && isPort(rest[1:]))
}

func inName(c byte) bool {
	return 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || c == '.' || c == '-' || c == '_'
}

// isPort reads what stands behind a colon; nothing is the scheme's own.
func isPort(text string) bool {
	if text == "" {
		return true
	}
	n, err := strconv.ParseUint(text, 10, 16)
	return err == nil && n > 0 && len(text) <= 5 && text[0] != '+'
}

// mayBeAmbiguous reports whether a front end that several clients share may have
// read a request's end elsewhere. A request with both Content-Length and
// Transfer-Encoding has to be the last of its connection (RFC 9112 §6.1, §6.3),
// as one of HTTP/1.0 with the latter; net/http does not say which had, so that
// every one that may have had is.
func (x *exchange) mayBeAmbiguous() bool {
	r := x.in
	if r.ProtoMajor != 1 || r.ProtoMinor > 0 && len(r.TransferEncoding) == 0 || x.arrival.Relayed {
		return false
	}
	return x.conn.trusted || r.Header["Via"] != nil || r.Header["X-Forwarded-For"] != nil || r.Header["Forwarded"] != nil
}
