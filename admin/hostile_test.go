package admin_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"meridian/admin"
	"meridian/admin/api"
)

// raw sends bytes as they are and returns the answer, and how long it took
// until the server closed the connection.
func raw(t *testing.T, f *fixture, request string) (*http.Response, []byte, time.Duration) {
	t.Helper()
	conn, err := net.Dial("tcp", f.server.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	start := time.Now()
	if err := conn.SetDeadline(start.Add(15 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("reading the answer: %v", err)
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("reading the body: %v", err)
	}
	return resp, body, time.Since(start)
}

// TestRefused (faults.md C18): what no caller in good faith sends.
func TestRefused(t *testing.T) {
	f := start(t, nil)
	host := f.server.Addr().String()
	tests := []struct {
		name, request string
		status        int
		kind          api.Kind
	}{
		{"1 GiB body", "POST /v1/health/shop%2Fus/probe HTTP/1.1\r\nHost: " + host + "\r\nContent-Length: 1073741824\r\n\r\nxxxx", 413, api.TooLarge},
		{"host of another site (DNS rebinding)", "GET /v1/status HTTP/1.1\r\nHost: evil.example\r\n\r\n", 421, api.Misdirected},
		{"host with another port and name", "GET /v1/status HTTP/1.1\r\nHost: localhost.evil.example:8053\r\n\r\n", 421, api.Misdirected},
		{"address that is not loopback", "GET /v1/status HTTP/1.1\r\nHost: 192.0.2.1\r\n\r\n", 421, api.Misdirected},
		{"cross-origin post by Origin", "POST /v1/health/shop%2Fus/probe HTTP/1.1\r\nHost: " + host + "\r\nOrigin: https://evil.example\r\nContent-Length: 0\r\n\r\n", 403, api.Forbidden},
		{"cross-origin post by Sec-Fetch-Site", "POST /v1/health/shop%2Fus/probe HTTP/1.1\r\nHost: " + host + "\r\nSec-Fetch-Site: cross-site\r\nContent-Length: 0\r\n\r\n", 403, api.Forbidden},
		{"dots in a name", "GET /v1/profiles/../../etc/passwd HTTP/1.1\r\nHost: " + host + "\r\n\r\n", 404, api.NotFound},
		{"encoded dots in a name", "GET /v1/profiles/%2e%2e%2f%2e%2e%2fetc HTTP/1.1\r\nHost: " + host + "\r\n\r\n", 404, api.NotFound},
		{"dots in a target", "POST /v1/health/..%2f..%2fx/probe HTTP/1.1\r\nHost: " + host + "\r\nContent-Length: 0\r\n\r\n", 404, api.NotFound},
		{"empty elements", "GET //v1//status HTTP/1.1\r\nHost: " + host + "\r\n\r\n", 404, api.NotFound},
		{"NUL in a name", "GET /v1/profiles/a%00b HTTP/1.1\r\nHost: " + host + "\r\n\r\n", 422, api.Invalid},
		{"long name", "GET /v1/profiles/" + strings.Repeat("a", 254) + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n", 422, api.Invalid},
		{"long query", "GET /v1/resolve?name=" + strings.Repeat("a", 9000) + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n", 422, api.Invalid},
		{"unknown query parameter", "GET /v1/resolve?name=a&clint=1 HTTP/1.1\r\nHost: " + host + "\r\n\r\n", 422, api.Invalid},
		{"unknown path", "GET /v2/status HTTP/1.1\r\nHost: " + host + "\r\n\r\n", 404, api.NotFound},
		{"method", "DELETE /v1/profiles/shop HTTP/1.1\r\nHost: " + host + "\r\n\r\n", 405, api.NotAllowed},
		{"get of a probe", "GET /v1/health/shop%2Fus/probe HTTP/1.1\r\nHost: " + host + "\r\n\r\n", 405, api.NotAllowed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			resp, body, took := raw(t, f, tt.request)
			got := fault(t, resp, body)
			if resp.StatusCode != tt.status || got.Code != tt.kind || got.Detail == "" {
				t.Errorf("got %d %+v, want %d %s with a detail", resp.StatusCode, got, tt.status, tt.kind)
			}
			if len(body) > 4096 {
				t.Errorf("got an answer of %d bytes, want at most 4096", len(body))
			}
			if took > 5*time.Second {
				t.Errorf("took %v, want an answer at once", took)
			}
		})
	}
	if resp, _ := f.get(t, "/v1/status"); resp.StatusCode != 200 {
		t.Errorf("afterwards: got %d, want 200", resp.StatusCode)
	}
}

// TestSlowBody: a body that never comes holds up nobody; the answer does not
// wait for it.
func TestSlowBody(t *testing.T) {
	f := start(t, nil)
	for _, framing := range []string{"Content-Length: 1000", "Transfer-Encoding: chunked"} {
		resp, body, took := raw(t, f, "POST /v1/health/shop%2Fus/probe HTTP/1.1\r\nHost: localhost\r\n"+framing+"\r\n\r\n5")
		if resp.StatusCode != 200 || took > 3*time.Second {
			t.Errorf("%s: got %d after %v, want 200 at once (%s)", framing, resp.StatusCode, took, body)
		}
	}
}

// TestSlowHeader: a header that never ends is cut off.
func TestSlowHeader(t *testing.T) {
	f := start(t, func(o *admin.Options) { o.Limits.ReadHeader = 500 * time.Millisecond })
	conn, err := net.Dial("tcp", f.server.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := io.WriteString(conn, "GET /healthz HTTP/1.1\r\nHost: local"); err != nil {
		t.Fatal(err)
	}
	if err := conn.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(conn); err != nil {
		t.Errorf("got %v, want the server to close", err)
	}
}

// TestLargeHeader: a header above the limit is refused; the rest of it is not
// read, so the connection may be reset before the answer is.
func TestLargeHeader(t *testing.T) {
	f := start(t, func(o *admin.Options) { o.Limits.Header = 1 << 10 })
	r := f.request(t, "GET", "/healthz")
	r.Header.Set("X-Large", strings.Repeat("x", 3<<10)) // net/http allows 4 KiB more than the limit
	if resp, _ := f.do(t, r); resp.StatusCode != 200 {
		t.Errorf("below the limit: got %d, want 200", resp.StatusCode)
	}
	r.Header.Set("X-Large", strings.Repeat("x", 16<<10))
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("got %d, want 431", resp.StatusCode)
	}
	http.DefaultClient.CloseIdleConnections()
}

// TestBusy: above the limit requests are refused with Retry-After; monitors
// still get their answer; slots come back.
func TestBusy(t *testing.T) {
	f := start(t, func(o *admin.Options) { o.Limits.Requests = 1 })
	entered, leave := make(chan struct{}), make(chan struct{})
	f.node.status = func(context.Context) { entered <- struct{}{}; <-leave }
	done := make(chan error, 1)
	go func() {
		resp, err := http.Get(f.url + "/v1/status")
		if err == nil {
			err = resp.Body.Close()
		}
		done <- err
	}()
	<-entered
	resp, body := f.get(t, "/v1/zone")
	if got := fault(t, resp, body); resp.StatusCode != 503 || got.Code != api.Busy || resp.Header.Get("Retry-After") == "" {
		t.Errorf("got %d %+v, want 503 busy with Retry-After", resp.StatusCode, got)
	}
	if resp, _ := f.get(t, "/healthz"); resp.StatusCode != 200 {
		t.Errorf("/healthz: got %d, want 200", resp.StatusCode)
	}
	close(leave)
	if err := <-done; err != nil {
		t.Error(err)
	}
	if resp, _ := f.get(t, "/v1/zone"); resp.StatusCode != 200 {
		t.Errorf("afterwards: got %d, want 200", resp.StatusCode)
	}
	http.DefaultClient.CloseIdleConnections()
}

// TestProbesAreLimited: each probe on demand costs a connection to somebody.
func TestProbesAreLimited(t *testing.T) {
	f := start(t, func(o *admin.Options) { o.Limits.Probes = 1 })
	entered, leave := make(chan struct{}), make(chan struct{})
	f.node.probe = func(context.Context, string) (api.ProbeReport, error) {
		entered <- struct{}{}
		<-leave
		return api.ProbeReport{}, nil
	}
	done := make(chan struct{})
	first := f.request(t, "POST", "/v1/health/x/probe")
	go func() { defer close(done); f.do(t, first) }()
	<-entered
	resp, body := f.do(t, f.request(t, "POST", "/v1/health/x/probe"))
	if got := fault(t, resp, body); got.Code != api.Busy {
		t.Errorf("got %+v, want busy", got)
	}
	close(leave)
	<-done
}

// TestSourceErrors is the table from a source's error to the answer.
func TestSourceErrors(t *testing.T) {
	f := start(t, func(o *admin.Options) { o.Limits.Handle = 50 * time.Millisecond })
	secret := errors.New("open /var/lib/meridian/secrets.key: permission denied")
	tests := []struct {
		err    error
		status int
		kind   api.Kind
	}{
		{api.Errorf(api.Invalid, "name %q: bad", "x"), 422, api.Invalid},
		{fmt.Errorf("asking: %w", api.Errorf(api.NotFound, "no such")), 404, api.NotFound},
		{api.Errorf(api.Unavailable, "not yet"), 503, api.Unavailable},
		{api.Errorf(api.Unsupported, "no role"), 501, api.Unsupported},
		{context.DeadlineExceeded, 504, api.Timeout},
		{secret, 500, api.Internal},
	}
	for _, tt := range tests {
		f.node.statusErr = tt.err
		resp, body := f.get(t, "/v1/status")
		got := fault(t, resp, body)
		if resp.StatusCode != tt.status || got.Code != tt.kind || got.Title != http.StatusText(tt.status) {
			t.Errorf("%v: got %d %+v, want %d %s", tt.err, resp.StatusCode, got, tt.status, tt.kind)
		}
		if strings.Contains(string(body), "secrets.key") {
			t.Errorf("%v: its text left the node: %s", tt.err, body)
		}
	}
	f.node.statusErr = nil
	f.node.status = func(ctx context.Context) { <-ctx.Done(); f.node.statusErr = ctx.Err() }
	resp, body := f.get(t, "/v1/status")
	if got := fault(t, resp, body); got.Code != api.Timeout {
		t.Errorf("source that takes too long: got %+v, want timeout", got)
	}
}

// TestPanic: a panic in a source is one failed request, counted.
func TestPanic(t *testing.T) {
	f := start(t, nil)
	f.node.status = func(context.Context) { panic("boom") }
	resp, body := f.get(t, "/v1/status")
	if got := fault(t, resp, body); got.Code != api.Internal || strings.Contains(string(body), "boom") {
		t.Errorf("got %s, want internal without the panic's text", body)
	}
	if _, body := f.get(t, "/metrics"); !strings.Contains(string(body), "meridian_admin_panics_total 1\n") {
		t.Errorf("the panic was not counted:\n%s", body)
	}
}

// TestMissingSources: a node without a role says so.
func TestMissingSources(t *testing.T) {
	f := start(t, func(o *admin.Options) {
		o.Sources = admin.Sources{Status: o.Sources.Status, Readiness: o.Sources.Readiness}
	})
	for _, path := range []string{"/v1/resolve?name=a", "/v1/health", "/v1/profiles", "/v1/profiles/a", "/v1/locations", "/v1/geo?address=::1", "/v1/zone", "/v1/events"} {
		resp, body := f.get(t, path)
		if got := fault(t, resp, body); resp.StatusCode != 501 || got.Code != api.Unsupported {
			t.Errorf("%s: got %d %+v, want 501 unsupported", path, resp.StatusCode, got)
		}
	}
	resp, body := f.do(t, f.request(t, "POST", "/v1/health/x/probe"))
	if got := fault(t, resp, body); got.Code != api.Unsupported {
		t.Errorf("probe: got %+v, want unsupported", got)
	}
}

// TestMetricsAreBounded: paths made up by callers make no label values.
func TestMetricsAreBounded(t *testing.T) {
	f := start(t, nil)
	for i := range 20 {
		f.get(t, fmt.Sprintf("/made/up/%d", i))
		f.get(t, fmt.Sprintf("/v1/profiles/p%d", i))
	}
	_, body := f.get(t, "/metrics")
	for _, want := range []string{
		`meridian_admin_requests_total{route="none",status="404"} 20`,
		`meridian_admin_requests_total{route="GET /v1/profiles/{name}",status="404"} 20`,
	} {
		if !strings.Contains(string(body), want) {
			t.Errorf("metrics lack %s:\n%s", want, body)
		}
	}
}

// TestListsAreNeverNull: what a source leaves nil is an empty list.
func TestListsAreNeverNull(t *testing.T) {
	f := start(t, nil)
	for _, path := range []string{"/v1/status", "/v1/locations", "/v1/profiles/web", "/v1/events", "/v1/zone", "/readyz", "/v1/health"} {
		_, body := f.get(t, path)
		if !json.Valid(body) || strings.Contains(string(body), "null") {
			t.Errorf("%s: got %s, want JSON without null", path, body)
		}
	}
}
