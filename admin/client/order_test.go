package client_test

import (
	"context"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"meridian/admin/api"
	"meridian/admin/client"
)

// terms are terms with everything set.
func terms() api.Terms {
	return api.Terms{Reason: "why", Bypass: []string{"degraded"}, Wait: "all", Timeout: 2 * time.Second, DryRun: true, Key: "k1"}
}

// TestOrders: each order makes the request the API documents, with its terms
// and its key.
func TestOrders(t *testing.T) {
	var got, key string
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got, key = r.Method+" "+r.URL.EscapedPath()+" "+string(body), r.Header.Get("Idempotency-Key")
		query := r.URL.Query()
		for name, want := range map[string]string{"wait": "all", "timeout": "2s", "dryRun": "true"} {
			if query.Get(name) != want {
				t.Errorf("%s: %s is %q, want %q", r.URL, name, query.Get(name), want)
			}
			query.Del(name)
		}
		if len(query) > 0 {
			got += " " + query.Encode()
		}
		w.WriteHeader(http.StatusAccepted)
		_, _ = io.WriteString(w, `{}`)
	})
	c := dial(t, s.URL)
	ctx, on, status := t.Context(), true, "Disabled"
	first := func(_ any, err error) error { return err }
	tests := []struct {
		err  func() error
		want string
	}{
		{func() error {
			return first(c.PatchLocation(ctx, "westus2", api.LocationPatch{DisableGateway: &on, For: "30m", Share: "20%"}, terms()))
		}, `PATCH /v1/locations/westus2 {"disableGateway":true,"for":"30m","share":"20%","reason":"why","bypass":["degraded"]}`},
		{func() error { return first(c.PatchLocation(ctx, "westus2", api.LocationPatch{}, terms())) }, `PATCH /v1/locations/westus2 {"disableGateway":null,"reason":"why","bypass":["degraded"]}`},
		{func() error { return first(c.PatchProfile(ctx, "shop", api.ProfilePatch{Status: &status}, terms())) }, `PATCH /v1/profiles/shop {"profileStatus":"Disabled","reason":"why","bypass":["degraded"]}`},
		{func() error { return first(c.PatchEndpoint(ctx, "shop", "us", api.EndpointPatch{}, terms())) }, `PATCH /v1/profiles/shop/endpoints/us {"endpointStatus":null,"reason":"why","bypass":["degraded"]}`},
		{func() error { return first(c.PatchTarget(ctx, "shop/us", api.TargetPatch{}, terms())) }, `PATCH /v1/targets/shop%2Fus {"verdict":null,"reason":"why","bypass":["degraded"]}`},
		{func() error {
			return first(c.PatchBackend(ctx, "a/b", api.BackendPatch{Disabled: &on, For: "1h"}, terms()))
		}, `PATCH /v1/backends/a%2Fb {"disabled":true,"for":"1h","reason":"why","bypass":["degraded"]}`},
		{func() error { return first(c.TripBreaker(ctx, "test1", api.BreakerTrip{For: "1h"}, terms())) }, `POST /v1/breakers/test1/trip {"for":"1h","reason":"why","bypass":["degraded"]}`},
		{func() error { return first(c.ResetBreaker(ctx, "test1", api.BreakerReset{}, terms())) }, `POST /v1/breakers/test1/reset {"reason":"why","bypass":["degraded"]}`},
		{func() error { return first(c.Freeze(ctx, api.FreezeOrder{For: "1h"}, terms())) }, `POST /v1/freeze {"for":"1h","reason":"why"}`},
		{func() error { return first(c.Thaw(ctx, terms())) }, `DELETE /v1/freeze  bypass=degraded&reason=why`},
		{func() error { return first(c.PutPlan(ctx, api.Bundle{Document: "name: x"}, "1.2.ab", terms())) }, `PUT /v1/plan {"plan":{"document":"name: x"},"reason":"why","bypass":["degraded"]}`},
		{func() error { return first(c.RollbackPlan(ctx, "41", terms())) }, `POST /v1/plan/rollback {"to":"41","reason":"why","bypass":["degraded"]}`},
		{func() error {
			return first(c.AddLocation(ctx, api.LocationOrder{Name: "Brazil South", Capacity: 2}, terms()))
		}, `POST /v1/locations {"name":"Brazil South","capacity":2,"reason":"why"}`},
		{func() error { return first(c.RemoveLocation(ctx, "westus2", true, terms())) }, `DELETE /v1/locations/westus2  bypass=degraded&now=true&reason=why`},
		{func() error { return first(c.ScaleLocation(ctx, "westus2", 3, terms())) }, `PUT /v1/locations/westus2/sku {"capacity":3,"reason":"why"}`},
		{func() error { return first(c.ForgetNode(ctx, "n1", terms())) }, `DELETE /v1/nodes/n1  bypass=degraded&reason=why`},
		{func() error { return first(c.Promote(ctx, "n1", terms())) }, `POST /v1/management/promote {"node":"n1","reason":"why","bypass":["degraded"]}`},
		{func() error { return first(c.ChangeKeys(ctx, api.KeyOrder{Do: "rotate"}, terms())) }, `POST /v1/cluster/keys {"do":"rotate","reason":"why"}`},
		{func() error { return first(c.SetSecret(ctx, "k", []byte("v"), terms())) }, `PUT /v1/secrets/k {"value":"dg==","reason":"why"}`},
		{func() error { return first(c.RotateSecret(ctx, "k", terms())) }, `POST /v1/secrets/k/rotate {"reason":"why"}`},
		{func() error { return first(c.DeleteSecret(ctx, "k", terms())) }, `DELETE /v1/secrets/k  bypass=degraded&reason=why`},
		{func() error { return first(c.AddToken(ctx, api.TokenOrder{Name: "ci", Role: "viewer"}, terms())) }, `POST /v1/tokens {"name":"ci","role":"viewer","reason":"why"}`},
		{func() error { return first(c.DeleteToken(ctx, "ci", terms())) }, `DELETE /v1/tokens/ci  bypass=degraded&reason=why`},
		{func() error {
			return first(c.StartDrill(ctx, api.DrillOrder{Location: "westus2", For: "10m"}, terms()))
		}, `POST /v1/drills {"location":"westus2","for":"10m","reason":"why","bypass":["degraded"]}`},
		{func() error { return first(c.AbortDrill(ctx, "d1", terms())) }, `POST /v1/drills/d1/abort {"reason":"why"}`},
	}
	for _, tt := range tests {
		if err := tt.err(); err != nil || strings.TrimSpace(got) != tt.want || key != "k1" {
			t.Errorf("got %q with key %q, %v, want %q with k1", got, key, err, tt.want)
		}
	}
}

// TestOrderRepeated: an order whose connection breaks is sent again, to the
// same server and under the same key, and to nobody else.
func TestOrderRepeated(t *testing.T) {
	var mu sync.Mutex
	var keys []string
	breaks := serve(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if keys = append(keys, r.Header.Get("Idempotency-Key")); len(keys) == 1 {
			panic(http.ErrAbortHandler)
		}
		_, _ = io.WriteString(w, `{"id":"c1"}`)
	})
	other := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("another server was asked") })
	got, err := dial(t, breaks.URL, other.URL).Thaw(t.Context(), api.Terms{})
	mu.Lock()
	defer mu.Unlock()
	if err != nil || got.ID != "c1" || len(keys) != 2 || keys[0] == "" || keys[0] != keys[1] {
		t.Errorf("got %+v, %v with keys %q, want c1 at the second try with the same key", got, err, keys)
	}
}

// TestOrderUnknown: where no answer ever comes, the order may have been carried
// out, and the error says so.
func TestOrderUnknown(t *testing.T) {
	for name, handle := range map[string]http.HandlerFunc{
		"broken":         func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"half an answer": func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"id":`) },
	} {
		s := serve(t, handle)
		_, err := dial(t, s.URL).Thaw(t.Context(), api.Terms{})
		var unknown *client.UnknownError
		if !errors.As(err, &unknown) {
			t.Errorf("%s: got %v, want an *UnknownError", name, err)
		}
	}
	silent := serve(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := dial(t, silent.URL).Thaw(ctx, api.Terms{})
	var unknown *client.UnknownError
	if !errors.As(err, &unknown) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("silent: got %v, want an *UnknownError for a deadline", err)
	}
}

// TestOrderMovesOn: an order that was never sent goes to the next server; one
// that was refused does not.
func TestOrderMovesOn(t *testing.T) {
	asked := 0
	good := serve(t, func(w http.ResponseWriter, _ *http.Request) { asked++; _, _ = io.WriteString(w, `{"id":"c1"}`) })
	if got, err := dial(t, closedPort, "https://"+good.Listener.Addr().String(), good.URL).Thaw(t.Context(), api.Terms{}); err != nil || got.ID != "c1" || asked != 1 {
		t.Errorf("got %+v, %v after %d requests, want c1 of the third server", got, err, asked)
	}
	refuses := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(http.StatusConflict)
		_, _ = io.WriteString(w, `{"code":"conflict","detail":"held"}`)
	})
	if _, err := dial(t, refuses.URL, good.URL).Thaw(t.Context(), api.Terms{}); client.KindOf(err) != api.Conflict || asked != 1 {
		t.Errorf("got %v after %d requests, want a conflict and nobody else asked", err, asked)
	}
}

// TestWaitsForNodes: what an order waits for nodes is added to the time of a
// call.
func TestWaitsForNodes(t *testing.T) {
	answer := make(chan struct{})
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) { <-answer; _, _ = io.WriteString(w, `{"id":"c1"}`) })
	c, err := client.New(client.Options{Servers: []string{s.URL}, Timeout: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	time.AfterFunc(50*time.Millisecond, func() { close(answer) })
	if got, err := c.Thaw(t.Context(), api.Terms{Timeout: time.Minute}); err != nil || got.ID != "c1" {
		t.Errorf("got %+v, %v, want c1", got, err)
	}
}

func pemOf(der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// TestToken: a token goes to servers over TLS and on this machine, and no
// client is made that would send it in the clear.
func TestToken(t *testing.T) {
	var got string
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r.Header.Get("Authorization")
		_ = json.NewEncoder(w).Encode(api.Status{})
	})
	secure := httptest.NewTLSServer(h)
	t.Cleanup(secure.Close)
	dir := t.TempDir()
	ca := filepath.Join(dir, "ca.pem")
	if err := os.WriteFile(ca, pemOf(secure.Certificate().Raw), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, server := range []string{secure.URL, serve(t, h).URL} {
		got = ""
		c, err := client.New(client.Options{Servers: []string{server}, Token: "mrd_x", TLS: client.TLSFiles{CA: ca}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Status(t.Context()); err != nil || got != "Bearer mrd_x" {
			t.Errorf("%s: got %q, %v, want the token", server, got, err)
		}
		c.Close()
	}
	untrusted := dial(t, secure.URL)
	var none *client.ConnectError
	if _, err := untrusted.Status(t.Context()); !errors.As(err, &none) {
		t.Errorf("a server nobody vouches for: got %v, want a *ConnectError", err)
	}
	for _, server := range []string{"http://192.0.2.1:8053", "node.example:8053"} {
		if _, err := client.New(client.Options{Servers: []string{server}, Token: "mrd_x"}); err == nil || !strings.Contains(err.Error(), server) {
			t.Errorf("%s: got %v, want an error that names it", server, err)
		}
	}
}

func TestTokenFile(t *testing.T) {
	dir := t.TempDir()
	for content, want := range map[string]string{"mrd_x\n": "mrd_x", " mrd_y ": "mrd_y", "": "", "a b": "", "a\nb": "", strings.Repeat("a", 5000): ""} {
		path := filepath.Join(dir, "token")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := client.ReadToken(path)
		if diff := cmp.Diff(want, got); diff != "" || (err == nil) != (want != "") {
			t.Errorf("%.20q: got %v and (-want +got):\n%s", content, err, diff)
		}
	}
	if _, err := client.ReadToken(filepath.Join(dir, "nowhere")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: got %v", err)
	}
}

func TestTLSFiles(t *testing.T) {
	dir := t.TempDir()
	empty := filepath.Join(dir, "empty.pem")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, files := range []client.TLSFiles{{CA: empty}, {CA: filepath.Join(dir, "nowhere")}, {Cert: empty}, {Key: empty}, {Cert: empty, Key: empty}} {
		if _, err := client.New(client.Options{Servers: []string{"https://x"}, TLS: files}); err == nil {
			t.Errorf("%+v: got no error", files)
		}
	}
}
