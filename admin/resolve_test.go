package admin_test

import (
	"encoding/json"
	"net/netip"
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"meridian/admin/api"
)

// TestResolveRequest: what reaches the source for what is asked. A bare client
// address is sent as resolvers send it, and kept whole.
func TestResolveRequest(t *testing.T) {
	f := start(t, nil)
	var got api.ResolveRequest
	f.node.resolve = func(q api.ResolveRequest) (api.ResolveResult, error) {
		got = q
		return api.ResolveResult{}, nil
	}
	tests := []struct {
		query string
		want  api.ResolveRequest
	}{
		{"name=a.b.", api.ResolveRequest{Name: "a.b.", Type: "A"}},
		{"name=a&type=aaaa&explain=true", api.ResolveRequest{Name: "a", Type: "AAAA", Explain: true}},
		{"name=a&client=203.0.113.7", api.ResolveRequest{Name: "a", Type: "A", Client: netip.MustParsePrefix("203.0.113.7/24")}},
		{"name=a&client=2001:db8::7", api.ResolveRequest{Name: "a", Type: "A", Client: netip.MustParsePrefix("2001:db8::7/56")}},
		{"name=a&client=203.0.113.7/32", api.ResolveRequest{Name: "a", Type: "A", Client: netip.MustParsePrefix("203.0.113.7/32")}},
		{"name=a&client=0.0.0.0/0", api.ResolveRequest{Name: "a", Type: "A", Client: netip.MustParsePrefix("0.0.0.0/0")}},
		{"name=a&client=::ffff:203.0.113.7", api.ResolveRequest{Name: "a", Type: "A", Client: netip.MustParsePrefix("203.0.113.7/24")}},
		{"name=a&resolver=192.0.2.53", api.ResolveRequest{Name: "a", Type: "A", Resolver: netip.MustParseAddr("192.0.2.53")}},
		{"name=" + url.QueryEscape("*.\x00ä"), api.ResolveRequest{Name: "*.\x00ä", Type: "A"}},
	}
	for _, tt := range tests {
		resp, body := f.get(t, "/v1/resolve?"+tt.query)
		if diff := cmp.Diff(tt.want, got, cmpopts.EquateComparable(netip.Prefix{}, netip.Addr{})); diff != "" || resp.StatusCode != 200 {
			t.Errorf("%s: got %d %s and (-want +got):\n%s", tt.query, resp.StatusCode, body, diff)
		}
	}
	for _, bad := range []string{"client=203.0.113.7/33", "client=203.0.113", "client=fe80::1%25eth0", "resolver=192.0.2.0/24", "resolver=x"} {
		resp, body := f.get(t, "/v1/resolve?name=a&"+bad)
		if got := fault(t, resp, body); got.Code != api.Invalid {
			t.Errorf("%s: got %+v, want invalid", bad, got)
		}
	}
}

// TestExplainIsEmbedded: the trace is passed on as it is, and only when asked for.
func TestExplainIsEmbedded(t *testing.T) {
	f := start(t, nil)
	for query, want := range map[string]string{"": "", "&explain=true": `{"steps":[1]}`} {
		_, body := f.get(t, "/v1/resolve?name=contoso"+query)
		var got api.ResolveResult
		if err := json.Unmarshal(body, &got); err != nil || string(got.Trace) != want {
			t.Errorf("%q: got trace %s, %v, want %s", query, got.Trace, err, want)
		}
	}
}

func TestHealthFilters(t *testing.T) {
	f := start(t, nil)
	tests := []struct {
		query string
		total int
		want  []string
	}{
		{"", 3, []string{"shop/eu", "shop/us", "web/us"}},
		{"?profile=shop", 2, []string{"shop/eu", "shop/us"}},
		{"?verdict=up", 2, []string{"shop/us", "web/us"}},
		{"?profile=shop&verdict=up", 1, []string{"shop/us"}},
		{"?location=westus2", 0, nil},
		{"?limit=1", 3, []string{"shop/eu"}},
	}
	for _, tt := range tests {
		_, body := f.get(t, "/v1/health"+tt.query)
		var out api.Health
		if err := json.Unmarshal(body, &out); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, target := range out.Targets {
			got = append(got, target.ID)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" || out.Total != tt.total {
			t.Errorf("%s: got total %d, want %d; (-want +got):\n%s", tt.query, out.Total, tt.total, diff)
		}
	}
}

// TestProfilesCarryTheArithmetic: the server computes it; a profile that is not
// probed has none.
func TestProfilesCarryTheArithmetic(t *testing.T) {
	f := start(t, nil)
	_, body := f.get(t, "/v1/profiles")
	var out api.Profiles
	if err := json.Unmarshal(body, &out); err != nil {
		t.Fatal(err)
	}
	if got := out.Profiles[0].Failover; got == nil || got.ClientsWorst != 190 {
		t.Errorf("shop: got %+v, want a worst case of 190 s", got)
	}
	if got := out.Profiles[1].Failover; got != nil {
		t.Errorf("web: got %+v, want none", got)
	}
	_, body = f.get(t, "/v1/profiles?limit=1")
	if err := json.Unmarshal(body, &out); err != nil || len(out.Profiles) != 1 || out.Total != 2 {
		t.Errorf("limit 1: got %d of %d, %v, want 1 of 2", len(out.Profiles), out.Total, err)
	}
}
