package gateway

import (
	"net/http"
	"net/netip"
	"strings"
)

// Bounds of what a trusted front end says of a request; more is not read.
const (
	maxForwarded     = 2048 // bytes of a list
	maxForwardedHops = 16
	maxForwardedHost = 512
)

// origin is who sent a request, and over which hops that we trust it came.
type origin struct {
	client netip.Addr
	hops   []netip.Addr // after the client, in the order of the way; the last one is the connection's other end
	scheme string
	host   string
}

// fronted reads what a trusted front end says: the client is the rightmost hop
// that is not trusted. X-Forwarded-For counts; Forwarded only where there is
// none, as a front end that does not know it passes on what clients wrote.
func (x *exchange) fronted() {
	h, c := x.r.Header, x.conn
	o := origin{client: c.client.Addr(), scheme: x.arrival.Scheme, host: x.r.Host}
	if list := h["X-Forwarded-For"]; len(list) > 0 {
		skipped := o.walk(lastElements(list), x.g.o.Trusted, hopOf)
		o.scheme = schemeOf(lastElements(h["X-Forwarded-Proto"]), skipped, o.scheme)
		if host := h["X-Forwarded-Host"]; len(host) == 1 && plainHost(host[0]) {
			o.host = host[0]
		}
	} else if elements := forwardedElements(h["Forwarded"]); len(elements) > 0 {
		skipped := o.walk(elements, x.g.o.Trusted, func(e string) (netip.Addr, bool) { return hopOf(parameter(e, "for")) })
		first := elements[max(0, len(elements)-1-skipped)]
		o.scheme = schemeOf([]string{parameter(first, "proto")}, 0, o.scheme)
		if host := parameter(first, "host"); plainHost(host) {
			o.host = host
		}
	}
	x.origin = &o
	x.arrival.Scheme = o.scheme
	if o.client != c.client.Addr() {
		x.arrival.Client = netip.AddrPortFrom(o.client, 0)
	}
}

// walk goes back over trusted hops to the client and returns how many of the
// elements are behind it. What is no address ends the way: the hop that wrote
// it is the client.
func (o *origin) walk(elements []string, trusted []netip.Prefix, hop func(string) (netip.Addr, bool)) (skipped int) {
	for i := len(elements) - 1; i >= 0; i-- {
		addr, ok := hop(elements[i])
		if !ok {
			return max(0, skipped-1)
		}
		o.hops = append([]netip.Addr{o.client}, o.hops...)
		o.client = addr
		if !within(trusted, addr) {
			return skipped
		}
		skipped++
	}
	return max(0, skipped-1)
}

func within(all []netip.Prefix, addr netip.Addr) bool {
	for _, p := range all {
		if p.Contains(addr) {
			return true
		}
	}
	return false
}

// hopOf reads an address as front ends write it: with or without a port, IPv6
// in brackets or bare.
func hopOf(text string) (netip.Addr, bool) {
	text = strings.Trim(text, `" `)
	if p, err := netip.ParseAddrPort(text); err == nil {
		return p.Addr().Unmap().WithZone(""), true
	}
	a, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(text, "["), "]"))
	return a.Unmap().WithZone(""), err == nil
}

// schemeOf reads the scheme that belongs to the client's element of a list.
func schemeOf(list []string, skipped int, otherwise string) string {
	if len(list) == 0 {
		return otherwise
	}
	switch s := strings.ToLower(list[max(0, len(list)-1-skipped)]); s {
	case "http", "https":
		return s
	}
	return otherwise
}

func plainHost(host string) bool {
	return host != "" && len(host) <= maxForwardedHost && isAuthority(host)
}

// lastElements splits a list field and keeps its end.
func lastElements(lists []string) []string {
	return splitEnd(lists, func(c byte, _ *bool) bool { return c == ',' })
}

// forwardedElements splits a Forwarded field (RFC 7239 §4), whose values may be
// quoted, and keeps its end.
func forwardedElements(lists []string) []string {
	return splitEnd(lists, func(c byte, quoted *bool) bool {
		if c == '"' {
			*quoted = !*quoted
		}
		return c == ',' && !*quoted
	})
}

func splitEnd(lists []string, separates func(c byte, quoted *bool) bool) []string {
	if len(lists) == 0 {
		return nil
	}
	text := strings.Join(lists, ",")
	if len(text) > maxForwarded { // half an element is none
		_, text, _ = strings.Cut(text[len(text)-maxForwarded:], ",")
	}
	var out []string
	end, quoted := len(text), false
	for i := len(text) - 1; i >= -1 && len(out) < maxForwardedHops; i-- {
		if i >= 0 && !separates(text[i], &quoted) {
			continue
		}
		if element := strings.Trim(text[i+1:end], " \t"); element != "" {
			out = append([]string{element}, out...)
		}
		end = max(0, i)
	}
	return out
}

// parameter reads one parameter of an element of Forwarded.
func parameter(element, name string) string {
	for pair := range strings.SplitSeq(element, ";") {
		if key, value, ok := strings.Cut(strings.Trim(pair, " \t"), "="); ok && strings.EqualFold(key, name) {
			return strings.Trim(value, `"`)
		}
	}
	return ""
}

// forwarding reports whether a field says where a request comes from, in any
// spelling that a backend may take for it.
func forwarding(name string) bool {
	const prefix = "X-Forwarded-"
	if len(name) < len("Forwarded") || name[0] != 'X' && name[0] != 'F' {
		return false
	}
	if name[0] == 'F' {
		return name == "Forwarded"
	}
	if len(name) < len(prefix) || name[1] != '-' && name[1] != '_' || name[11] != '-' && name[11] != '_' {
		return false
	}
	return strings.EqualFold(name[2:11], "Forwarded")
}

// sayOrigin writes who asks: to Local and to a peer alike. A peer has done it
// already for what it relays.
func (x *exchange) sayOrigin(h http.Header) {
	if x.arrival.Relayed && len(h["X-Forwarded-For"]) > 0 {
		return
	}
	o, host := x.origin, x.r.Host
	var address, element string
	switch {
	case o != nil:
		host = o.host
		address, element = o.text()
	case x.arrival.Relayed:
		address = x.arrival.Client.Addr().String()
		element = forwardedElement(x.arrival.Client.Addr(), host, x.arrival.Scheme)
	default:
		address, element = x.conn.address, x.conn.element(host, x.arrival.Scheme)
	}
	x.say(h, sayFor, "X-Forwarded-For", address)
	x.say(h, sayProto, "X-Forwarded-Proto", x.arrival.Scheme)
	x.say(h, sayHost, "X-Forwarded-Host", host)
	x.say(h, sayForwarded, "Forwarded", element)
}

// text writes an origin for X-Forwarded-For and for Forwarded.
func (o *origin) text() (list, elements string) {
	list, elements = o.client.String(), forwardedElement(o.client, o.host, o.scheme)
	for _, hop := range o.hops {
		list += ", " + hop.String()
		elements += ", " + forwardedFor(hop)
	}
	return list, elements
}

func forwardedElement(client netip.Addr, host, scheme string) string {
	return forwardedFor(client) + ";host=" + quoted(host) + ";proto=" + scheme
}

func forwardedFor(a netip.Addr) string {
	if a.Is6() {
		return `for="[` + a.String() + `]"`
	}
	return `for="` + a.String() + `"`
}

// quoted writes a quoted-string (RFC 9110 §5.6.4).
func quoted(s string) string {
	if !strings.ContainsAny(s, `\"`) {
		return `"` + s + `"`
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}
