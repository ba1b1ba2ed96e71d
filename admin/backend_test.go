package admin_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"meridian/admin/api"
)

func (c *fakeCluster) Backends(context.Context) ([]api.Backend, error) {
	since, until := at("2026-01-02T03:04:05Z"), at("2026-01-02T03:14:05Z")
	return []api.Backend{{
		Name: "test1", URL: "http://10.0.0.5/api/test", Region: "westus2", Rule: "3 failures in 5m0s, open for 10m0s",
		Settings: []api.Setting{{Property: "backendStatus", Effective: "Enabled"}},
		Pools:    []api.PoolMember{{Pool: "test-pool", Priority: 1, Weight: 50}},
		Nodes: []api.BackendState{{
			Node: "westus2-1", Location: "westus2", At: since, InFlight: 2,
			Breaker: api.Breaker{
				State: "open", Since: &since, Until: &until, Cause: "3 failures in 5m0s", Failures: 3, Attempts: 4,
				LastError: &api.BackendError{At: since, Status: 503, Text: "no capacity"},
			},
			Addresses: []api.BackendAddress{{Address: "10.0.0.5:80", Source: "dns", Since: &since, AgeSeconds: 12.5, Stale: true, EjectedUntil: &until, Ejections: 1, LastError: "refused", LastAt: &since}},
		}},
	}}, nil
}

func (c *fakeCluster) Breakers(context.Context) (api.Breakers, error) {
	since, until := at("2026-01-02T03:04:05Z"), at("2026-01-02T03:14:05Z")
	return api.Breakers{
		Breakers: []api.OpenBreaker{{
			Backend: "test1", Location: "westus2", Node: "a-1", Disabled: true, AgeSeconds: 0.5,
			Breaker: api.Breaker{State: "open", Since: &since, Until: &until, Cause: "3 failures in 5m0s"},
		}},
		Nodes: []api.BreakerNews{
			{Node: "a-1", Location: "westus2", At: &since, AgeSeconds: 0.5, Shown: 1, Omitted: 2},
			{Node: "b-1", Location: "westeurope", Problem: "it has told nothing of its breakers"},
		},
	}, nil
}

func (c *fakeCluster) Backend(ctx context.Context, name string) (api.Backend, error) {
	all, err := c.Backends(ctx)
	if name != "test1" {
		return api.Backend{}, api.Errorf(api.NotFound, "backend %q: there is test1", name)
	}
	return all[0], err
}

func (c *fakeCluster) Request(ctx context.Context, q api.RequestQuery) (api.RequestResult, error) {
	if q.Location == "nowhere" {
		return api.RequestResult{}, api.Errorf(api.Unavailable, "location %q: no node of it can be asked", q.Location)
	}
	_, err := c.take(ctx, api.Terms{}, "request %s %s client %q at %q headers %v explain %t", q.Method, q.URL, q.Client, q.Location, q.Headers, q.Explain)
	return api.RequestResult{
		Node: "westus2-1", Location: "westus2", Generation: 7, Method: q.Method, URL: q.URL, API: "test", APIPath: "/suffix", Text: "test1 would be asked",
		Relay:    &api.RequestRelay{To: "westeurope", Why: "westus2 is off"},
		Params:   []api.Header{{Name: "id", Value: "1"}},
		Policies: []api.PolicyStep{{Section: "inbound", Scope: "api", Element: "base", Text: "ran"}},
		Forwards: []api.Forward{{Method: q.Method, URL: "http://10.0.0.5/api/test/foo", Target: "test-pool", Pool: true, Chosen: "test1", Members: []api.RequestMember{{Backend: "test1", Why: "chosen", Breaker: api.Breaker{State: "closed", Share: 1}}}}},
	}, err
}

// backendRequests are requests of the contract on backends, breakers and
// requests.
func backendRequests() []orderRequest {
	return []orderRequest{
		{"GET", "/v1/backends", "", 200, false, ""},
		{"GET", "/v1/backends/test1", "", 200, false, ""},
		{"GET", "/v1/backends/test9", "", 404, false, ""},
		{"GET", "/v1/breakers", "", 200, false, ""},
		{"PATCH", "/v1/backends/Test1", `{"disabled":true,"for":"PT30M","reason":"works"}`, 200, false, "switch [{backend/test1 backendStatus Disabled false 30m0s}]"},
		{"PATCH", "/v1/backends/test1", `{"disabled":false}`, 200, false, "switch [{backend/test1 backendStatus Enabled false 0s}]"},
		{"PATCH", "/v1/backends/test1", `{"disabled":null}`, 200, false, "switch [{backend/test1 backendStatus  true 0s}]"},
		{"PATCH", "/v1/backends/test1", `{"disabled":null,"for":"30m"}`, 422, false, ""},
		{"PATCH", "/v1/backends/test1", `{"disabled":"yes"}`, 422, true, ""},
		{"PATCH", "/v1/backends/test1", `{}`, 422, true, ""},
		{"POST", "/v1/breakers/test1/trip", `{"for":"10m","reason":"it corrupts orders"}`, 200, false, "switch [{backend/test1 breaker open false 10m0s}]"},
		{"POST", "/v1/breakers/test1/trip", `{"for":"10m"}`, 422, true, ""},
		{"POST", "/v1/breakers/test1/trip", `{"for":"0s","reason":"x"}`, 422, false, ""},
		{"POST", "/v1/breakers/test1/trip", `{"for":"a while","reason":"x"}`, 422, false, ""},
		{"POST", "/v1/breakers/TEST1/reset", `{}`, 200, false, "switch [{backend/test1 breaker closed false 10s}]"},
		{"POST", "/v1/breakers/test1/reset", `{"for":"PT10M","reason":"it is well"}`, 200, false, "switch [{backend/test1 breaker closed false 10m0s}]"},
		{"POST", "/v1/breakers/test1/reset", `{"for":"0s"}`, 422, false, ""},
		{"POST", "/v1/request", `{"url":"https://contoso.gtm.test/suffix/foo?a=b"}`, 200, false, `request GET https://contoso.gtm.test/suffix/foo?a=b client "" at "" headers [] explain false`},
		{"POST", "/v1/request", `{"url":"http://h/","method":"POST","client":"203.0.113.7","location":"West US 2","headers":[{"name":"X-A","value":"b"}],"explain":true}`, 200, false, `request POST http://h/ client "203.0.113.7" at "westus2" headers [{X-A b}] explain true`},
		{"POST", "/v1/request", `{"url":"/suffix/foo"}`, 422, false, ""},
		{"POST", "/v1/request", `{"url":"ftp://h/"}`, 422, false, ""},
		{"POST", "/v1/request", `{"url":"http://h/","client":"nowhere"}`, 422, false, ""},
		{"POST", "/v1/request", `{"url":"http://h/","method":"A B"}`, 422, true, ""},
		{"POST", "/v1/request", `{"url":"http://h/","headers":[{"name":"a:","value":""}]}`, 422, true, ""},
		{"POST", "/v1/request", `{"url":"http://h/","location":"nowhere"}`, 503, false, ""},
	}
}

// TestNoBackendsHere: a node without a gateway says that it has none.
func TestNoBackendsHere(t *testing.T) {
	f := start(t, nil)
	for method, path := range map[string]string{"GET": "/v1/backends", "PATCH": "/v1/backends/test1", "POST": "/v1/request"} {
		body := map[string]string{"PATCH": `{"disabled":true}`, "POST": `{"url":"http://h/"}`}[method]
		resp, got := f.send(t, method, path, body)
		if fault := fault(t, resp, got); fault.Code != api.Unsupported {
			t.Errorf("%s %s: got %+v, want %s", method, path, fault, api.Unsupported)
		}
	}
}

// TestBackendListsAreNeverNull: what a source leaves out is an empty list.
func TestBackendListsAreNeverNull(t *testing.T) {
	b, err := json.Marshal(api.Backends{Backends: []api.Backend{{Name: "a", Nodes: []api.BackendState{{}}}}})
	if err != nil || strings.Contains(string(b), "null") {
		t.Errorf("got %s, %v", b, err)
	}
}
