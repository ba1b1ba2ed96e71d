package demo

import (
	"context"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"
	"time"

	"meridian/admin/api"
)

// failover is what was measured after a gateway was stopped or started.
type failover struct {
	verb     string // stop, start
	place    place
	grace    time.Duration
	at       time.Time      // when the gateway was stopped or started
	living   []sampleClient // whose location it is while all are up
	clients  []sampleClient // that are watched
	seen     []sighting
	expected bool   // answers had to change
	why      string // where they had not
}

// act stops or starts the gateway of a location and writes what was measured.
// One is under way at a time.
func (d *Demo) act(ctx context.Context, verb, location string, w io.Writer) error {
	i, err := findPlace(location)
	if err != nil {
		return err
	}
	select {
	case d.turn <- struct{}{}:
		defer func() { <-d.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	f, err := d.turnGateway(ctx, verb, i, w)
	if err != nil || f == nil {
		return err
	}
	f.write(w)
	return f.broken()
}

// turnGateway stops or starts a gateway and watches all servers; nil without an
// error where the gateway is in that state already.
func (d *Demo) turnGateway(ctx context.Context, verb string, i int, w io.Writer) (*failover, error) {
	f := &failover{verb: verb, place: d.sites[i].place, grace: d.grace, living: d.livingAt(d.sites[i].Addr)}
	if f.clients = f.living; verb == "start" {
		f.clients = sampleClients() // those that were sent elsewhere may come too
	}
	watches, err := d.watches(f.clients)
	defer closeWatches(watches)
	if err != nil {
		return nil, err
	}
	do := d.sites[i].gateway.stop
	if verb == "start" {
		do = d.sites[i].gateway.start
	}
	f.at = time.Now()
	if turned, err := do(); err != nil || !turned {
		if err == nil {
			say(w, "the gateway of %s is as you want it already", f.place.Display)
		}
		return nil, err
	}
	say(w, "%s %s: its gateway %s since %s", f.verb, f.place.Display, f.now(d.sites[i].gateway.address), clock(f.at))
	if err := f.follow(ctx, watches); err != nil {
		return nil, err
	}
	return f, f.judge(ctx, d.sites[0])
}

// now says how the gateway is.
func (f *failover) now(address string) string {
	if f.verb == "stop" {
		return address + " refuses connections"
	}
	return address + " answers"
}

// livingAt lists the sample clients whose location is that with an address,
// while all are up.
func (d *Demo) livingAt(a netip.Addr) []sampleClient {
	var out []sampleClient
	for i, c := range sampleClients() {
		if d.homes[i] == a {
			out = append(out, c)
		}
	}
	return out
}

func (d *Demo) watches(clients []sampleClient) ([]*watch, error) {
	var out []*watch
	for _, s := range d.sites {
		w, err := newWatch(s, clients)
		if err != nil {
			return out, err
		}
		out = append(out, w)
	}
	return out, nil
}

func closeWatches(watches []*watch) {
	for _, w := range watches {
		w.line.close()
	}
}

// follow watches every server until the change has arrived there.
func (f *failover) follow(ctx context.Context, watches []*watch) error {
	err := runAll(ctx, watches, f.at.Add(f.promise()+f.grace+overtime), func(s *site) known {
		return func(ctx context.Context) (*api.Incident, error) {
			return s.incident(ctx, f.place.ID, f.verdict(), f.at)
		}
	})
	for _, w := range watches {
		f.seen = append(f.seen, w.seen)
	}
	return err
}

func (f *failover) verdict() string {
	if f.verb == "stop" {
		return "down"
	}
	return "up"
}

func (f *failover) promise() time.Duration {
	if f.verb == "stop" {
		return failPromise
	}
	return returnPromise
}

// judge finds out whether answers had to change.
func (f *failover) judge(ctx context.Context, s *site) error {
	on, err := s.enabled(ctx, f.place.ID)
	if err != nil {
		return err
	}
	serving, err := s.serving(ctx)
	if err != nil {
		return err
	}
	switch {
	case !on:
		f.why = "the service document has this location disabled"
	case f.verb == "start":
		f.expected = true
	case serving != "available":
		f.why = "nothing else is up, so everything stays answered as if all were (fail-open)"
	case !slices.Contains(f.seen[0].before, f.place.Addr):
		f.why = "no client was sent there"
	default:
		f.expected = true
	}
	return nil
}

// broken says which promise was not kept, nil where all were.
func (f *failover) broken() error {
	var faults []string
	for i := range f.seen {
		s := &f.seen[i]
		limit := f.at.Add(f.promise() + f.grace)
		switch {
		case s.verdict.IsZero():
			faults = append(faults, fmt.Sprintf("%s never found the gateway %s", s.server.Display, f.verdict()))
		case s.verdict.After(limit):
			faults = append(faults, fmt.Sprintf("the verdict of %s came after %s", s.server.Display, f.since(s.verdict)))
		case f.expected && s.changed.IsZero():
			faults = append(faults, fmt.Sprintf("no answer of %s changed", s.server.Display))
		case f.expected && s.changed.After(limit):
			faults = append(faults, fmt.Sprintf("the first changed answer of %s came after %s", s.server.Display, f.since(s.changed)))
		}
	}
	if len(faults) == 0 {
		return nil
	}
	return fmt.Errorf("promised within %s: %s", seconds(f.promise()), strings.Join(faults, "; "))
}
