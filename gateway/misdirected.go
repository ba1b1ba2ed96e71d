package gateway

import "strings"

// misdirected refuses a request that came over a connection for another name,
// where there is a certificate for its own: an HTTP/2 client then asks again
// over a connection of its own (RFC 9110 §7.4).
func (x *exchange) misdirected() bool {
	tls := x.r.TLS
	if tls == nil || tls.ServerName == "" || x.arrival.Host == tls.ServerName {
		return false
	}
	if x.g.certs.sameFor(strings.ToLower(tls.ServerName), x.arrival.Host) {
		return false
	}
	return x.refuse(ReasonMisdirected)
}

// sameFor reports whether two names are shown the same certificate.
func (c *certificates) sameFor(a, b string) bool {
	all := *c.loaded.Load()
	return indexFor(all, a) == indexFor(all, b)
}

// indexFor is the pair that is shown for a name: the first that is for it, else
// the first.
func indexFor(all []*pair, name string) int {
	for i, p := range all {
		if p.cert.Leaf.VerifyHostname(name) == nil {
			return i
		}
	}
	return 0
}
