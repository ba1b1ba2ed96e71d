package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"meridian/gateway/backend"
	"meridian/gateway/breaker"
	"meridian/gateway/limit"
	"meridian/gateway/policy"
	"meridian/gateway/record"
)

// stage is a pipeline with backends of its own on loopback.
type stage struct {
	*Pipeline
	t      *testing.T
	config Config
	mu     sync.Mutex
	calls  []string // "NAME METHOD PATH?QUERY Host=…" of backends that were asked
}

func newStage(t *testing.T) *stage {
	t.Helper()
	s := &stage{t: t, config: Config{}}
	s.config.Deployment.Region = "West US"
	p, err := New(Options{
		Limiter: limit.New(limit.Options{}),
		Arrival: func(context.Context) Arrival {
			return Arrival{ID: "r-1", Client: netip.MustParseAddr("203.0.113.7"), Scheme: "https"}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Pipeline = p
	t.Cleanup(func() {
		if err := p.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return s
}

// backend adds one; its URL has a path.
func (s *stage) backend(name string, serve http.HandlerFunc, edit func(*backend.Backend)) {
	s.t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.calls = append(s.calls, name+" "+r.Method+" "+r.RequestURI+" Host="+strings.Split(r.Host, ":")[0])
		s.mu.Unlock()
		serve(w, r)
	}))
	s.t.Cleanup(server.Close)
	u, err := url.Parse(server.URL + "/base")
	if err != nil {
		s.t.Fatal(err)
	}
	b := backend.Backend{Name: name, URL: u}
	if edit != nil {
		edit(&b)
	}
	s.config.Backends.Backends = append(s.config.Backends.Backends, b)
}

func says(status int, text string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, text)
	}
}

func (s *stage) apply() {
	s.t.Helper()
	if err := Check(s.config); err != nil {
		s.t.Fatal(err)
	}
	if err := s.Apply(s.config); err != nil {
		s.t.Fatal(err)
	}
}

// outcome is what came of a request.
type outcome struct {
	status int
	body   string
	header http.Header
	record record.Record
}

// held is a record.Holder.
type held struct{ r record.Record }

func (h *held) Record() *record.Record { return &h.r }

func (s *stage) ask(method, target, body string) outcome {
	s.t.Helper()
	var from io.Reader
	if body != "" {
		from = strings.NewReader(body)
	}
	r := httptest.NewRequest(method, target, from)
	if body == "" {
		r.Body = http.NoBody
	}
	r.RequestURI = ""
	h := &held{}
	resp, err := s.RoundTrip(r.WithContext(record.With(r.Context(), h)))
	var refused record.Refusal
	switch {
	case errors.As(err, &refused):
		status, reason, wait, text, kind := refused.Refusal()
		out := outcome{status: status, body: string(text), header: http.Header{"Meridian-Reason": {reason}, "Content-Type": {kind}}, record: h.r}
		if wait > 0 {
			out.header.Set("Retry-After", wait.Round(time.Second).String())
		}
		return out
	case err != nil:
		s.t.Fatalf("%s %s: %v", method, target, err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return outcome{status: resp.StatusCode, body: string(data), header: resp.Header, record: h.r}
}

// asked returns the calls since it was last asked.
func (s *stage) asked() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := s.calls
	s.calls = nil
	return out
}

// program compiles a document of the API's scope.
func program(t *testing.T, text string) *policy.Program {
	t.Helper()
	tree, problems := policy.Read(policy.Document{Name: "api.xml", Text: []byte(text)}, policy.ScopeAPI, policy.Options{})
	if tree == nil {
		t.Fatal(problems)
	}
	return policy.Link(tree)
}

func TestPlainPath(t *testing.T) {
	s := newStage(t)
	s.backend("one", says(200, "hello"), nil)
	s.backend("rest", says(200, "rest"), nil)
	s.config.APIs = []API{
		{Name: "shop", Path: "/shop", Backend: "ONE", Operations: []Operation{{Name: "get", Method: "GET", URLTemplate: "/{id}"}}},
		{Name: "all", Path: "/all", Backend: "one"},
	}
	s.apply()
	for _, test := range []struct{ method, url, want, api, operation string }{
		{"GET", "http://x.test/shop/17?a=b%20c", "one GET /base/17?a=b%20c Host=127.0.0.1", "shop", "get"},
		{"GET", "http://x.test/shop/a%2Fb", "one GET /base/a%2Fb Host=127.0.0.1", "shop", "get"},
		{"PUT", "http://x.test/ALL", "one PUT /base Host=127.0.0.1", "all", ""},
		{"PUT", "http://x.test/all/", "one PUT /base/ Host=127.0.0.1", "all", ""},
	} {
		got := s.ask(test.method, test.url, "")
		if calls := s.asked(); got.status != 200 || got.body != "hello" || len(calls) != 1 || calls[0] != test.want {
			t.Errorf("%s %s: got %d %q, calls %q, want %q", test.method, test.url, got.status, got.body, calls, test.want)
		}
		if got.record.API != test.api || got.record.Operation != test.operation || got.record.Backend != "one" || got.record.Attempts != 1 || !got.record.Address.IsValid() {
			t.Errorf("%s %s: got record %+v", test.method, test.url, got.record)
		}
	}
	if got := s.ask("GET", "http://x.test/elsewhere", ""); got.status != 404 || got.body != `{"statusCode":404,"message":"Resource not found"}` || got.header.Get("Meridian-Reason") != ReasonNotFound {
		t.Errorf("unclaimed: got %+v", got)
	}
	s.config.Default = "rest"
	s.apply()
	got := s.ask("GET", "http://x.test/elsewhere?q", "")
	if calls := s.asked(); got.body != "rest" || len(calls) != 1 || calls[0] != "rest GET /base/elsewhere?q Host=x.test" {
		t.Errorf("unclaimed with a default: got %q, calls %q", got.body, calls)
	}
	if got := s.ask("DELETE", "http://x.test/shop/17", ""); got.status != 404 || len(s.asked()) != 0 {
		t.Errorf("an API's path without operation: got %d, want 404 and not the default backend", got.status)
	}
	if got := s.ask("GET", "http://x.test/all/%2e%2e/secret", ""); got.status != 400 || got.header.Get("Meridian-Reason") != ReasonBadPath || len(s.asked()) != 0 {
		t.Errorf("dots: got %+v", got)
	}
}

func TestBeforeThePlan(t *testing.T) {
	s := newStage(t)
	if got := s.ask("GET", "/", ""); got.status != 503 || got.header.Get("Meridian-Reason") != ReasonNoPlan || got.header.Get("Retry-After") == "" {
		t.Errorf("got %+v", got)
	}
}

// TestRefusals: each failure of a backend has its status and reason, with
// policies and without.
func TestRefusals(t *testing.T) {
	s := newStage(t)
	rule := breaker.Rule{Count: 1, Interval: time.Minute, TripDuration: time.Hour, Statuses: []breaker.Range{{Min: 500, Max: 599}}}
	s.backend("trips", says(503, "no"), func(b *backend.Backend) { b.Breaker = &rule })
	release := make(chan struct{})
	defer close(release)
	s.backend("slow", func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-release:
		case <-r.Context().Done():
		}
	}, func(b *backend.Backend) { b.Timeouts.Header = 50 * time.Millisecond })
	s.backend("broken", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, nil)
	dead, _ := url.Parse("http://127.0.0.1:1")
	s.config.Backends.Backends = append(s.config.Backends.Backends, backend.Backend{Name: "dead", URL: dead}, backend.Backend{Name: "off", URL: dead})
	noted := program(t, `<policies><inbound><base/></inbound></policies>`)
	adding := program(t, `<policies><inbound><set-variable name="a" value="b"/></inbound></policies>`)
	for name, p := range map[string]*policy.Program{"": nil, "-noted": noted, "-run": adding} {
		for _, b := range []string{"trips", "slow", "broken", "dead", "off"} {
			s.config.APIs = append(s.config.APIs, API{Name: b + name, Path: "/" + b + name, Backend: b, Program: p})
		}
		s.config.APIs = append(s.config.APIs, API{Name: "none" + name, Path: "/none" + name, Program: p})
	}
	s.config.Backends.Retry.Disabled = true
	s.apply()
	s.Order(map[string]backend.Order{"off": {Disabled: true}})
	if got := s.ask("POST", "/trips", ""); got.status != 503 || got.body != "no" || got.record.Breaker != "tripped: trips" {
		t.Errorf("the answer that trips: got %+v", got)
	}
	for _, name := range []string{"", "-noted", "-run"} {
		for _, test := range []struct {
			path, reason string
			status       int
			wait         bool
		}{
			{"/trips", ReasonOpen, 503, true},
			{"/slow", ReasonTimeout, 504, false},
			{"/broken", ReasonBroken, 502, false},
			{"/dead", ReasonConnect, 502, false},
			{"/off", ReasonDisabled, 503, false},
			{"/none", ReasonNoTarget, 500, false},
		} {
			got := s.ask("POST", test.path+name, "")
			if got.status != test.status || got.header.Get("Meridian-Reason") != test.reason || got.record.Reason != test.reason || (got.header.Get("Retry-After") != "") != test.wait {
				t.Errorf("%s: got %d %v %+v, want %d %s", test.path+name, got.status, got.header, got.record, test.status, test.reason)
			}
			var said struct{ StatusCode int }
			if err := json.Unmarshal([]byte(got.body), &said); err != nil || said.StatusCode != test.status {
				t.Errorf("%s: got body %q, want API Management's JSON", test.path+name, got.body)
			}
		}
	}
	if got := s.ask("POST", "/trips", ""); got.record.Breaker != "trips open" {
		t.Errorf("got %q of the breaker, want that it is open", got.record.Breaker)
	}
}

// TestClientGone: a client that goes away is an error that nobody answers.
func TestClientGone(t *testing.T) {
	s := newStage(t)
	begun := make(chan struct{})
	s.backend("slow", func(_ http.ResponseWriter, r *http.Request) {
		close(begun)
		<-r.Context().Done()
	}, nil)
	s.config.APIs = []API{{Name: "a", Path: "/", Backend: "slow", Program: program(t, `<policies><inbound><set-variable name="a" value="b"/></inbound></policies>`)}}
	s.apply()
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-begun
		cancel()
	}()
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, "/", nil)
	r.Body = http.NoBody
	resp, err := s.RoundTrip(r)
	var refused record.Refusal
	if resp != nil || !errors.Is(err, context.Canceled) || errors.As(err, &refused) {
		t.Errorf("got %v %v, want the context's error", resp, err)
	}
	if resp != nil {
		resp.Body.Close()
	}
}

// TestGenerations: a request ends on the generation it began with; the next one
// is served by the new one.
func TestGenerations(t *testing.T) {
	s := newStage(t)
	begun, end := make(chan struct{}), make(chan struct{})
	s.backend("old", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(200)
		w.(http.Flusher).Flush()
		close(begun)
		<-end
		_, _ = io.WriteString(w, "old")
	}, nil)
	s.config.APIs = []API{{Name: "a", Path: "/", Backend: "old"}}
	s.apply()
	got := make(chan outcome, 1)
	go func() { got <- s.ask("GET", "/", "") }()
	<-begun
	s.config = Config{}
	s.backend("new", says(200, "new"), nil)
	s.config.APIs = []API{{Name: "b", Path: "/", Backend: "new"}}
	s.apply()
	if now := s.ask("GET", "/", ""); now.body != "new" || now.record.API != "b" {
		t.Errorf("after: got %+v", now)
	}
	close(end)
	if before := <-got; before.body != "old" || before.record.API != "a" {
		t.Errorf("before: got %+v", before)
	}
}
