package healthprobe

import (
	"context"
	"encoding/json"
	"io"
	"net/netip"
	"strings"
	"testing"
	"time"
)

func TestDescribe(t *testing.T) {
	a := newAuthority(t)
	target := secureTarget(serveTLS(t, a.issue(t, "www.example.com", -2*time.Hour, -time.Hour)))
	got := NewNetProber(ProberOptions{Roots: a.pool}).Describe(t.Context(), target)
	if got.Reason != ReasonTLSExpired || len(got.Tries) != 1 || got.Tries[0].TLS == nil {
		t.Fatalf("got %+v, want the expired certificate shown", got)
	}
	cert := got.Tries[0].TLS.Chain[0]
	if cert.Subject != "CN=www.example.com" || cert.Issuer != "CN=Test Authority" || !cert.NotAfter.Before(time.Now()) {
		t.Errorf("got %+v", cert)
	}
	target.Check.Verify = VerifyNone
	got = NewNetProber(ProberOptions{}).Describe(t.Context(), target)
	for _, want := range []string{
		"t: ok (status 200)", "TLS 1.3", "server name www.example.com", "> GET /status HTTP/1.1", "> User-Agent: Meridian",
		"< HTTP/1.1 200 OK", "< Content-Length: 2", `< body: "ok"`, "issued by CN=Test Authority", "names www.example.com",
	} {
		if !strings.Contains(got.String(), want) {
			t.Errorf("got\n%s\nwant it to contain %q", got, want)
		}
	}
	data, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	var back Description
	if err := json.Unmarshal(data, &back); err != nil || back.Tries[0].Request[0] != "GET /status HTTP/1.1" {
		t.Errorf("through JSON: got %+v, %v", back, err)
	}
}

// What a hostile target sends reaches a terminal only quoted, and bounded.
func TestDescribeIsHarmless(t *testing.T) {
	at := serveRaw(t, func(w io.Writer, _ <-chan struct{}) {
		io.WriteString(w, "HTTP/1.1 503 \x1b[2Jgone\r\nX-Odd: \xff\xfe\r\nContent-Length: 100000\r\n\r\n\x1b[31m\xff")
		pour(w, 100000)
	})
	got := NewNetProber(ProberOptions{}).Describe(t.Context(), httpTarget(at))
	if got.Reason != ReasonStatus || len(got.Tries[0].Body) > maxBodyShown+3 {
		t.Errorf("got %s with %d bytes of body", got.Reason, len(got.Tries[0].Body))
	}
	if text := got.String(); strings.ContainsAny(text, "\x1b\x07") {
		t.Errorf("got raw control characters in\n%q", text)
	}
}

// Every address is tried to its end, though one is enough for a verdict.
func TestDescribeTriesAll(t *testing.T) {
	at := serveRaw(t, respond("HTTP/1.1 200 OK\r\n\r\n"))
	target := httpTarget(at)
	target.Addr, target.Host = netip.Addr{}, "two"
	p := NewNetProber(ProberOptions{Resolver: names{"two": {at.Addr(), netip.MustParseAddr("127.0.0.9")}}})
	got := p.Describe(t.Context(), target)
	if got.Reason != ReasonOK || len(got.Tries) != 2 || got.Tries[1].Reason != ReasonRefused {
		t.Errorf("got %+v, want ok and refused", got)
	}
	target.Host = "gone"
	if got := p.Describe(t.Context(), target); got.Reason != ReasonDNSFailure || !strings.Contains(got.String(), "looked up gone") {
		t.Errorf("got %s, want %s", got, ReasonDNSFailure)
	}
}

func TestProbeNow(t *testing.T) {
	at := serveRaw(t, respond("HTTP/1.1 200 OK\r\n\r\n"))
	m, err := New(Options{Node: "n", Location: "l"})
	if err != nil {
		t.Fatal(err)
	}
	if err := m.SetTargets([]Target{httpTarget(at)}); err != nil {
		t.Fatal(err)
	}
	got, err := m.ProbeNow(context.Background(), "t")
	if err != nil || got.Reason != ReasonOK {
		t.Errorf("got %v, %v; want ok", got, err)
	}
	if _, err := m.ProbeNow(context.Background(), "x"); err == nil {
		t.Error("got no error for an unknown target")
	}
}
