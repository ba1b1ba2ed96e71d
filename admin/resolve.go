package admin

import (
	"context"
	"net/http"
	"net/netip"
	"strings"

	"meridian/admin/api"
)

// Source prefix lengths resolvers use in EDNS client subnet (RFC 7871 §11.1);
// assumed for a client that is given as a bare address.
const (
	sourceBits4 = 24
	sourceBits6 = 56
)

type resolveInput struct {
	Name     string `query:"name" required:"true" minLength:"1" maxLength:"255" doc:"Name to resolve, fully qualified or relative to the zone" example:"contoso"`
	Client   string `query:"client" maxLength:"64" doc:"Client address or network; a bare address is sent as /24 or /56, as resolvers do; without it the resolver's address decides" example:"203.0.113.7"`
	Resolver string `query:"resolver" maxLength:"64" doc:"Address of the resolver that asks; loopback without it" example:"192.0.2.53"`
	Type     string `query:"type" default:"A" pattern:"^[A-Za-z][A-Za-z0-9-]{0,15}$" doc:"Question type" example:"AAAA"`
	Explain  bool   `query:"explain" doc:"Add the trace of the decision"`
}

func (r *routes) addResolve() {
	add(r, spec{
		method: http.MethodGet, path: "/v1/resolve", id: "resolve", summary: "What would this client get, and why",
		detail: "Answers from the published snapshot as the DNS server would, without counting the query.",
	}, needs(r.sources.Resolver != nil, "DNS server", r.resolve))
}

func (r *routes) resolve(ctx context.Context, in *resolveInput) (api.ResolveResult, error) {
	q := api.ResolveRequest{Name: in.Name, Type: strings.ToUpper(in.Type), Explain: in.Explain}
	var err error
	if q.Client, err = parseClient(in.Client); err != nil {
		return api.ResolveResult{}, err
	}
	if q.Resolver, err = parseAddress("resolver", in.Resolver); err != nil {
		return api.ResolveResult{}, err
	}
	return r.sources.Resolver.Resolve(ctx, q)
}

// parseClient reads an address or a network; the zero Prefix for "". The
// address is kept unmasked; a v4-mapped one is unmapped.
func parseClient(s string) (netip.Prefix, error) {
	if p, err := netip.ParsePrefix(s); err == nil {
		return p, nil
	}
	a, err := parseAddress("client", s)
	switch {
	case err != nil:
		return netip.Prefix{}, api.Errorf(api.Invalid, "client %q: want an address (203.0.113.7) or a network (203.0.113.0/24)", s)
	case !a.IsValid():
		return netip.Prefix{}, nil
	case a.Unmap().Is4():
		return netip.PrefixFrom(a.Unmap(), sourceBits4), nil
	default:
		return netip.PrefixFrom(a, sourceBits6), nil
	}
}

// parseAddress reads an address without zone; the zero Addr for "".
func parseAddress(field, s string) (netip.Addr, error) {
	if s == "" {
		return netip.Addr{}, nil
	}
	a, err := netip.ParseAddr(s)
	if err != nil || a.Zone() != "" {
		return netip.Addr{}, api.Errorf(api.Invalid, "%s %q: want an IPv4 or IPv6 address without zone", field, s)
	}
	return a, nil
}
