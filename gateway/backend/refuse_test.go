package backend_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"meridian/gateway/backend"
	"meridian/gateway/breaker"
)

func TestBuildRefuses(t *testing.T) {
	good := func(name string) backend.Backend {
		return backend.Backend{Name: name, URL: &url.URL{Scheme: "http", Host: "192.0.2.1"}}
	}
	with := func(change func(*backend.Backend)) backend.Config {
		b := good("a")
		change(&b)
		return backend.Config{Backends: []backend.Backend{b}}
	}
	of := func(p backend.Pool) backend.Config {
		return backend.Config{Backends: []backend.Backend{good("a"), good("b")}, Pools: []backend.Pool{p}}
	}
	tests := []struct {
		config backend.Config
		want   string
	}{
		{with(func(b *backend.Backend) { b.Name = "" }), "the name is empty"},
		{backend.Config{Backends: []backend.Backend{good("a"), good("A")}}, `"A": the name is empty or another's`},
		{with(func(b *backend.Backend) { b.URL = nil }), "no URL"},
		{with(func(b *backend.Backend) { b.URL.Scheme = "ftp" }), `scheme "ftp" is not http or https`},
		{with(func(b *backend.Backend) { b.URL.Host = "x:99999" }), `port "99999" is not 1 to 65535`},
		{with(func(b *backend.Backend) { b.URL.Host = "x.example" }), "nobody knows names here"},
		{with(func(b *backend.Backend) { b.HTTPVersion = "3" }), `HTTP version "3"`},
		{with(func(b *backend.Backend) { b.Proxy = &url.URL{Scheme: "https", Host: "192.0.2.3"} }), `scheme "https" of the proxy`},
		{with(func(b *backend.Backend) { b.Breaker = &breaker.Rule{} }), "exactly one of them is needed"},
		{of(backend.Pool{Name: "p"}), "0 members, allowed are 1 to 30"},
		{of(backend.Pool{Name: "p", Members: []backend.Member{{Backend: "x"}}}), `member "x" is no backend`},
		{of(backend.Pool{Name: "p", Members: []backend.Member{{Backend: "a"}, {Backend: "A"}}}), `member "A" is in it twice`},
		{of(backend.Pool{Name: "p", Members: []backend.Member{{Backend: "a", Weight: 101}}}), "weight 101"},
		{of(backend.Pool{Name: "a", Members: []backend.Member{{Backend: "a"}}}), "another's"},
		{backend.Config{Retry: backend.Retry{Budget: 101}}, "101 %"},
	}
	b := start(t, backend.Options{})
	for _, test := range tests {
		if _, err := b.Build(test.config); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("got %v, want %q", err, test.want)
		}
	}
}

func TestRetryAfterForms(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tests := []struct {
			field string
			want  time.Duration
		}{
			{"5", 5 * time.Second},
			{time.Now().Add(90 * time.Second).UTC().Format(http.TimeFormat), 90 * time.Second},
			{"0", time.Hour},
			{"-1", time.Hour},
			{"1.5", time.Hour},
			{"soon", time.Hour},
			{"", time.Hour},
			{"Mon, 01 Jan 1990 00:00:00 GMT", time.Hour},
			{"99999999", 24 * time.Hour},
		}
		for _, test := range tests {
			r := rule(1, time.Hour)
			r.AcceptRetryAfter = true
			f := newFarm(t, r, "a")
			f.answers["192.0.2.1"] = func(*http.Request) (*http.Response, error) {
				res := answer(503)
				res.Header.Set("Retry-After", test.field)
				return res, nil
			}
			target := find(t, build(t, start(t, f.options()), f.config), "a")
			calls(t, target, 1)
			_, err := ask(t, target, &backend.Call{})
			var open *backend.OpenError
			if !errors.As(err, &open) || open.Retry != test.want {
				t.Errorf("%q: got %v, want a wait of %v", test.field, err, test.want)
			}
		}
	})
}

func TestWords(t *testing.T) {
	inner := errors.New("x")
	tests := []struct {
		err  error
		want string
	}{
		{&backend.OpenError{Target: "p", Skipped: []backend.Skip{{Member: "a", Why: "open"}, {Member: "b", Why: "disabled"}}}, `backend "p" is not available: a is open; b is disabled`},
		{&backend.AttemptError{Backend: "a", Err: inner}, `asking backend "a": x`},
		{&backend.LocalError{Backend: "a", Err: inner}, `asking backend "a": this machine: x`},
		{&backend.BodyError{Err: inner}, "reading the request's body: x"},
	}
	for _, test := range tests {
		if got := test.err.Error(); got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
		var open *backend.OpenError
		if !errors.As(test.err, &open) && !errors.Is(test.err, inner) {
			t.Errorf("%T does not unwrap", test.err)
		}
	}
}

// TestRefusedWords: whoever speaks HTTP, a dial that failed says once that it is
// one, and of which address.
func TestRefusedWords(t *testing.T) {
	for _, version := range []string{"1", "2"} {
		l, port := listen(t, "127.0.0.1")
		_ = l["127.0.0.1"].Close()
		one := single(t, "a", "http://127.0.0.1:"+port, nil)
		one.HTTPVersion = version
		target := find(t, build(t, start(t, backend.Options{}), backend.Config{Backends: []backend.Backend{one}}), "a")
		_, err := ask(t, target, &backend.Call{})
		want := `asking backend "a": connecting to 127.0.0.1:` + port + ": "
		if err == nil || !strings.HasPrefix(err.Error(), want) || strings.Count(err.Error(), "connecting") != 1 {
			t.Errorf("HTTP/%s: got %v, want it to begin with %q", version, err, want)
		}
	}
}
