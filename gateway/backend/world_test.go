package backend_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"meridian/gateway/backend"
	"meridian/gateway/breaker"
)

// names is a hand-written resolver.
type names struct {
	mu        sync.Mutex
	answers   map[string][]netip.Addr
	errs      map[string]error
	refreshes []string
	refreshed func(host string) // nil: nothing happens
	early     <-chan struct{}   // of lookups that were asked for
}

func (n *names) Addresses(_ context.Context, host string) ([]netip.Addr, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.answers[host], n.errs[host]
}

func (n *names) Refresh(host string) <-chan struct{} {
	n.mu.Lock()
	n.refreshes = append(n.refreshes, host)
	then, early := n.refreshed, n.early
	n.mu.Unlock()
	if then != nil {
		then(host)
	}
	return early
}

func (n *names) set(host string, err error, addrs ...string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.answers == nil {
		n.answers, n.errs = map[string][]netip.Addr{}, map[string]error{}
	}
	var out []netip.Addr
	for _, a := range addrs {
		out = append(out, netip.MustParseAddr(a))
	}
	n.answers[host], n.errs[host] = out, err
}

func (n *names) asked() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.refreshes)
}

// trip is a fake http.RoundTripper.
type trip struct {
	do     func(r *http.Request) (*http.Response, error)
	closed atomic.Int32
}

func (f *trip) RoundTrip(r *http.Request) (*http.Response, error) { return f.do(r) }

func (f *trip) CloseIdleConnections() { f.closed.Add(1) }

// answer makes a response without a body.
func answer(status int) *http.Response {
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: http.NoBody}
}

// byHost is a Transport whose round trips are answered by the host of the URL.
func byHost(do map[string]func(r *http.Request) (*http.Response, error)) func(backend.TransportOptions) http.RoundTripper {
	return func(backend.TransportOptions) http.RoundTripper {
		return &trip{do: func(r *http.Request) (*http.Response, error) {
			f := do[r.URL.Hostname()]
			if f == nil {
				return nil, fmt.Errorf("no answer for %s", r.URL.Hostname())
			}
			return f(r)
		}}
	}
}

func status(code int) func(*http.Request) (*http.Response, error) {
	return func(*http.Request) (*http.Response, error) { return answer(code), nil }
}

func fails(err error) func(*http.Request) (*http.Response, error) {
	return func(*http.Request) (*http.Response, error) { return nil, err }
}

// start returns Backends that end with the test.
func start(t testing.TB, o backend.Options) *backend.Backends {
	t.Helper()
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	b, err := backend.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := b.Shutdown(ctx); err != nil {
			t.Error(err)
		}
	})
	return b
}

func build(t testing.TB, b *backend.Backends, c backend.Config) *backend.Set {
	t.Helper()
	s, err := b.Build(c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func find(t testing.TB, s *backend.Set, name string) *backend.Target {
	t.Helper()
	target, ok := s.Find(name)
	if !ok {
		t.Fatalf("no target %q", name)
	}
	return target
}

func at(t testing.TB, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func single(t testing.TB, name, u string, rule *breaker.Rule) backend.Backend {
	t.Helper()
	return backend.Backend{Name: name, URL: at(t, u), Breaker: rule}
}

func get(t testing.TB, path string) *http.Request {
	t.Helper()
	return request(t, http.MethodGet, path, nil)
}

func request(t testing.TB, method, path string, body io.Reader) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, path, body)
	if err != nil {
		t.Fatal(err)
	}
	r.Host = "client.example"
	r.Header.Set("User-Agent", "test")
	return r
}

// ask sends one GET and returns the status, or 0 and the error, and who was
// asked.
func ask(t testing.TB, target *backend.Target, c *backend.Call) (int, error) {
	t.Helper()
	return send(target, get(t, "/foo"), c)
}

func send(target *backend.Target, r *http.Request, c *backend.Call) (int, error) {
	res, err := target.Do(r, c)
	if err != nil {
		return 0, err
	}
	_, err = io.Copy(io.Discard, res.Body)
	return res.StatusCode, errors.Join(err, res.Body.Close())
}

// rule trips after n failures for a time.
func rule(n int, trip time.Duration) *breaker.Rule {
	return &breaker.Rule{
		Count: n, Interval: time.Minute, TripDuration: trip,
		Statuses: []breaker.Range{{Min: 500, Max: 599}}, Reasons: breaker.Reasons(breaker.ServerErrors),
	}
}

// pool makes a pool of equal members.
func pool(name string, members ...string) backend.Pool {
	p := backend.Pool{Name: name}
	for _, m := range members {
		p.Members = append(p.Members, backend.Member{Backend: m})
	}
	return p
}

// serve runs an HTTP server on loopback.
func serve(t testing.TB, h http.Handler) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

// listen opens one port on several loopback addresses.
func listen(t testing.TB, hosts ...string) (map[string]net.Listener, string) {
	t.Helper()
	for range 20 {
		out, port, err := listenOnce(hosts)
		if err == nil {
			t.Cleanup(func() {
				for _, l := range out {
					_ = l.Close()
				}
			})
			return out, port
		}
	}
	t.Fatal("no port is free on all addresses")
	return nil, ""
}

func listenOnce(hosts []string) (map[string]net.Listener, string, error) {
	out, port := map[string]net.Listener{}, "0"
	for _, h := range hosts {
		l, err := net.Listen("tcp", net.JoinHostPort(h, port))
		if err != nil {
			for _, l := range out {
				_ = l.Close()
			}
			return nil, "", err
		}
		out[h] = l
		_, port, _ = net.SplitHostPort(l.Addr().String())
	}
	return out, port, nil
}

// on serves h on a listener until the returned function is called.
func on(t testing.TB, l net.Listener, h http.Handler) (stop func()) {
	t.Helper()
	s := &http.Server{Handler: h, ReadHeaderTimeout: time.Minute}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = s.Serve(l)
	}()
	stop = sync.OnceFunc(func() {
		_ = s.Close()
		<-done
	})
	t.Cleanup(stop)
	return stop
}

// hits counts requests and answers with a status.
type hits struct {
	n      atomic.Int64
	status int
}

func (h *hits) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	h.n.Add(1)
	w.WriteHeader(h.status)
}

// wait polls until ok, for ten seconds.
func wait(t testing.TB, what string, ok func() bool) {
	t.Helper()
	end := time.Now().Add(10 * time.Second)
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
		<-tick.C
	}
}

func lower(s []string) string { return strings.Join(s, " ") }

// discard is a log that nobody reads.
func discard() *log.Logger { return log.New(io.Discard, "", 0) }
