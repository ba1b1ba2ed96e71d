package backend

import (
	"net/http"
	"strings"
)

// version is what is spoken on a connection.
type version int

const (
	http1    version = iota
	http2            // nothing else
	either           // by ALPN
	versions         // how many there are
)

func knownVersion(s string) bool { return s == "" || s == "1" || s == "2" || s == "2or1" }

// versionOf chooses for one request. An upgrade is HTTP/1.1; gRPC that came as
// HTTP/2 goes on as HTTP/2, unless somebody said otherwise.
func versionOf(r *http.Request, asked, configured string, secure bool) version {
	if len(r.Header["Upgrade"]) > 0 {
		return http1
	}
	if asked == "" {
		asked = configured
	}
	switch asked {
	case "1":
		return http1
	case "2":
		return http2
	case "":
		if r.ProtoMajor == 2 && isGRPC(r) {
			return http2
		}
	}
	if secure {
		return either
	}
	return http1
}

func isGRPC(r *http.Request) bool {
	return strings.HasPrefix(r.Header.Get("Content-Type"), "application/grpc")
}

// alpn returns the protocols to offer, as TLS names them.
func (v version) alpn() []string {
	return [versions][]string{{"http/1.1"}, {"h2"}, {"h2", "http/1.1"}}[v]
}
