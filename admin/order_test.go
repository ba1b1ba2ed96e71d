package admin_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"meridian/admin"
	"meridian/admin/api"
)

// withCluster starts a server with all sources.
func withCluster(t *testing.T, c *fakeCluster) *fixture {
	t.Helper()
	return start(t, func(o *admin.Options) { o.Sources = clusterSources(o.Sources, c) })
}

// send makes a request with a JSON body ("" for none) and headers, given as
// name, value.
func (f *fixture) send(t *testing.T, method, path, body string, header ...string) (*http.Response, []byte) {
	t.Helper()
	r := f.request(t, method, path)
	if body != "" {
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return f.do(t, r)
}

// orderRequests are requests of the contract beside those of one node alone;
// what the sources are told by each, where they are told anything.
func orderRequests() []orderRequest {
	return append(backendRequests(), []orderRequest{
		{"GET", "/v1/locations/westus2", "", 200, false, ""},
		{"GET", "/v1/locations/West%20US%202", "", 200, false, ""},
		{"GET", "/v1/locations/nowhere", "", 404, false, ""},
		{"PATCH", "/v1/locations/West%20US%202", `{"disableGateway":true}`, 200, false, "switch [{location/westus2 disableGateway true false 0s}]"},
		{"PATCH", "/v1/locations/westus2?wait=all&timeout=0s&dryRun=true", `{"disableGateway":true,"for":"PT30M","reason":"works","bypass":["minEnabledLocations"]}`, 200, false, "switch [{location/westus2 disableGateway true false 30m0s}]"},
		{"PATCH", "/v1/locations/westus2", `{"disableGateway":true,"share":"20%"}`, 200, false, "switch [{location/westus2 shed 819 false 0s}]"},
		{"PATCH", "/v1/locations/westus2", `{"disableGateway":false}`, 200, false, "switch [{location/westus2 disableGateway false false 0s} {location/westus2 shed  true 0s}]"},
		{"PATCH", "/v1/locations/westus2", `{"disableGateway":null}`, 200, false, "switch [{location/westus2 disableGateway  true 0s} {location/westus2 shed  true 0s}]"},
		{"PATCH", "/v1/locations/westus2", `{}`, 422, true, ""},
		{"PATCH", "/v1/locations/westus2", `{"disableGateway":"true"}`, 422, true, ""},
		{"PATCH", "/v1/locations/westus2", `{"disableGateway":true,"more":1}`, 422, true, ""},
		{"PATCH", "/v1/locations/westus2", `{"disableGateway":true,"for":"soon"}`, 422, false, ""},
		{"PATCH", "/v1/locations/westus2", `{"disableGateway":true,"share":"101%"}`, 422, false, ""},
		{"PATCH", "/v1/locations/westus2", `{"disableGateway":false,"share":"20%"}`, 422, false, ""},
		{"PATCH", "/v1/locations/westus2", `{"disableGateway":false,"for":"30m"}`, 422, false, ""},
		{"PATCH", "/v1/locations/westus2", `{"disableGateway":true,"bypass":["minEnabledLocations"]}`, 422, false, ""},
		{"PATCH", "/v1/locations/westus2", `{"disableGateway":true,"reason":"x","bypass":["no such-rule"]}`, 422, false, ""},
		{"PATCH", "/v1/locations/westus2?timeout=6m", `{"disableGateway":true}`, 422, false, ""},
		{"PATCH", "/v1/locations/westus2?wait=some", `{"disableGateway":true}`, 422, true, ""},
		{"PATCH", "/v1/profiles/shop", `{"profileStatus":"Disabled","for":"1h"}`, 200, false, "switch [{profile/shop profileStatus Disabled false 1h0m0s}]"},
		{"PATCH", "/v1/profiles/shop", `{"profileStatus":null}`, 200, false, "switch [{profile/shop profileStatus  true 0s}]"},
		{"PATCH", "/v1/profiles/shop", `{"profileStatus":"Off"}`, 422, true, ""},
		{"PATCH", "/v1/profiles/shop", `{"profileStatus":null,"for":"1h"}`, 422, false, ""},
		{"PATCH", "/v1/profiles/shop/endpoints/us", `{"endpointStatus":"Disabled","share":"100%"}`, 200, false, "switch [{endpoint/shop/us shed 4096 false 0s}]"},
		{"PATCH", "/v1/profiles/shop/endpoints/us", `{"endpointStatus":"Enabled"}`, 200, false, "switch [{endpoint/shop/us endpointStatus Enabled false 0s} {endpoint/shop/us shed  true 0s}]"},
		{"PATCH", "/v1/targets/shop%2Fus", `{"verdict":"down","for":"5m"}`, 200, false, "switch [{target/shop/us verdict down false 5m0s}]"},
		{"PATCH", "/v1/targets/shop%2Fus", `{"verdict":null}`, 200, false, "switch [{target/shop/us verdict  true 0s}]"},
		{"GET", "/v1/freeze", "", 200, false, ""},
		{"POST", "/v1/freeze", `{"for":"30m","reason":"works"}`, 200, false, "switch [{service frozen true false 30m0s}]"},
		{"POST", "/v1/freeze", `{"for":"25h","reason":"works"}`, 422, false, ""},
		{"POST", "/v1/freeze", `{"for":"30m"}`, 422, true, ""},
		{"DELETE", "/v1/freeze?reason=done", "", 200, false, "switch [{service frozen  true 0s}]"},
		{"GET", "/v1/changes?limit=5", "", 200, false, ""},
		{"GET", "/v1/changes/c1?wait=all&timeout=1s", "", 200, false, "change c1"},
		{"GET", "/v1/changes/c9", "", 404, false, ""},
		{"GET", "/v1/plan", "", 200, false, ""},
		{"GET", "/v1/plan/document", "", 200, false, ""},
		{"GET", "/v1/plan/document?version=7", "", 404, false, ""},
		{"GET", "/v1/plan/history", "", 200, false, ""},
		{"GET", "/v1/plan/diff?from=41", "", 200, false, ""},
		{"POST", "/v1/plan/check", `{"document":"name: x","name":"s.yaml","files":[{"path":"a.xml","data":"PGEvPg=="}]}`, 200, false, ""},
		{"PUT", "/v1/plan", `{"plan":{"document":"name: x","files":[{"path":"a.xml","data":"PGEvPg=="}]}}`, 200, false, `put 7 bytes and 1 files if ""`},
		{"PUT", "/v1/plan", `{"plan":{"document":""}}`, 422, true, ""},
		{"POST", "/v1/plan/rollback", `{"to":"41","reason":"worse"}`, 200, false, "rollback 41"},
		{"POST", "/v1/locations", `{"name":"Brazil South","capacity":2}`, 200, false, "add Brazil South capacity 2 disabled true"},
		{"POST", "/v1/locations", `{"name":"Brazil South","disableGateway":false}`, 200, false, "add Brazil South capacity 0 disabled false"},
		{"POST", "/v1/locations", `{"name":"--"}`, 422, false, ""},
		{"POST", "/v1/locations", `{"name":"X","latitude":3}`, 422, false, ""},
		{"POST", "/v1/locations", `{"name":"X","latitude":91,"longitude":0}`, 422, true, ""},
		{"DELETE", "/v1/locations/West%20US%202?now=true", "", 200, false, `edit remove "westus2" now true scale "" to 0`},
		{"PUT", "/v1/locations/westus2/sku", `{"capacity":3}`, 200, false, `edit remove "" now false scale "westus2" to 3`},
		{"PUT", "/v1/locations/westus2/sku", `{"capacity":0}`, 422, true, ""},
		{"GET", "/v1/nodes", "", 200, false, ""},
		{"DELETE", "/v1/nodes/eu-1?reason=gone&bypass=alive,other", "", 200, false, "forget eu-1"},
		{"DELETE", "/v1/nodes/eu-1?bypass=alive", "", 422, false, ""},
		{"POST", "/v1/management/promote", `{"node":"eu-1","reason":"lost"}`, 200, false, "promote eu-1"},
		{"POST", "/v1/management/promote", `{"node":"eu-1"}`, 422, true, ""},
		{"GET", "/v1/cluster", "", 200, false, ""},
		{"POST", "/v1/cluster/keys", `{"do":"add","key":"AAAAAAAAAAAAAAAAAAAAAA=="}`, 200, false, "keys add 16 bytes "},
		{"POST", "/v1/cluster/keys", `{"do":"add","key":"AAAA"}`, 422, false, ""},
		{"POST", "/v1/cluster/keys", `{"do":"use"}`, 422, false, ""},
		{"POST", "/v1/cluster/keys", `{"do":"use","fingerprint":"k1"}`, 200, false, "keys use 0 bytes k1"},
		{"POST", "/v1/cluster/keys", `{"do":"rotate","fingerprint":"k1"}`, 422, false, ""},
		{"GET", "/v1/secrets", "", 200, false, ""},
		{"PUT", "/v1/secrets/backend-key", `{"value":"czNjcmV0"}`, 200, false, "secret backend-key 6 bytes rotate false"},
		{"PUT", "/v1/secrets/backend-key", `{"value":""}`, 422, true, ""},
		{"POST", "/v1/secrets/backend-key/rotate", "", 200, false, "secret backend-key 0 bytes rotate true"},
		{"POST", "/v1/secrets/backend-key/rotate", `{"reason":"monthly"}`, 200, false, "secret backend-key 0 bytes rotate true"},
		{"DELETE", "/v1/secrets/backend-key", "", 200, false, "delete secret backend-key"},
		{"GET", "/v1/tokens", "", 200, false, ""},
		{"POST", "/v1/tokens", `{"name":"ci","role":"operator","for":"P90D"}`, 200, false, "token ci operator expires true"},
		{"POST", "/v1/tokens", `{"name":"ci","role":"root"}`, 422, true, ""},
		{"DELETE", "/v1/tokens/ci", "", 200, false, "delete token ci"},
		{"POST", "/v1/drills", `{"location":"West US 2","for":"10m","abort":[{"name":"ok","url":"http://h/ok"}]}`, 200, false, "drill westus2 drain for 10m, 1 signals"},
		{"POST", "/v1/drills", `{"location":"westus2","mode":"loss","for":"10m","hypothesis":{"maxErrors":0},"block":[{"name":"e","metric":"errors","op":"<","threshold":5,"every":"2s"}]}`, 200, false, "drill westus2 loss for 10m, 1 signals"},
		{"POST", "/v1/drills", `{"location":"westus2","for":"10m","abort":[{"name":"ok"}]}`, 422, false, ""},
		{"POST", "/v1/drills", `{"location":"westus2","for":"10m","abort":[{"name":"m","metric":"errors"}]}`, 422, false, ""},
		{"POST", "/v1/drills", `{"location":"westus2","for":"10m","share":"0%"}`, 422, false, ""},
		{"POST", "/v1/drills", `{"location":"westus2"}`, 422, true, ""},
		{"GET", "/v1/drills", "", 200, false, ""},
		{"GET", "/v1/drills/d1", "", 200, false, ""},
		{"GET", "/v1/drills/d9", "", 404, false, ""},
		{"POST", "/v1/drills/d1/abort", "", 200, false, "abort d1"},
		{"GET", "/v1/drills/d1/report", "", 200, false, ""},
		{"GET", "/v1/drills/d1/report?format=markdown", "", 200, false, ""},
		{"GET", "/v1/drills/d1/report?format=pdf", "", 422, true, ""},
		{"GET", "/v1/health/matrix?conclusion=target_down&limit=1", "", 200, false, ""},
	}...)
}

type orderRequest struct {
	method, path, body string
	status             int
	badRequest         bool // the document refuses it too
	told               string
}

// TestOrders: what is asked for is what the sources are told, and what cannot
// be is not passed on.
func TestOrders(t *testing.T) {
	c := &fakeCluster{}
	f := withCluster(t, c)
	for _, tt := range orderRequests() {
		resp, body := f.send(t, tt.method, tt.path, tt.body)
		if got := c.lines(); resp.StatusCode != tt.status || got != tt.told {
			t.Errorf("%s %s %s: got %d, told %q (%s); want %d, %q", tt.method, tt.path, tt.body, resp.StatusCode, got, body, tt.status, tt.told)
		}
	}
}

// TestTerms: the terms of an order are what was said, or the defaults, with who
// says it.
func TestTerms(t *testing.T) {
	c := &fakeCluster{}
	f := withCluster(t, c)
	for _, tt := range []struct {
		query, body string
		want        api.Terms
	}{
		{"", `{"disableGateway":true}`, api.Terms{By: "loopback", Wait: "reachable", Timeout: 10 * time.Second}},
		{"?wait=all&timeout=PT1M&dryRun=true", `{"disableGateway":true,"reason":"works","bypass":["degraded"]}`, api.Terms{By: "loopback", Reason: "works", Bypass: []string{"degraded"}, Wait: "all", Timeout: time.Minute, DryRun: true}},
		{"?wait=none&timeout=250ms", `{"disableGateway":null}`, api.Terms{By: "loopback", Wait: "none", Timeout: 250 * time.Millisecond}},
	} {
		if resp, body := f.send(t, "PATCH", "/v1/locations/westus2"+tt.query, tt.body); resp.StatusCode != http.StatusOK {
			t.Errorf("%s: got %d %s", tt.query, resp.StatusCode, body)
		}
		if diff := cmp.Diff(tt.want, c.lastTerms()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.query, diff)
		}
	}
}

// TestTermsOfDelete: orders without a body have their reason in the query.
func TestTermsOfDelete(t *testing.T) {
	c := &fakeCluster{}
	f := withCluster(t, c)
	want := api.Terms{By: "loopback", Reason: "it is gone", Bypass: []string{"alive", "other"}, Wait: "reachable", Timeout: 10 * time.Second}
	for _, path := range []string{"/v1/nodes/eu-1", "/v1/locations/westus2", "/v1/secrets/k", "/v1/tokens/ci", "/v1/freeze"} {
		resp, body := f.send(t, "DELETE", path+"?reason=it%20is%20gone&bypass=alive,other", "")
		if diff := cmp.Diff(want, c.lastTerms()); diff != "" || resp.StatusCode != http.StatusOK {
			t.Errorf("%s: got %d %s and (-want +got):\n%s", path, resp.StatusCode, body, diff)
		}
	}
}

// TestAcceptedIsNotReached: 202 with where to ask where nodes are missing; 200
// where nothing had to change; what is refused is the source's kind.
func TestAcceptedIsNotReached(t *testing.T) {
	c := &fakeCluster{}
	f := withCluster(t, c)
	for _, tt := range []struct {
		name     string
		change   api.Change
		err      error
		status   int
		location string
	}{
		{"reached", api.Change{ID: "c1", Reached: true}, nil, 200, ""},
		{"missing", api.Change{ID: "c1"}, nil, 202, "/v1/changes/c1"},
		{"missing, with a slash", api.Change{ID: "secret/k1-1"}, nil, 202, "/v1/changes/secret%2Fk1-1"},
		{"nothing to do", api.Change{Noop: true}, nil, 200, ""},
		{"dry run", api.Change{DryRun: true}, nil, 200, ""},
		{"held", api.Change{}, api.Errorf(api.Conflict, "fewer than 1 location would be left"), 409, ""},
		{"elsewhere", api.Change{}, api.Errorf(api.Unavailable, "the primary node westus2-1 cannot be reached since 10:02"), 503, ""},
		{"from a file", api.Change{}, api.Errorf(api.Conflict, "the plan comes from service.yaml at westus2-1"), 409, ""},
		{"defect", api.Change{}, fmt.Errorf("disk is on fire"), 500, ""},
	} {
		c.mu.Lock()
		c.order = func(context.Context, api.Terms) (api.Change, error) { return tt.change, tt.err }
		c.mu.Unlock()
		resp, body := f.send(t, "PATCH", "/v1/locations/westus2", `{"disableGateway":true}`)
		if got := resp.Header.Get("Location"); resp.StatusCode != tt.status || got != tt.location {
			t.Errorf("%s: got %d, location %q (%s), want %d, %q", tt.name, resp.StatusCode, got, body, tt.status, tt.location)
		}
		if tt.err != nil && strings.Contains(string(body), "fire") {
			t.Errorf("%s: the text of a defect left the node: %s", tt.name, body)
		}
	}
}

// TestPlanPrecondition: the ETag of the plan is what If-Match takes.
func TestPlanPrecondition(t *testing.T) {
	c := &fakeCluster{}
	f := withCluster(t, c)
	resp, _ := f.get(t, "/v1/plan")
	tag := resp.Header.Get("ETag")
	if tag != `"1.42.0123456789ab"` {
		t.Errorf("ETag: got %s", tag)
	}
	for _, tt := range []struct {
		ifMatch string
		status  int
		told    string
	}{
		{tag, 200, `put 7 bytes and 0 files if "1.42.0123456789ab"`},
		{"*", 200, `put 7 bytes and 0 files if ""`},
		{`"1.41.00"`, 412, ""},
		{`W/"1.42.0123456789ab"`, 422, ""},
		{`"a", "b"`, 422, ""},
		{"1.42.0123456789ab", 422, ""},
	} {
		resp, body := f.send(t, "PUT", "/v1/plan", `{"plan":{"document":"name: x"}}`, "If-Match", tt.ifMatch)
		if got := c.lines(); resp.StatusCode != tt.status || got != tt.told {
			t.Errorf("If-Match %s: got %d, told %q (%s), want %d, %q", tt.ifMatch, resp.StatusCode, got, body, tt.status, tt.told)
		}
	}
}

// TestLargePlan: a plan may be large, other bodies may not, and only so many
// plans are taken at once.
func TestLargePlan(t *testing.T) {
	c := &fakeCluster{}
	f := withCluster(t, c)
	large := `{"plan":{"document":"` + strings.Repeat("x", 5<<20) + `"}}`
	if resp, body := f.send(t, "PUT", "/v1/plan", large); resp.StatusCode != http.StatusOK || c.lines() != `put 5242880 bytes and 0 files if ""` {
		t.Errorf("got %d %.200s", resp.StatusCode, body)
	}
	for _, line := range []string{"PUT /v1/plan", "POST /v1/plan/check", "PATCH /v1/locations/westus2", "POST /v1/drills"} {
		resp, body, _ := raw(t, f, line+" HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 16777217\r\n\r\n{")
		if fault(t, resp, body).Code != api.TooLarge {
			t.Errorf("%s of 16 MiB and more: got %d %s", line, resp.StatusCode, body)
		}
	}
	resp, body, _ := raw(t, f, "PATCH /v1/locations/westus2 HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 65537\r\n\r\n{")
	if fault(t, resp, body).Code != api.TooLarge {
		t.Errorf("a location of more than 64 KiB: got %d %s", resp.StatusCode, body)
	}
	under, done := make(chan struct{}, 2), make(chan struct{})
	c.mu.Lock()
	c.order = func(context.Context, api.Terms) (api.Change, error) {
		under <- struct{}{}
		<-done
		return api.Change{Noop: true}, nil
	}
	c.mu.Unlock()
	ended := make(chan int, 2)
	for range 2 {
		go func() {
			resp, _ := f.send(t, "PUT", "/v1/plan", `{"plan":{"document":"x"}}`)
			ended <- resp.StatusCode
		}()
		<-under
	}
	resp, body = f.send(t, "POST", "/v1/plan/check", `{"document":"x"}`)
	if fault(t, resp, body).Code != api.Busy {
		t.Errorf("a third plan: got %d %s, want busy", resp.StatusCode, body)
	}
	close(done)
	for range 2 {
		if got := <-ended; got != http.StatusOK {
			t.Errorf("a plan under way: got %d", got)
		}
	}
}

// TestLongWait: an order may take longer than other requests, and ends with the
// server.
func TestLongWait(t *testing.T) {
	c := &fakeCluster{order: func(ctx context.Context, _ api.Terms) (api.Change, error) {
		select {
		case <-ctx.Done():
		case <-time.After(1500 * time.Millisecond):
		}
		return api.Change{ID: "c1", Reached: ctx.Err() == nil}, nil
	}}
	f := start(t, func(o *admin.Options) {
		o.Sources = clusterSources(o.Sources, c)
		o.Limits = admin.Limits{Handle: 10 * time.Millisecond, Read: time.Second, Write: time.Second}
	})
	if resp, body := f.send(t, "PATCH", "/v1/locations/westus2?timeout=5s", `{"disableGateway":true}`); resp.StatusCode != http.StatusOK {
		t.Errorf("waited for: got %d %s, want 200", resp.StatusCode, body)
	}
	if resp, body := f.send(t, "PATCH", "/v1/locations/westus2?timeout=0s", `{"disableGateway":true}`); resp.StatusCode != http.StatusAccepted {
		t.Errorf("not waited for: got %d %s, want 202", resp.StatusCode, body)
	}
	begun := make(chan struct{})
	c.mu.Lock()
	c.order = func(ctx context.Context, _ api.Terms) (api.Change, error) {
		close(begun)
		<-ctx.Done()
		return api.Change{ID: "c1"}, nil
	}
	c.mu.Unlock()
	ended := make(chan int, 1)
	go func() {
		resp, _ := f.send(t, "PATCH", "/v1/locations/westus2?timeout=4m", `{"disableGateway":true}`)
		ended <- resp.StatusCode
	}()
	<-begun
	if err := f.server.Shutdown(context.Background()); err != nil {
		t.Errorf("shutdown: %v", err)
	}
	if got := <-ended; got != http.StatusAccepted {
		t.Errorf("at shutdown: got %d, want 202", got)
	}
}

// TestIdempotencyKey: the same order under the same key is carried out once;
// another order under it is refused; what was refused may be tried again.
func TestIdempotencyKey(t *testing.T) {
	c := &fakeCluster{}
	f := withCluster(t, c)
	give := func(body, key string) (int, string) {
		resp, answer := f.send(t, "PATCH", "/v1/locations/westus2", body, "Idempotency-Key", key)
		return resp.StatusCode, string(answer)
	}
	on, off := `{"disableGateway":true}`, `{"disableGateway":false}`
	status, first := give(on, "k1")
	again, second := give(on, "k1")
	if status != 200 || again != 200 || first != second || strings.Count(c.lines(), "switch") != 1 {
		t.Errorf("repeated: got %d %s and %d %s, want the same twice, carried out once", status, first, again, second)
	}
	if status, body := give(off, "k1"); status != 422 || c.lines() != "" {
		t.Errorf("another order: got %d %s, want 422", status, body)
	}
	if status, _ := give(on, "k2"); status != 200 || c.lines() == "" {
		t.Errorf("another key: got %d, or not carried out", status)
	}
	c.mu.Lock()
	c.order = func(context.Context, api.Terms) (api.Change, error) {
		return api.Change{}, api.Errorf(api.Conflict, "held")
	}
	c.mu.Unlock()
	for range 2 {
		if status, _ := give(on, "k3"); status != 409 || c.lines() == "" {
			t.Errorf("refused: got %d, or not tried again", status)
		}
	}
	c.mu.Lock()
	c.order = nil
	c.mu.Unlock()
	for range 2 { // a token is never kept
		_, body := f.send(t, "POST", "/v1/tokens", `{"name":"ci","role":"viewer"}`, "Idempotency-Key", "k4")
		if c.lines() != "token ci viewer expires false" || !strings.Contains(string(body), "mrd_secret") {
			t.Errorf("token: got %s", body)
		}
	}
}

// TestKeyTwiceAtOnce: of two at the same time one is carried out, and both get
// its outcome.
func TestKeyTwiceAtOnce(t *testing.T) {
	begun, letGo := make(chan struct{}, 2), make(chan struct{})
	c := &fakeCluster{order: func(_ context.Context, t api.Terms) (api.Change, error) {
		begun <- struct{}{}
		<-letGo
		return change(t), nil
	}}
	f := withCluster(t, c)
	answers := make(chan string, 2)
	for range 2 {
		go func() {
			_, body := f.send(t, "POST", "/v1/drills", `{"location":"westus2","for":"10m"}`, "Idempotency-Key", "k1")
			answers <- string(body)
		}()
	}
	<-begun
	close(letGo)
	a, b := <-answers, <-answers
	if a != b || !strings.Contains(a, `"c1"`) || len(begun) != 0 {
		t.Errorf("got %s and %s after %d more, want one drill", a, b, len(begun))
	}
}

// TestMatrixFilter: rows are narrowed and counted.
func TestMatrixFilter(t *testing.T) {
	f := withCluster(t, &fakeCluster{})
	var got api.Matrix
	_, body := f.get(t, "/v1/health/matrix?conclusion=target_down&limit=1")
	if err := json.Unmarshal(body, &got); err != nil || len(got.Targets) != 1 || got.Targets[0].ID != "b" || got.Total != 2 {
		t.Errorf("got %s, %v, want b of 2", body, err)
	}
}

// TestReportKinds: a report comes in the form it was asked for.
func TestReportKinds(t *testing.T) {
	f := withCluster(t, &fakeCluster{})
	for format, want := range map[string]string{"json": "application/json", "markdown": "text/markdown; charset=utf-8", "html": "text/html; charset=utf-8"} {
		resp, body := f.get(t, "/v1/drills/d1/report?format="+format)
		if got := resp.Header.Get("Content-Type"); got != want || string(body) != `{"drill":"d1"}` {
			t.Errorf("%s: got %s %s", format, got, body)
		}
	}
}

// TestAloneHasNoCluster: without sources every path says so.
func TestAloneHasNoCluster(t *testing.T) {
	f := start(t, nil)
	for _, tt := range orderRequests() {
		if tt.status >= 400 {
			continue
		}
		resp, body := f.send(t, tt.method, tt.path, tt.body)
		if fault(t, resp, body).Code != api.Unsupported {
			t.Errorf("%s %s: got %d %s, want unsupported", tt.method, tt.path, resp.StatusCode, body)
		}
	}
}

// TestAuditTellsOrders: the audit log has what an order was about.
func TestAuditTellsOrders(t *testing.T) {
	c := &fakeCluster{}
	f := start(t, func(o *admin.Options) {
		o.Sources = clusterSources(o.Sources, c)
		o.Audit = auditLog(t)
	})
	f.send(t, "PATCH", "/v1/locations/westus2", `{"disableGateway":true,"reason":"works","bypass":["degraded"]}`)
	entries := f.audit(t, "").Entries
	if len(entries) == 0 {
		t.Fatal("the log is empty")
	}
	e := entries[len(entries)-1]
	got := api.AuditEntry{Operation: e.Operation, Target: e.Target, Reason: e.Reason, Bypass: e.Bypass, Status: e.Status, Change: e.Change}
	want := api.AuditEntry{Operation: "patchLocation", Target: "location/westus2", Reason: "works", Bypass: []string{"degraded"}, Status: 200, Change: "c1"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
