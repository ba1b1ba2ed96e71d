package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

// Bounds of the load: two clients at each gateway, one that keeps its connection
// and one that makes a new one for each request, with a request each loadEvery.
const (
	loadEvery    = 10 * time.Millisecond
	loadPatience = 5 * time.Second
	loadBody     = 64 << 10 // octets read of an answer
)

// loadCounts is what became of the requests of a load.
type loadCounts struct {
	sent, relayed, failed uint64
	last                  error // the last failure
}

// String tells the counts in one line.
func (c loadCounts) String() string {
	text := fmt.Sprintf("%d requests of clients that never ask DNS again: %d failed, %d served where they arrived, %d relayed to another location",
		c.sent, c.failed, c.sent-c.failed-c.relayed, c.relayed)
	if c.last != nil {
		text += fmt.Sprintf(" (the last failure: %v)", c.last)
	}
	return text
}

// load is HTTP clients that stay with the gateway they have, until it is
// stopped.
type load struct {
	quit chan struct{}
	done sync.WaitGroup

	mu     sync.Mutex
	counts loadCounts
}

// newLoad sends requests to the gateways of locations.
func newLoad(sites []*site) *load {
	l := &load{quit: make(chan struct{})}
	for _, s := range sites {
		for _, fresh := range []bool{false, true} {
			l.done.Go(func() { l.run(s, fresh) })
		}
	}
	return l
}

func (l *load) run(s *site, fresh bool) {
	transport := &http.Transport{DisableKeepAlives: fresh}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, Timeout: loadPatience}
	ticker := time.NewTicker(loadEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
		case <-l.quit:
			return
		}
		l.take(s, sendOrder(client, s.gateway))
	}
}

// arrival is where a request was served, or why it was not.
type arrival struct {
	location string
	err      error
}

// sendOrder sends one request for the service to a gateway.
func sendOrder(c *http.Client, gateway string) arrival {
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, "http://"+gateway+"/orders", http.NoBody)
	if err != nil {
		return arrival{err: err}
	}
	req.Host = serviceName + "." + zoneName[:len(zoneName)-1]
	resp, err := c.Do(req)
	if err != nil {
		return arrival{err: err}
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, loadBody))
	var served sample
	switch err = errors.Join(err, resp.Body.Close()); {
	case err != nil:
	case resp.StatusCode != http.StatusOK:
		err = fmt.Errorf("%s answered %s", gateway, resp.Status)
	default:
		err = json.Unmarshal(body, &served)
	}
	return arrival{served.Location, err}
}

func (l *load) take(s *site, a arrival) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.counts.sent++
	switch {
	case a.err != nil:
		l.counts.failed++
		l.counts.last = a.err
	case a.location != s.Display:
		l.counts.relayed++
	}
}

// stop ends the load and returns what became of it.
func (l *load) stop() loadCounts {
	close(l.quit)
	l.done.Wait()
	return l.counts
}

// broken says which promise was not kept: every request is answered, and those
// that come to a location that is off are relayed.
func (c loadCounts) broken() error {
	var faults []error
	if c.sent == 0 {
		faults = append(faults, errors.New("no request was sent"))
	}
	if c.failed > 0 {
		faults = append(faults, fmt.Errorf("no request fails: %s", c))
	}
	if c.relayed == 0 {
		faults = append(faults, fmt.Errorf("late clients are relayed: %s", c))
	}
	return errors.Join(faults...)
}
