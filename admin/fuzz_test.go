package admin

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"meridian/admin/api"
)

// echoNode answers with what it was asked.
type echoNode struct{}

func (echoNode) NotReady() []string { return nil }
func (echoNode) Status(context.Context) (api.Status, error) {
	return api.Status{}, nil
}

func (echoNode) Resolve(_ context.Context, q api.ResolveRequest) (api.ResolveResult, error) {
	return api.ResolveResult{Name: q.Name, Type: q.Type, Client: q.Client.String()}, nil
}
func (echoNode) Health(context.Context) (api.Health, error) { return api.Health{}, nil }
func (echoNode) Release(_ context.Context, target string) (api.Released, error) {
	return api.Released{Target: target, Outcome: "unchanged"}, nil
}

func (echoNode) Probe(_ context.Context, target string) (api.ProbeReport, error) {
	return api.ProbeReport{Target: target}, nil
}

func (echoNode) Geo(_ context.Context, a netip.Addr) (api.GeoResult, error) {
	return api.GeoResult{Address: a.String()}, nil
}
func (echoNode) Profiles(context.Context) ([]api.Profile, error) { return nil, nil }
func (echoNode) Profile(_ context.Context, name string) (api.Profile, error) {
	return api.Profile{Name: name}, nil
}

// FuzzRequest takes a request as it comes from the wire. Whatever it is, no
// source and no step panics, and the answer is JSON, an event stream or
// metrics, an error always a problem document.
func FuzzRequest(f *testing.F) {
	for _, seed := range []string{
		"GET /v1/resolve?name=contoso&client=203.0.113.7/24&type=AAAA&explain=true HTTP/1.1\r\nHost: localhost\r\n\r\n",
		"POST /v1/health/shop%2Fus/probe HTTP/1.1\r\nHost: [::1]:8053\r\nContent-Length: 0\r\n\r\n",
		"GET /v1/events?limit=2 HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\nLast-Event-ID: r1-1\r\n\r\n",
		"GET /v1/geo?address=::1 HTTP/1.0\r\nHost: localhost\r\n\r\n",
		"GET /v1/profiles/shop HTTP/1.1\r\nHost: localhost\r\nAccept: application/cbor;q=1\r\n\r\n",
		"GET /v1/health?profile=a&verdict=up&limit=10 HTTP/1.1\r\nHost: localhost\r\n\r\n",
		"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n",
		"OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n",
	} {
		f.Add([]byte(seed))
	}
	registry := prometheus.NewRegistry()
	m, err := newMetrics(registry)
	if err != nil {
		f.Fatal(err)
	}
	log, err := NewEventLog("r1", 4)
	if err != nil {
		f.Fatal(err)
	}
	log.Append(api.Event{Kind: "one"})
	closing := make(chan struct{})
	close(closing) // streams end when they have written what is kept
	n := echoNode{}
	o := Options{Gatherer: registry, Sources: Sources{Readiness: n, Status: n, Resolver: n, Health: n, Geo: n, Profiles: n, Events: log}}
	h, err := newHandler(o.withDefaults(), m, closing, newGate(o.withDefaults(), nil))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, wire []byte) {
		r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(wire)))
		if err != nil {
			return
		}
		for _, c := range []*caller{{remote: "127.0.0.1", source: "127.0.0.1"}, {remote: "192.0.2.1", source: "192.0.2.1", beyond: true}} {
			w := httptest.NewRecorder()
			asked := r.Clone(context.WithValue(r.Context(), callerKey{}, c))
			h.ServeHTTP(w, asked)
			checkAnswered(t, w.Result(), w.Body.Bytes())
			if c.beyond && w.Code < 400 && !monitors(r) && !public(asked) {
				t.Errorf("got %d %q, want that nobody unknown is answered", w.Code, w.Body)
			}
		}
	})
}

func checkAnswered(t *testing.T, resp *http.Response, body []byte) {
	t.Helper()
	kind := resp.Header.Get("Content-Type")
	if resp.StatusCode >= 400 && resp.StatusCode != http.StatusServiceUnavailable || kind == "application/problem+json" {
		var got api.Fault
		if err := json.Unmarshal(body, &got); err != nil || got.Status != resp.StatusCode || got.Code == "" || got.Code == api.Internal {
			t.Errorf("got %d %s %q, want a problem document that is not our fault", resp.StatusCode, kind, body)
		}
		return
	}
	if kind == "application/json" && len(body) > 0 && !json.Valid(body) {
		t.Errorf("got %q, want JSON", body)
	}
}
