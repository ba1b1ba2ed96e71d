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
	if !x.g.certs.other(x.arrival.Host, strings.ToLower(tls.ServerName)) {
		return false
	}
	return x.refuse(ReasonMisdirected)
}

// other reports whether there is a certificate for a host, and not the one that
// is shown for a name.
func (c *certificates) other(host, name string) bool {
	all := *c.loaded.Load()
	its := indexFor(all, host)
	return its >= 0 && its != max(0, indexFor(all, name))
}

// indexFor is the first pair that is for a name; -1: none is.
func indexFor(all []*pair, name string) int {
	for i, p := range all {
		if p.cert.Leaf.VerifyHostname(name) == nil {
			return i
		}
	}
	return -1
}
