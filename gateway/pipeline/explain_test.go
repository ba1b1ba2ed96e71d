package pipeline

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"meridian/gateway/backend"
	"meridian/gateway/limit"
)

// TestExplainRefusals: what would not be sent is not explained as sent, and why
// is said.
func TestExplainRefusals(t *testing.T) {
	parse := func(text string) *url.URL {
		u, err := url.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		return u
	}
	p, err := New(Options{Limiter: limit.New(limit.Options{}), Backends: backend.Options{Allowed: func(a netip.Addr) error {
		if a.IsLoopback() || a.IsLinkLocalUnicast() {
			return errors.New("no place for backends")
		}
		return nil
	}}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := p.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	}()
	var c Config
	c.Backends.Backends = []backend.Backend{
		{Name: "bad", URL: parse("http://127.0.0.1:1")}, {Name: "bad2", URL: parse("http://[::1]")}, {Name: "good", URL: parse("http://192.0.2.1")},
	}
	member := func(name string) backend.Member { return backend.Member{Backend: name, Priority: 1, Weight: 1} }
	c.Backends.Pools = []backend.Pool{
		{Name: "mixed", Members: []backend.Member{member("bad"), member("good")}},
		{Name: "none", Members: []backend.Member{member("bad"), member("bad2")}},
	}
	for _, b := range []string{"bad", "good", "mixed", "none"} {
		c.APIs = append(c.APIs, API{Name: b, Path: "/" + b, Backend: b})
	}
	for name, at := range map[string]string{"meta": "http://169.254.169.254", "here": "http://127.0.0.1:9", "there": "http://192.0.2.9"} {
		c.APIs = append(c.APIs, API{Name: name, Path: "/" + name, Program: program(t, `<policies><inbound><set-backend-service base-url="`+at+`"/></inbound></policies>`)})
	}
	if err := p.Apply(c); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ method, path, reason, says, whys string }{
		{"GET", "/good", "", "", "chosen"},
		{"GET", "/bad", ReasonConnect, "127.0.0.1 is refused: no place for backends", "refused"},
		{"GET", "/mixed", "", "", "refused chosen"},
		{"GET", "/none", ReasonConnect, "is refused: no place for backends", "refused next"},
		{"GET", "/meta", ReasonConnect, "169.254.169.254 is refused: no place for backends", "refused"},
		{"GET", "/here", ReasonConnect, "127.0.0.1 is refused: no place for backends", "refused"},
		{"GET", "/there", "", "", "chosen"},
		{"CONNECT", "/good", "connect_refused", "CONNECT", ""},
		{"TRACE", "/good", "trace_refused", "TRACE", ""},
	} {
		r, err := http.NewRequest(test.method, "http://x.test"+test.path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		got := p.Explain(t.Context(), r, Arrival{})
		var whys []string
		for i := range got.Forwards {
			for _, m := range got.Forwards[i].Members {
				whys = append(whys, m.Why)
			}
		}
		if got.Reason != test.reason || !strings.Contains(got.Message, test.says) || strings.Join(whys, " ") != test.whys {
			t.Errorf("%s %s: got %q %q and members %q; want %q …%s… and %q", test.method, test.path, got.Reason, got.Message, whys, test.reason, test.says, test.whys)
		}
	}
}
