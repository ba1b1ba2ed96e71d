package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"
	"time"

	"meridian/admin/api"
)

// failover is what was measured after a location was lost or started again.
type failover struct {
	verb     string // stop, start
	place    place
	grace    time.Duration
	stale    time.Duration  // how much longer the votes of a node that was lost before count
	began    time.Time      // when its process was killed or started
	at       time.Time      // when it was killed; when its gateway answered first
	living   []sampleClient // whose location it is while all are up
	clients  []sampleClient // that are watched
	seen     []sighting
	expected bool   // answers had to change
	why      string // where they had not
}

// act kills or starts the node of a location and writes what was measured. One
// is under way at a time.
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
	f, err := d.turnNode(ctx, verb, i, w)
	if err != nil || f == nil {
		return err
	}
	f.write(w)
	return f.broken()
}

// turnNode kills or starts a node and watches the servers of all others; nil
// without an error where it is in that state already.
func (d *Demo) turnNode(ctx context.Context, verb string, i int, w io.Writer) (*failover, error) {
	s := d.sites[i]
	if s.node.alive() == (verb == "start") {
		say(w, "the node of %s is as you want it already", s.Display)
		return nil, nil
	}
	others := d.others(s)
	if len(others) == 0 && verb == "stop" {
		return nil, fmt.Errorf("%s is the last location that runs: no name server would be left to measure at", s.Display)
	}
	f := &failover{verb: verb, place: s.place, grace: d.grace, living: d.livingAt(s.Addr), stale: d.stale(s)}
	if f.clients = f.living; verb == "start" {
		f.clients = sampleClients() // those that were sent elsewhere may come too
	}
	watches, err := watchesOf(others, f.clients)
	defer closeWatches(watches)
	if err != nil {
		return nil, err
	}
	if err := d.turnProcess(ctx, f, s, w); err != nil {
		return nil, err
	}
	if err := f.follow(ctx, watches); err != nil || len(others) == 0 {
		return nil, err
	}
	if verb == "start" {
		return f, errors.Join(f.judge(ctx, others[0]), d.rejoined(ctx, f, s, others[0], w))
	}
	return f, f.judge(ctx, others[0])
}

// turnProcess kills the process of a location, or starts it and waits for its
// gateway.
func (d *Demo) turnProcess(ctx context.Context, f *failover, s *site, w io.Writer) error {
	f.began = time.Now()
	if f.verb == "stop" {
		pid := s.node.pid()
		if _, err := s.node.kill(); err != nil {
			return err
		}
		f.at, s.lost = f.began, f.began
		say(w, "stop %s: its process %d was killed (SIGKILL) at %s: name server, gateway, probes and admin API are gone", s.Display, pid, clock(f.at))
		return nil
	}
	if _, err := s.node.start(); err != nil {
		return err
	}
	if err := s.await(ctx, readyTime, "waiting for the gateway", s.answers); err != nil {
		return err
	}
	f.at = time.Now()
	say(w, "start %s: its process %d runs since %s; its gateway answered after %s", s.Display, s.node.pid(), clock(f.began), seconds(f.at.Sub(f.began)))
	return nil
}

// rejoined waits until a returned node answers as another does.
func (d *Demo) rejoined(ctx context.Context, f *failover, s, other *site, w io.Writer) error {
	if err := s.await(ctx, readyTime, "waiting for the same answers as everywhere", func(context.Context) (bool, error) {
		return sameAnswers(s, other)
	}); err != nil {
		return err
	}
	say(w, "  its own name server answers as the others do %s after the start of its process, at the latest", seconds(time.Since(f.began)))
	return nil
}

// sameAnswers reports whether two servers send all sample clients to the same
// locations.
func sameAnswers(a, b *site) (bool, error) {
	lines, err := openLines([]*site{a, b})
	defer closeLines(lines)
	if err != nil {
		return false, err
	}
	var got [2][]netip.Addr
	for i, l := range lines {
		if got[i], err = sweep(l, sampleClients()); err != nil {
			return false, err
		}
	}
	return slices.Equal(got[0], got[1]), nil
}

// others lists the locations whose node runs, without one.
func (d *Demo) others(s *site) []*site {
	return slices.DeleteFunc(d.living(), func(o *site) bool { return o == s })
}

// stale is how much longer what the nodes of other lost locations said last is
// counted as their vote.
func (d *Demo) stale(s *site) (longest time.Duration) {
	for _, o := range d.sites {
		if o != s && !o.node.alive() {
			longest = max(longest, voteTime-time.Since(o.lost))
		}
	}
	return longest
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

func watchesOf(sites []*site, clients []sampleClient) ([]*watch, error) {
	var out []*watch
	for _, s := range sites {
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
			return s.incident(ctx, f.place.ID, f.verdict(), f.began)
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
		return failPromise + f.stale
	}
	return returnPromise + f.stale
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
