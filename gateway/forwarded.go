package gateway

import (
	"net/http/httputil"
	"strings"
)

// maxForwarded bounds what clients and their front ends claim in each
// forwarding field; more is dropped.
const maxForwarded = 2048

// toLocal makes the request for Options.Local: it says who the client is, at
// the end of what the client itself claims (RFC 7239 §4).
func (x *exchange) toLocal(pr *httputil.ProxyRequest) {
	a, h := x.arrival, pr.Out.Header
	pr.Out.URL.Scheme, pr.Out.URL.Host = a.Scheme, pr.In.Host
	address := a.Client.Addr().String()
	node := address
	if a.Client.Addr().Is6() {
		node = "[" + address + "]"
	}
	h.Set("X-Forwarded-For", appended(pr.In.Header["X-Forwarded-For"], address))
	h.Set("X-Forwarded-Proto", a.Scheme)
	h.Set("X-Forwarded-Host", pr.In.Host)
	h.Set("Forwarded", appended(pr.In.Header["Forwarded"], `for="`+node+`";host=`+quoted(pr.In.Host)+`;proto=`+a.Scheme))
	h.Set(headerRequestID, a.ID)
}

// toPeer makes the request for a peer: as it came, and what we know of it.
func (x *exchange) toPeer(pr *httputil.ProxyRequest) {
	pr.Out.URL.Scheme, pr.Out.URL.Host = "http", relayHost
	for _, name := range []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto"} {
		if v := pr.In.Header[name]; len(v) > 0 {
			pr.Out.Header[name] = v
		}
	}
	a := x.arrival
	a.From, a.Via, a.TTL = x.g.o.Node, x.g.o.Location, x.route.TTL
	pr.Out.Header.Set(headerRelay, relayField(a))
}

// appended adds an element to a list field.
func appended(prior []string, element string) string {
	list := strings.Join(prior, ", ")
	if list == "" || len(list) > maxForwarded {
		return element
	}
	return list + ", " + element
}

// quoted writes a quoted-string (RFC 9110 §5.6.4).
func quoted(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}
