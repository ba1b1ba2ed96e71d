//go:build linux

package e2e

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/websocket"
)

// clientPace is the time between two requests of one client.
const clientPace = 20 * time.Millisecond

// tunnelEnd is how long a gateway may take to notice that a WebSocket's client
// has gone.
const tunnelEnd = 500 * time.Millisecond

// sighting is one thing that happened to somebody outside, at some time between
// from and to.
type sighting struct {
	from, to time.Time
	status   int        // of an HTTP answer, 101 of a WebSocket; 0: none came
	address  netip.Addr // that DNS answered
}

// witness is an observer of its own: HTTP clients that never look a name up
// again and DNS clients, who note what becomes of each of their requests.
type witness struct {
	loyal
	regions []*region

	notes    sync.Mutex
	requests map[*region][]sighting // by the gateway they went to
	answers  map[*region][]sighting // by the name server that gave them
}

// sources are the networks HTTP clients of a region come from: all but the last
// keep a connection, the last is that of WebSockets.
func sources() []netip.Addr {
	return []netip.Addr{
		netip.MustParseAddr("127.9.1.1"), netip.MustParseAddr("127.9.2.1"), netip.MustParseAddr("127.9.3.1"), netip.MustParseAddr("127.0.0.1"),
	}
}

// places in the world that DNS clients ask from.
func groups() []string {
	return []string{"8.8.8.0/24", "81.2.69.0/24", "133.11.0.0/24", "141.20.1.0/24"}
}

// startWitness has four clients at each region's gateway, and four at its name
// server, until stop.
func startWitness(regions []*region) *witness {
	w := &witness{
		loyal: loyal{quit: make(chan struct{})}, regions: regions,
		requests: map[*region][]sighting{}, answers: map[*region][]sighting{},
	}
	all := sources()
	for _, r := range regions {
		for i, source := range all[:len(all)-1] {
			h := clientFrom(source, i == 0)
			w.paced(func() { w.get(h, r) })
		}
		w.paced(func() { w.tunnel(r) })
		w.done.Go(func() { w.remain(r) })
		for _, g := range groups() {
			w.paced(func() { w.resolve(r, g) })
		}
	}
	return w
}

// clientFrom is a client with an address; single: with a connection for each
// request.
func clientFrom(source netip.Addr, single bool) *http.Client {
	dialer := &net.Dialer{Timeout: 5 * time.Second, LocalAddr: net.TCPAddrFromAddrPort(netip.AddrPortFrom(source, 0))}
	return &http.Client{
		Timeout:   5 * time.Second,
		Transport: &http.Transport{DialContext: dialer.DialContext, MaxIdleConnsPerHost: 1, DisableKeepAlives: single},
	}
}

// paced repeats something at the clients' pace.
func (w *witness) paced(do func()) {
	w.done.Go(func() {
		tick := time.NewTicker(clientPace)
		defer tick.Stop()
		for {
			select {
			case <-w.quit:
				return
			case <-tick.C:
				do()
			}
		}
	})
}

func (w *witness) note(in map[*region][]sighting, r *region, s sighting) {
	w.notes.Lock()
	defer w.notes.Unlock()
	in[r] = append(in[r], s)
}

// get sends a request to a region's gateway. What is neither served nor refused
// in good order is a failure of its own.
func (w *witness) get(h *http.Client, r *region) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	s := sighting{from: time.Now()}
	defer func() {
		s.to = time.Now()
		w.note(w.requests, r, s)
	}()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, r.url(), strings.NewReader("body"))
	if err != nil {
		w.fail("%v", err)
		return
	}
	req.Host = "contoso.gtm.test"
	resp, err := h.Do(req)
	if err != nil {
		w.fail("%s: %v", r.name, err)
		return
	}
	body, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close() // read only
	s.status = resp.StatusCode
	if err != nil || s.status == http.StatusOK && string(body) != "body" {
		s.status = 0
		w.fail("%s: %q %v", r.name, body, err)
	}
}

// tunnel opens a WebSocket, echoes once, and leaves.
func (w *witness) tunnel(r *region) {
	s := sighting{from: time.Now()}
	ws, err := r.dialEcho()
	switch {
	case err == nil:
		s.status = http.StatusSwitchingProtocols
		if !w.echo(ws, r, "visiting") {
			s.status = 0
		}
		_ = ws.Close()
	case errors.Is(err, websocket.ErrBadStatus):
		s.status = http.StatusServiceUnavailable // or another one: a failure
	default:
		w.fail("%s: opening a WebSocket: %v", r.name, err)
	}
	s.to = time.Now().Add(tunnelEnd)
	w.note(w.requests, r, s)
}

// remain keeps one WebSocket until the clients are stopped; a gateway counts it
// when it ends.
func (w *witness) remain(r *region) {
	w.stay(r)
	now := time.Now()
	w.note(w.requests, r, sighting{from: now.Add(-5 * time.Second), to: now.Add(tunnelEnd), status: http.StatusSwitchingProtocols})
}

// resolve asks a region's name server for the service, as a resolver of
// clients in a network does.
func (w *witness) resolve(r *region, network string) {
	s := sighting{from: time.Now()}
	got, err := askWithin(r.at(), "A contoso.gtm.test +subnet="+network, 2*time.Second)
	s.to = time.Now()
	all := got.answers()
	if err != nil || len(all) != 1 {
		w.fail("%s: asking for clients in %s: %v, %v", r.name, network, all, err)
		return
	}
	if s.address, err = netip.ParseAddr(all[0]); err != nil {
		w.fail("%s: %v", r.name, err)
		return
	}
	w.note(w.answers, r, s)
}

// span is from one moment to another, each known but for a doubt.
type span struct {
	from, to time.Time
	doubt    time.Duration
}

// count is how many things happened in a span, as far as can be told.
type count struct{ least, most uint64 }

func (c count) holds(n uint64) bool { return c.least <= n && n <= c.most }

func (c count) plus(o count) count { return count{c.least + o.least, c.most + o.most} }

func (c count) String() string { return fmt.Sprintf("%d to %d", c.least, c.most) }

// edge is how far apart the moments of a report and those outside may lie,
// beside the doubt that the report states: it has milliseconds, and a busy
// machine stops a process between an event and its clock.
const edge = 250 * time.Millisecond

// seen counts the sightings that lie in a span.
func seen(list []sighting, in span, of func(sighting) bool) (c count) {
	edge := edge + in.doubt
	for _, s := range list {
		switch {
		case !of(s) || s.to.Before(in.from.Add(-edge)) || s.from.After(in.to.Add(edge)):
		case s.from.After(in.from.Add(edge)) && s.to.Before(in.to.Add(-edge)):
			c.least++
			c.most++
		default:
			c.most++
		}
	}
	return c
}

func anything(sighting) bool { return true }

func refused(s sighting) bool { return s.status == http.StatusServiceUnavailable }

func leads(to *region) func(sighting) bool {
	return func(s sighting) bool { return s.address == to.address }
}
