package gateway

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"testing"
	"time"
)

// TestStatusPaths: they speak of this gateway, are never relayed and need
// nothing; over the relay listener too.
func TestStatusPaths(t *testing.T) {
	p := newRelayPair(t, mirror{}, mirror{}, nil)
	check := func(g *Gateway, status int, word string) {
		t.Helper()
		for _, path := range []string{StatusPath, StatusPathShort} {
			res, _ := get(t, h1(t), "http://"+g.Addrs()[0].String()+path)
			if res.StatusCode != status || res.Header.Get("Meridian-Gateway") != word {
				t.Errorf("%s: got %d %q, want %d %q", path, res.StatusCode, res.Header.Get("Meridian-Gateway"), status, word)
			}
		}
	}
	check(p.off, 200, "")
	p.off.Apply(State{Off: true, Since: time.Now(), TTL: time.Hour})
	check(p.off, 503, "disabled")
	p.off.Apply(State{})
	check(p.off, 200, "")
	res, _ := get(t, &http.Client{Transport: p.toPeer}, "http://relay"+StatusPath)
	if res.StatusCode != http.StatusOK {
		t.Errorf("over the relay listener: got %d, want 200", res.StatusCode)
	}
	res, err := h1(t).Post(p.url()+StatusPath, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST: got %d, want 405", res.StatusCode)
	}
	if c := p.off.Counts(); c.Outcomes[OutcomeRelayed].Requests != 0 || c.Outcomes[OutcomeStatus].Requests != 7 || c.Outcomes[OutcomeStatus].Errors != 0 {
		t.Errorf("got %+v, want 7 status requests, none relayed, none an error", c.Outcomes)
	}
}

// TestRefusals: reasons, their statuses, and what is counted.
func TestRefusals(t *testing.T) {
	route := newSwitchable(Route{})
	g := start(t, Options{Local: mirror{}, Router: route})
	for reason, want := range map[Reason]struct {
		status int
		retry  bool
	}{
		ReasonNoMatch: {503, false}, ReasonDrillLoss: {503, true}, ReasonDirectDenied: {403, false},
	} {
		route.set(Route{Refuse: true, Reason: reason, Late: true, OffSince: time.Now().Add(-time.Minute)})
		res, _ := get(t, h1(t), "http://"+g.Addrs()[0].String()+"/")
		if res.StatusCode != want.status || res.Header.Get("Meridian-Reason") != string(reason) || (res.Header.Get("Retry-After") != "") != want.retry {
			t.Errorf("got %d %v, want %d %s", res.StatusCode, res.Header, want.status, reason)
		}
		eventually(t, "it is counted", func() bool { return g.Counts().Refused[reason] == 1 })
	}
	late := g.Counts().Late
	if late.Requests != 1 || late.Refused != 1 || g.Counts().LateTotal != 3 {
		t.Errorf("got %d late of %d, %d refused; want 1 of the newest time off, of 3", late.Requests, g.Counts().LateTotal, late.Refused)
	}
	if len(late.Networks) != 1 || late.Networks[0].Prefix != netip.MustParsePrefix("127.0.0.0/24") {
		t.Errorf("got networks %v", late.Networks)
	}
	if q := late.Ages.Quantile(0.5); q < 55*time.Second || q > 65*time.Second {
		t.Errorf("got age %s, want about a minute", q)
	}
}

// TestLeave: relays for the TTL and a little more, says so, then listens no
// longer; requests under way end well.
func TestLeave(t *testing.T) {
	t.Parallel()
	p := newRelayPair(t, mirror{}, backend(t, says("there")), func(off, _ *Options) { off.Limits.Linger = 2 * time.Second })
	client := h1(t)
	get(t, client, p.url())
	left, end := make(chan error, 1), time.Now().Add(2100*time.Millisecond)
	go func() { left <- p.off.Leave(context.Background(), 100*time.Millisecond) }()
	eventually(t, "the status says leaving", func() bool {
		res, _ := get(t, client, p.url()+StatusPath)
		return res.Header.Get("Meridian-Gateway") == "leaving" && res.StatusCode == 503
	})
	p.off.Apply(State{}) // leaving is for good
	requests := 0
	for ; time.Until(end) > 0; requests++ {
		res, err := client.Get(p.url())
		if err != nil && time.Until(end) <= 0 {
			break // it listens no longer
		}
		if err != nil {
			t.Fatalf("%v before the end: %v", time.Until(end), err)
		}
		text, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil || string(text) != "there" {
			t.Fatalf("got %q %v while leaving, want it relayed", text, err)
		}
	}
	if err := <-left; err != nil || requests == 0 {
		t.Errorf("got %v after %d requests", err, requests)
	}
	client.CloseIdleConnections()
	if c, err := net.Dial("tcp", p.off.Addrs()[0].String()); err == nil {
		c.Close()
		t.Error("it still listens")
	}
	if err := p.off.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestShutdown: what is under way ends well; what does not end is cut off with
// the context.
func TestShutdown(t *testing.T) {
	begun, end := make(chan struct{}, 2), make(chan struct{})
	g := start(t, Options{Router: routeFunc(here), Local: backend(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begun <- struct{}{}
		select {
		case <-end:
		case <-r.Context().Done():
		}
		_, _ = io.WriteString(w, "whole")
	}))})
	var wg sync.WaitGroup
	client := h1(t)
	url := "http://" + g.Addrs()[0].String()
	wg.Go(func() {
		if _, text := get(t, client, url); text != "whole" {
			t.Errorf("got %q, want whole", text)
		}
	})
	<-begun
	close(end)
	if err := g.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	wg.Wait()

	stuck := start(t, Options{Router: routeFunc(here), Local: backend(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		begun <- struct{}{}
		<-r.Context().Done()
	}))})
	wg.Go(func() {
		if res, err := client.Get("http://" + stuck.Addrs()[0].String()); err == nil {
			res.Body.Close()
			t.Errorf("got %d of a request that was cut off", res.StatusCode)
		}
	})
	<-begun
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := stuck.Shutdown(ctx); err == nil {
		t.Error("got nil, want the deadline")
	}
	wg.Wait()
}
