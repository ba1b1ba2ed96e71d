package node

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// halfOpenBackend is a backend whose breaker opens by one failure for 1 s.
func halfOpenBackend(name, url, lease string) string {
	return `
  - {name: ` + name + `, url: "` + url + `", circuitBreaker: {rules: [{name: r, tripDuration: PT1S, recovery: halfOpen, halfOpen: {lease: ` + lease + `},
      failureCondition: {count: 1, interval: PT5M, statusCodeRanges: [{min: 500, max: 599}]}}]}}`
}

// TestHalfOpenClients: no client keeps a breaker half open. One that goes away,
// before the answer or within its body, or does not read, gives its probe back at
// once, however long the lease; one that sends an octet now and then has it for a
// lease.
func TestHalfOpenClients(t *testing.T) {
	t.Parallel()
	reached := make(chan struct{}, 100)
	b := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/bad":
			w.WriteHeader(http.StatusServiceUnavailable)
		case "/hang":
			reached <- struct{}{}
			<-r.Context().Done()
		case "/big":
			_, _ = io.CopyN(w, zeros{}, 64<<20)
		case "/take":
			reached <- struct{}{}
			_, _ = io.Copy(io.Discard, r.Body)
		}
	}))
	t.Cleanup(b.Close)
	s := startServed(t, newWorld(t, head+`
locations: [{name: West US 2, primary: true}]
backends:`+halfOpenBackend("long", b.URL, "1h")+halfOpenBackend("short", b.URL, "3s")+`
apis: [{name: long, path: /long, backend: long}, {name: short, path: /short, backend: short}]
`), allowLoopback, nil)
	// opened trips a breaker and waits until it is half open.
	opened := func(t *testing.T, name string) {
		t.Helper()
		s.want(t, "/"+name+"/bad", 503, "")
		wait(t, "half-open", func() bool {
			for _, one := range s.apis.Backends(time.Now()) {
				if one.Backend == name {
					return one.Breaker.State.String() == "halfOpen"
				}
			}
			return false
		})
	}
	say := func(t *testing.T, text string) net.Conn {
		t.Helper()
		c, err := net.Dial("tcp", s.GatewayAddrs()[0].String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		fmt.Fprint(c, text)
		return c
	}
	closes := func(t *testing.T, name string) {
		t.Helper()
		wait(t, "a request that passes", func() bool { return s.status(t, "/"+name+"/fine") == 200 })
	}
	const post = "POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nx"
	for name, text := range map[string]string{
		"gone before the answer": "GET /long/hang HTTP/1.1\r\nHost: x\r\n\r\n",
		"gone within its body":   fmt.Sprintf(post, "/long/take"),
	} {
		opened(t, "long")
		c := say(t, text)
		<-reached
		if got := s.status(t, "/long/fine"); got != 503 {
			t.Errorf("%s: beside the only probe: got %d, want 503", name, got)
		}
		_ = c.Close()
		closes(t, "long")
	}
	opened(t, "long")
	say(t, "GET /long/big HTTP/1.1\r\nHost: x\r\n\r\n")
	closes(t, "long")

	opened(t, "short")
	c := say(t, fmt.Sprintf(post, "/short/take"))
	<-reached
	begun, tick, refused := time.Now(), time.NewTicker(50*time.Millisecond), 0
	defer tick.Stop()
	for s.status(t, "/short/fine") == 503 && time.Since(begun) < 20*time.Second {
		refused++
		fmt.Fprint(c, "x")
		<-tick.C
	}
	if took := time.Since(begun); refused == 0 || took > 15*time.Second {
		t.Errorf("beside a slow client: %d refused, the first that passed after %v, want a lease of 3 s", refused, took)
	}
}

// zeros is an answer without an end.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

// status asks for a path.
func (s *gatewayNode) status(t *testing.T, path string) int {
	t.Helper()
	status, text, header, err := s.get(path)
	if err != nil || status != 200 && !strings.HasPrefix(header.Get("Meridian-Reason"), "breaker") {
		t.Errorf("%s: got %d %q %v %v", path, status, text, header, err)
	}
	return status
}
