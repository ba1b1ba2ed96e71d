package gateway

import (
	"sync"
	"sync/atomic"
	"time"
)

// maxSeries bounds the pairs of location and API that are counted apart. More
// are counted as APIOther.
const maxSeries = 1024

// APIOther is the API of requests that are not counted apart.
const APIOther = "(other)"

// series are the accounts of APIs, by where they were served. Looking one up
// locks nothing.
type series struct {
	mu  sync.Mutex // of writers
	now atomic.Pointer[map[seriesKey]*apiAccount]
}

// seriesKey is what an apiAccount is of.
type seriesKey struct {
	location string // that served it; "" where none did
	api      string // "": none claimed it, or it was not served here
}

// apiAccount counts the requests of one API.
type apiAccount struct {
	classes [6]atomic.Uint64 // by the hundreds of the status; 0: no answer began
	in, out atomic.Uint64    // bytes of bodies and tunnels
	latency histogram
}

func (s *series) of(k seriesKey) *apiAccount {
	if now := s.now.Load(); now != nil {
		if a := (*now)[k]; a != nil {
			return a
		}
	}
	return s.enter(k)
}

func (s *series) enter(k seriesKey) *apiAccount {
	s.mu.Lock()
	defer s.mu.Unlock()
	next := map[seriesKey]*apiAccount{}
	if now := s.now.Load(); now != nil {
		if a := (*now)[k]; a != nil {
			return a
		}
		if len(*now) >= maxSeries {
			return s.other(*now, k)
		}
		for k, a := range *now {
			next[k] = a
		}
	}
	next[k] = &apiAccount{}
	s.now.Store(&next)
	return next[k]
}

// other is where there is no room: the last place is kept for it. Callers hold
// mu.
func (s *series) other(now map[seriesKey]*apiAccount, k seriesKey) *apiAccount {
	rest := seriesKey{location: "", api: APIOther}
	if a := now[rest]; a != nil {
		return a
	}
	next := make(map[seriesKey]*apiAccount, len(now)+1)
	for k, a := range now {
		next[k] = a
	}
	next[rest] = &apiAccount{}
	s.now.Store(&next)
	return next[rest]
}

func (a *apiAccount) count(x *exchange, took time.Duration) {
	class := x.w.status / 100
	if class < 0 || class >= len(a.classes) {
		class = 0
	}
	a.classes[class].Add(1)
	a.in.Add(uint64(max(0, x.body.size())))
	a.out.Add(uint64(max(0, x.w.sent)))
	if !x.w.tunnel {
		a.latency.observe(took)
	}
}

// seriesKey says which account an exchange belongs to.
func (x *exchange) seriesKey() seriesKey {
	switch x.outcome {
	case OutcomeHere, OutcomeRelayedIn:
		return seriesKey{location: x.g.o.Location, api: x.served.API}
	case OutcomeRelayed:
		return seriesKey{location: string(x.route.Location)}
	default:
		return seriesKey{location: x.g.o.Location}
	}
}

// className writes a class of statuses.
func className(hundreds int) string {
	if hundreds == 0 {
		return "none"
	}
	return string(rune('0'+hundreds)) + "xx"
}

// APICounts is the account of one API at one location.
type APICounts struct {
	Location string            // that served it
	API      string            // "": none claimed it, or another location served it
	Classes  map[string]uint64 // requests by class of status: "2xx"; "none": no answer began
	BytesIn  uint64            // of bodies and tunnels
	BytesOut uint64
	Latency  Histogram // to the end of the answer; tunnels are not in it
}

// APIs returns the accounts of APIs as they are now.
func (g *Gateway) APIs() []APICounts {
	now := g.account.series.now.Load()
	if now == nil {
		return nil
	}
	out := make([]APICounts, 0, len(*now))
	for k, a := range *now {
		c := APICounts{
			Location: k.location, API: k.api, Classes: map[string]uint64{},
			BytesIn: a.in.Load(), BytesOut: a.out.Load(), Latency: a.latency.snapshot(),
		}
		for i := range a.classes {
			if n := a.classes[i].Load(); n > 0 {
				c.Classes[className(i)] = n
			}
		}
		out = append(out, c)
	}
	return out
}
