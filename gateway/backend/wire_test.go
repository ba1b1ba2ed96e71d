package backend_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"meridian/gateway/backend"
	"meridian/gateway/breaker"
)

// echo answers with what it sees of a request.
func echo(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	w.Header().Set("Uri", r.RequestURI)
	w.Header().Set("Seen-Host", r.Host)
	w.Header().Set("Seen-Proto", r.Proto)
	w.Header().Set("Seen-Agent", strings.Join(r.Header["User-Agent"], ",")+"|"+fmt.Sprint(len(r.Header["User-Agent"])))
	w.Header().Set("Seen-Encoding", r.Header.Get("Accept-Encoding"))
	w.Header().Set("Seen-Auth", r.Header.Get("Authorization"))
	w.Header().Set("Seen-Key", strings.Join(append(r.Header["X-Key"], r.Header["X_key"]...), ","))
	if r.TLS != nil {
		w.Header().Set("Seen-Sni", r.TLS.ServerName)
		w.Header().Set("Seen-Cert", fmt.Sprint(len(r.TLS.PeerCertificates)))
	}
	_, _ = w.Write(body)
}

func alone(t testing.TB, o backend.Options, one backend.Backend) *backend.Target {
	t.Helper()
	return find(t, build(t, start(t, o), backend.Config{Backends: []backend.Backend{one}}), one.Name)
}

func header(t testing.TB, target *backend.Target, r *http.Request, c *backend.Call) http.Header {
	t.Helper()
	res, err := target.Do(r, c)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, res.Body)
	_ = res.Body.Close()
	return res.Header
}

func TestURLs(t *testing.T) {
	s := serve(t, http.HandlerFunc(echo))
	tests := []struct{ front, below, want string }{
		{"", "/foo", "/foo"},
		{"", "/", "/"},
		{"/api/test", "/foo", "/api/test/foo"},
		{"/api/test/", "/foo", "/api/test/foo"},
		{"/api/test/", "/foo/", "/api/test/foo/"},
		{"/api/test", "/", "/api/test/"},
		{"/api?v=1", "/foo?x=2", "/api/foo?v=1&x=2"},
		{"/api", "/foo?a=%20b&a=c&&d", "/api/foo?a=%20b&a=c&&d"},
		{"/api", "/a%2Fb", "/api/a%2Fb"},
		{"/a%2Fb", "/c", "/a%2Fb/c"},
		{"/api", "/a//b/../c", "/api/a//b/../c"},
	}
	for _, test := range tests {
		target := alone(t, backend.Options{}, single(t, "a", s.URL+test.front, nil))
		h := header(t, target, get(t, test.below), &backend.Call{})
		if got := h.Get("Uri"); got != test.want {
			t.Errorf("%s + %s: got %s, want %s", test.front, test.below, got, test.want)
		}
	}
}

func TestCredentials(t *testing.T) {
	s := serve(t, http.HandlerFunc(echo))
	one := single(t, "a", s.URL+"/api?v=1", nil)
	one.Credentials = backend.Credentials{
		Header: http.Header{"Authorization": {"Bearer backend"}, "X-Key": {"1", "2"}},
		Query:  url.Values{"code": {"s e"}},
	}
	r := get(t, "/foo?code=client&x=1&co%64e=other")
	r.Header.Set("Authorization", "Bearer client")
	r.Header["X_key"] = []string{"client"} // CGI's name for X-Key
	before := r.Header.Clone()
	h := header(t, alone(t, backend.Options{}, one), r, &backend.Call{})
	for key, want := range map[string]string{
		"Uri": "/api/foo?v=1&x=1&code=s+e", "Seen-Auth": "Bearer backend", "Seen-Key": "1,2", "Seen-Host": "client.example", "Seen-Agent": "test|1", "Seen-Encoding": "",
	} {
		if got := h.Get(key); got != want {
			t.Errorf("%s: got %q, want %q", key, got, want)
		}
	}
	if fmt.Sprint(r.Header) != fmt.Sprint(before) || r.URL.String() != "/foo?code=client&x=1&co%64e=other" {
		t.Errorf("the request was changed: %v %v", r.URL, r.Header)
	}
	r = get(t, "/")
	r.Host = ""
	r.Header.Del("User-Agent")
	h = header(t, alone(t, backend.Options{}, one), r, &backend.Call{})
	if got, want := h.Get("Seen-Host"), strings.TrimPrefix(s.URL, "http://"); got != want {
		t.Errorf("no host asked for: got %q, want %q", got, want)
	}
	if got := h.Get("Seen-Agent"); got != "|0" {
		t.Errorf("no user agent: got %q, want none", got)
	}
	if got := fmt.Sprintf("%v %+v %#v", one.Credentials, one.Credentials, one.Credentials); strings.Contains(got, "backend") {
		t.Errorf("printed: %s", got)
	}
}

// secure runs an HTTPS server for example.com and 127.0.0.1 that speaks HTTP/1.1
// and, where h2, HTTP/2.
func secure(t testing.TB, h http.Handler, h2 bool, ask tls.ClientAuthType) (*httptest.Server, []byte) {
	t.Helper()
	s := httptest.NewUnstartedServer(h)
	s.EnableHTTP2 = h2
	s.Config.ErrorLog = discard()
	s.TLS = &tls.Config{ClientAuth: ask, MinVersion: tls.VersionTLS12}
	s.StartTLS()
	t.Cleanup(s.Close)
	return s, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
}

func TestTLS(t *testing.T) {
	s, roots := secure(t, http.HandlerFunc(echo), true, tls.RequestClientCert)
	port := s.Listener.Addr().(*net.TCPAddr).Port
	d := &names{}
	for _, host := range []string{"example.com", "other.example"} {
		d.set(host, nil, "127.0.0.1")
	}
	tests := []struct {
		name, host string
		tls        backend.TLS
		ok         bool
	}{
		{"unknown authority", "example.com", backend.TLS{}, false},
		{"known authority", "example.com", backend.TLS{Roots: roots}, true},
		{"an address", "127.0.0.1", backend.TLS{Roots: roots}, true},
		{"another name", "other.example", backend.TLS{Roots: roots}, false},
		{"another name, said so", "other.example", backend.TLS{Roots: roots, ServerName: "example.com"}, true},
		{"name not checked", "other.example", backend.TLS{Roots: roots, SkipName: true}, true},
		{"name not checked, chain is", "other.example", backend.TLS{SkipName: true}, false},
		{"chain not checked", "example.com", backend.TLS{SkipChain: true}, true},
		{"chain not checked, name is", "other.example", backend.TLS{SkipChain: true}, false},
		{"nothing checked", "other.example", backend.TLS{SkipChain: true, SkipName: true}, true},
	}
	for _, test := range tests {
		one := single(t, "a", "https://"+net.JoinHostPort(test.host, fmt.Sprint(port)), rule(1, time.Hour))
		one.TLS = test.tls
		one.Breaker.Reasons = breaker.Reasons(breaker.BackendConnectionFailure)
		code, err := ask(t, alone(t, backend.Options{Names: d}, one), &backend.Call{})
		var failed *backend.AttemptError
		if test.ok != (code == 200) || !test.ok && (!errors.As(err, &failed) || failed.Reason != breaker.BackendConnectionFailure) {
			t.Errorf("%s: got %d %v", test.name, code, err)
		}
	}
	one := single(t, "a", fmt.Sprintf("https://example.com:%d", port), nil)
	one.TLS.Roots = roots
	one.Credentials.Certificates = []tls.Certificate{s.TLS.Certificates[0]}
	h := header(t, alone(t, backend.Options{Names: d}, one), get(t, "/"), &backend.Call{})
	if h.Get("Seen-Sni") != "example.com" || h.Get("Seen-Cert") != "1" {
		t.Errorf("got server name %q and %s certificates, want example.com and 1", h.Get("Seen-Sni"), h.Get("Seen-Cert"))
	}
	one.TLS.Roots = []byte("nonsense")
	if _, err := start(t, backend.Options{Names: d}).Build(backend.Config{Backends: []backend.Backend{one}}); err == nil {
		t.Error("authorities that are no PEM: got no error")
	}
}

func TestVersions(t *testing.T) {
	both, bothRoots := secure(t, http.HandlerFunc(echo), true, tls.NoClientCert)
	old, oldRoots := secure(t, http.HandlerFunc(echo), false, tls.NoClientCert)
	plain := httptest.NewUnstartedServer(http.HandlerFunc(echo))
	plain.Config.Protocols = new(http.Protocols)
	plain.Config.Protocols.SetHTTP1(true)
	plain.Config.Protocols.SetUnencryptedHTTP2(true)
	plain.Start()
	t.Cleanup(plain.Close)
	tests := []struct {
		url        string
		roots      []byte
		configured string
		asked      string
		want       string // "": it fails
	}{
		{both.URL, bothRoots, "", "", "HTTP/2.0"},
		{both.URL, bothRoots, "1", "", "HTTP/1.1"},
		{both.URL, bothRoots, "2", "", "HTTP/2.0"},
		{both.URL, bothRoots, "2", "1", "HTTP/1.1"},
		{old.URL, oldRoots, "", "", "HTTP/1.1"},
		{old.URL, oldRoots, "2or1", "", "HTTP/1.1"},
		{old.URL, oldRoots, "2", "", ""},
		{plain.URL, nil, "", "", "HTTP/1.1"},
		{plain.URL, nil, "2or1", "", "HTTP/1.1"},
		{plain.URL, nil, "2", "", "HTTP/2.0"},
		{plain.URL, nil, "", "2", "HTTP/2.0"},
	}
	for _, test := range tests {
		one := single(t, "a", test.url, nil)
		one.TLS.Roots, one.HTTPVersion = test.roots, test.configured
		res, err := alone(t, backend.Options{}, one).Do(get(t, "/"), &backend.Call{HTTPVersion: test.asked})
		got := ""
		if err == nil {
			got = res.Header.Get("Seen-Proto")
			_ = res.Body.Close()
		}
		if got != test.want {
			t.Errorf("%q, asked for %q: got %q %v, want %q", test.configured, test.asked, got, err, test.want)
		}
	}
	r := get(t, "/")
	r.ProtoMajor, r.ProtoMinor = 2, 0
	r.Header.Set("Content-Type", "application/grpc+proto")
	if got := header(t, alone(t, backend.Options{}, single(t, "a", plain.URL, nil)), r, &backend.Call{}).Get("Seen-Proto"); got != "HTTP/2.0" {
		t.Errorf("gRPC: got %s, want HTTP/2.0", got)
	}
}

// TestStreaming: both directions at once, and trailers, without buffering.
func TestStreaming(t *testing.T) {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Trailer", "Grpc-Status")
		_ = http.NewResponseController(w).Flush()
		lines := bufio.NewScanner(r.Body)
		for lines.Scan() {
			_, _ = fmt.Fprintln(w, "got "+lines.Text())
			_ = http.NewResponseController(w).Flush()
		}
		w.Header().Set("Grpc-Status", "0 "+r.Trailer.Get("Sum"))
	}))
	s.Config.Protocols = new(http.Protocols)
	s.Config.Protocols.SetUnencryptedHTTP2(true)
	s.Start()
	t.Cleanup(s.Close)
	one := single(t, "a", s.URL, nil)
	one.HTTPVersion = "2"
	in, out := io.Pipe()
	r := request(t, http.MethodPost, "/", in)
	r.Trailer = http.Header{"Sum": nil}
	res, err := alone(t, backend.Options{}, one).Do(r, &backend.Call{Retry: true})
	if err != nil {
		t.Fatal(err)
	}
	answers := bufio.NewScanner(res.Body)
	for _, word := range []string{"one", "two"} {
		if _, err := fmt.Fprintln(out, word); err != nil {
			t.Fatal(err)
		}
		if !answers.Scan() || answers.Text() != "got "+word {
			t.Errorf("got %q, want got %s", answers.Text(), word)
		}
	}
	r.Trailer.Set("Sum", "2")
	_ = out.Close()
	if answers.Scan() {
		t.Errorf("got more: %q", answers.Text())
	}
	if got := res.Trailer.Get("Grpc-Status"); got != "0 2" {
		t.Errorf("trailer: got %q, want 0 2", got)
	}
	_ = res.Body.Close()
}

// upgrade answers 101 and then sends back what comes.
func upgrade(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Connection") != "Upgrade" || r.Header.Get("Upgrade") != "websocket" {
		w.WriteHeader(400)
		return
	}
	c, rw, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer func() { _ = c.Close() }()
	_, _ = rw.WriteString("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
	_ = rw.Flush()
	_, _ = io.Copy(c, rw)
}

// TestUpgrade: a WebSocket passes, also to a backend that has HTTP/2 otherwise,
// and survives plans that change its backend.
func TestUpgrade(t *testing.T) {
	s, roots := secure(t, http.HandlerFunc(upgrade), true, tls.NoClientCert)
	one := single(t, "a", s.URL, nil)
	one.TLS.Roots = roots
	b := start(t, backend.Options{})
	config := backend.Config{Backends: []backend.Backend{one}}
	r := get(t, "/")
	r.Header.Set("Upgrade", "websocket")
	res, err := find(t, build(t, b, config), "a").Do(r, &backend.Call{Timeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	rw, ok := res.Body.(io.ReadWriteCloser)
	if res.StatusCode != 101 || !ok {
		t.Fatalf("got %d and %T", res.StatusCode, res.Body)
	}
	for i := range 5 {
		one.Timeouts.Idle += time.Second
		one.URL = at(t, fmt.Sprintf("https://192.0.2.%d", i+1))
		build(t, b, backend.Config{Backends: []backend.Backend{one}})
		if _, err := io.WriteString(rw, "ping\n"); err != nil {
			t.Fatal(err)
		}
		got := make([]byte, 5)
		if _, err := io.ReadFull(rw, got); err != nil || string(got) != "ping\n" {
			t.Errorf("got %q %v, want ping", got, err)
		}
	}
	_ = rw.Close()
}

// TestProxy: https by CONNECT, http in absolute form, both with credentials.
func TestProxy(t *testing.T) {
	tlsServer, roots := secure(t, http.HandlerFunc(echo), true, tls.NoClientCert)
	var seen []string
	proxy := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen = append(seen, r.Method+" "+r.RequestURI+" "+r.Header.Get("Proxy-Authorization"))
		if r.Method != http.MethodConnect {
			w.WriteHeader(204)
			return
		}
		if r.Host == "refused.example:443" {
			w.WriteHeader(403)
			return
		}
		up, err := net.Dial("tcp", tlsServer.Listener.Addr().String())
		if err != nil {
			return
		}
		c, _, _ := http.NewResponseController(w).Hijack()
		_, _ = io.WriteString(c, "HTTP/1.1 200 Connection established\r\n\r\n")
		go func() {
			_, _ = io.Copy(up, c)
			_ = up.Close()
		}()
		_, _ = io.Copy(c, up)
		_ = c.Close()
	}))
	through := func(u string) backend.Backend {
		one := single(t, "a", u, nil)
		one.Proxy = at(t, strings.Replace(proxy.URL, "http://", "http://user:pass@", 1))
		one.TLS.Roots = roots
		return one
	}
	h := header(t, alone(t, backend.Options{}, through("https://example.com/x")), get(t, "/y"), &backend.Call{})
	if got := h.Get("Seen-Sni") + h.Get("Uri"); got != "example.com/x/y" {
		t.Errorf("https: got %s", got)
	}
	if code, err := ask(t, alone(t, backend.Options{}, through("http://plain.example/x")), &backend.Call{}); code != 204 {
		t.Errorf("http: got %d %v", code, err)
	}
	if _, err := ask(t, alone(t, backend.Options{}, through("https://refused.example")), &backend.Call{}); err == nil || !strings.Contains(err.Error(), "403") {
		t.Errorf("refused: got %v, want its status", err)
	}
	const who = " Basic dXNlcjpwYXNz"
	want := []string{"CONNECT example.com:443" + who, "GET http://plain.example/x/foo" + who, "CONNECT refused.example:443" + who}
	if !slices.Equal(seen[:2], want[:2]) || seen[2] != want[2] {
		t.Errorf("the proxy saw %q, want %q", seen, want)
	}
}

// TestBodyGoesToTheNextAddress: a body that was not begun is not lost when an
// address refuses, whatever the method.
func TestBodyGoesToTheNextAddress(t *testing.T) {
	ls, port := listen(t, "127.0.0.1", "127.0.0.2")
	_ = ls["127.0.0.1"].Close()
	on(t, ls["127.0.0.2"], http.HandlerFunc(echo))
	d := &names{}
	d.set("app.example", nil, "127.0.0.1", "127.0.0.2")
	target := alone(t, backend.Options{Names: d}, single(t, "a", "http://app.example:"+port, nil))
	body := &closing{Reader: io.MultiReader(strings.NewReader("some "), strings.NewReader("text"))}
	c := backend.Call{}
	res, err := target.Do(request(t, http.MethodPost, "/", body), &c)
	if err != nil {
		t.Fatal(err)
	}
	text, _ := io.ReadAll(res.Body)
	_ = res.Body.Close()
	if string(text) != "some text" || c.Attempts[0].Tried != 2 || c.Addr.Addr() != netip.MustParseAddr("127.0.0.2") {
		t.Errorf("got %q and %+v, want some text at the second address", text, c.Attempts)
	}
	wait(t, "the body closed", func() bool { return body.closed.Load() == 1 })
}

// closing counts how often it is closed.
type closing struct {
	io.Reader
	closed atomic.Int32
}

func (c *closing) Close() error { c.closed.Add(1); return nil }

// TestRepetition: what is repeated, and with which body.
func TestRepetition(t *testing.T) {
	tests := []struct {
		name, method, body string
		key                bool
		attempts           int
	}{
		{"get", http.MethodGet, "", false, 2},
		{"put with a body", http.MethodPut, "text", false, 2},
		{"put with too long a body", http.MethodPut, strings.Repeat("x", 64<<10+1), false, 1},
		{"post", http.MethodPost, "text", false, 1},
		{"post with a key", http.MethodPost, "text", true, 2},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var bodies []string
			f := newFarm(t, nil, "a", "b")
			f.answers["192.0.2.1"] = func(r *http.Request) (*http.Response, error) {
				_, _ = io.CopyN(io.Discard, r.Body, 2)
				_ = r.Body.Close()
				return nil, io.ErrUnexpectedEOF
			}
			f.answers["192.0.2.2"] = func(r *http.Request) (*http.Response, error) {
				text := []byte{}
				if r.Body != nil {
					text, _ = io.ReadAll(r.Body)
					_ = r.Body.Close()
				}
				bodies = append(bodies, string(text))
				return answer(200), nil
			}
			if test.body == "" {
				f.answers["192.0.2.1"] = fails(io.ErrUnexpectedEOF)
			}
			f.config.Pools = []backend.Pool{pool("p", "a", "b")}
			target := find(t, build(t, start(t, f.options()), f.config), "p")
			body := &closing{Reader: strings.NewReader(test.body)}
			r := request(t, test.method, "/", body)
			r.ContentLength = int64(len(test.body))
			if test.body == "" {
				r.Body = http.NoBody
			}
			if test.key {
				r.Header.Set("Idempotency-Key", "1")
			}
			c := backend.Call{Retry: true}
			_, err := send(target, r, &c)
			if len(c.Attempts) != test.attempts || (err == nil) != (test.attempts == 2) {
				t.Errorf("got %d attempts and %v, want %d", len(c.Attempts), err, test.attempts)
			}
			if err == nil && bodies[0] != test.body {
				t.Errorf("the second backend got %q, want %q", bodies[0], test.body)
			}
			if test.body != "" && body.closed.Load() != 1 {
				t.Errorf("the body was closed %d times, want once", body.closed.Load())
			}
		})
	}
}

// TestGuard: addresses that are not allowed get no connection.
func TestGuard(t *testing.T) {
	d := &names{}
	d.set("app.example", nil, "169.254.169.254", "127.0.0.1")
	h := &hits{status: 200}
	s := serve(t, h)
	o := backend.Options{Names: d, Allowed: func(a netip.Addr) error {
		if a.IsLinkLocalUnicast() || a.IsLoopback() {
			return errors.New("it is near")
		}
		return nil
	}}
	for _, u := range []string{"http://app.example" + strings.TrimPrefix(s.URL, "http://127.0.0.1"), s.URL} {
		_, err := ask(t, alone(t, o, single(t, "a", u, nil)), &backend.Call{})
		if err == nil || !strings.Contains(err.Error(), "127.0.0.1 is refused: it is near") || h.n.Load() != 0 {
			t.Errorf("%s: got %v and %d requests, want the guard's reason and none", u, err, h.n.Load())
		}
	}
}

// TestAt: URLs of policies, with what configured backends lend them.
func TestAt(t *testing.T) {
	s := serve(t, http.HandlerFunc(echo))
	api := single(t, "api", s.URL+"/api", rule(1, time.Hour))
	api.Credentials.Header = http.Header{"X-Key": {"api"}}
	deep := single(t, "deep", s.URL+"/api/deep/", nil)
	deep.Credentials.Header = http.Header{"X-Key": {"deep"}}
	b := start(t, backend.Options{})
	set := build(t, b, backend.Config{Backends: []backend.Backend{api, deep}})
	tests := []struct{ path, key, name, uri string }{
		{"/other", "", "", "/other/foo"},
		{"/apis", "", "", "/apis/foo"},
		{"/api", "api", "api", "/api/foo"},
		{"/api/x?y=1", "api", "api", "/api/x/foo?y=1"},
		{"/api/deep/er", "deep", "deep", "/api/deep/er/foo"},
	}
	for _, test := range tests {
		c := backend.Call{}
		h := header(t, set.At(at(t, s.URL+test.path)), get(t, "/foo"), &c)
		if h.Get("X-Key") != "" || h.Get("Seen-Key") != test.key || c.Backend != test.name || h.Get("Uri") != test.uri {
			t.Errorf("%s: got key %q of %q at %s, want %+v", test.path, h.Get("Seen-Key"), c.Backend, h.Get("Uri"), test)
		}
	}
	b.Order(map[string]backend.Order{"api": {Disabled: true}})
	_, err := ask(t, set.At(at(t, s.URL+"/api")), &backend.Call{})
	var open *backend.OpenError
	if !errors.As(err, &open) {
		t.Errorf("a disabled backend's URL: got %v, want an OpenError", err)
	}
	for _, bad := range []string{"ftp://x", "http://", "http://x:0", "http://name.example"} {
		if _, err := ask(t, set.At(at(t, bad)), &backend.Call{}); err == nil {
			t.Errorf("%s: got no error", bad)
		}
	}
	for i := range 600 { // no more than 256 are kept
		set.At(at(t, fmt.Sprintf("http://192.0.2.1:%d", i+1)))
	}
}

// TestAge: connections are given up after a while, without an error.
func TestAge(t *testing.T) {
	var opened atomic.Int64
	s := httptest.NewUnstartedServer(&hits{status: 200})
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			opened.Add(1)
		}
	}
	s.Start()
	t.Cleanup(s.Close)
	one := single(t, "a", s.URL, nil)
	target := alone(t, backend.Options{}, one)
	load(t, target, 50, 1, backend.Call{})
	if opened.Load() != 1 {
		t.Errorf("connections: got %d for 50 requests, want 1", opened.Load())
	}
	one.Timeouts.Age = 50 * time.Millisecond
	young := alone(t, backend.Options{}, one)
	wait(t, "a third connection", func() bool {
		if code, err := ask(t, young, &backend.Call{}); code != 200 {
			t.Fatalf("got %d %v", code, err)
		}
		return opened.Load() >= 4
	})
}

// TestSilentProxy: a proxy that does not answer is given up in time.
func TestSilentProxy(t *testing.T) {
	ls, port := listen(t, "127.0.0.1")
	silent(t, ls["127.0.0.1"])
	one := single(t, "a", "https://example.com", nil)
	one.Proxy = at(t, "http://127.0.0.1:"+port)
	one.Timeouts.Connect = 50 * time.Millisecond
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	_, err := alone(t, backend.Options{}, one).Do(get(t, "/").WithContext(ctx), &backend.Call{})
	var failed *backend.AttemptError
	if !errors.As(err, &failed) || failed.Reason != breaker.BackendConnectionFailure {
		t.Errorf("got %v, want a connect failure", err)
	}
}
