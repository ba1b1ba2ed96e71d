package demo

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"meridian/admin/api"
)

// leadTime is how long clients have come before a location is switched off,
// lateTime how long they go on.
const (
	leadTime = time.Second
	lateTime = 2 * time.Second
)

// underLoad does something while clients send requests to the gateways of
// locations, and holds the product to answering them all.
func (t *tour) underLoad(ctx context.Context, sites []*site, do func() error) (loadCounts, error) {
	l := newLoad(sites)
	err := wait(ctx, leadTime)
	if err == nil {
		err = do()
	}
	if err == nil {
		err = wait(ctx, lateTime)
	}
	counts := l.stop()
	if err != nil {
		return counts, err
	}
	say(t.out, "  meanwhile: %s", counts)
	t.fault(counts.broken())
	return counts, nil
}

// toggle disables West US 2 at the node of West Europe and enables it at that of
// Japan East.
func (t *tour) toggle(ctx context.Context) error {
	_, err := t.underLoad(ctx, t.sites, func() error {
		if _, err := t.carry(ctx, t.disable(0, 1)); err != nil {
			return err
		}
		if err := wait(ctx, lateTime); err != nil {
			return err
		}
		_, err := t.carry(ctx, t.enable(0, 2))
		return err
	})
	return err
}

// order is what an operator says of a location at a node.
type order struct {
	verb string
	of   *site
	at   *site
	send func(context.Context) (api.Change, error)
}

func (t *tour) disable(of, at int) order { return t.patch("disable", of, at, true) }

func (t *tour) enable(of, at int) order { return t.patch("enable", of, at, false) }

func (t *tour) patch(verb string, of, at int, off bool) order {
	node := t.sites[at].api
	return order{verb, t.sites[of], t.sites[at], func(ctx context.Context) (api.Change, error) {
		return node.PatchLocation(ctx, string(t.sites[of].ID), api.LocationPatch{DisableGateway: &off}, api.Terms{Reason: "the demo's tour"})
	}}
}

// carry gives an order and watches the name servers of all nodes that run.
func (t *tour) carry(ctx context.Context, o order) (*api.Change, error) {
	watches, err := watchesOf(t.living(), t.livingAt(o.of.Addr))
	defer closeWatches(watches)
	if err != nil {
		return nil, err
	}
	start := time.Now()
	var accepted atomic.Pointer[api.Change]
	ordered := make(chan error, 1)
	go func() {
		c, err := o.send(ctx)
		accepted.Store(&c)
		ordered <- err
	}()
	err = runAll(ctx, watches, start.Add(togglePromise+t.grace+overtime), func(*site) known {
		return func(context.Context) (*api.Incident, error) {
			if accepted.Load() == nil {
				return nil, nil
			}
			return &api.Incident{Verdict: time.Now()}, nil
		}
	})
	if err := errors.Join(err, <-ordered); err != nil {
		return nil, err
	}
	c := accepted.Load()
	t.tellOrder(o, start, c, watches)
	return c, nil
}

// tellOrder writes what became of an order and holds it against the promise.
func (t *tour) tellOrder(o order, start time.Time, c *api.Change, watches []*watch) {
	say(t.out, "  %s %s, asked of the node in %s at %s; promised: everywhere within %s", o.verb, o.of.Display, o.at.Display, clock(start), seconds(togglePromise))
	for _, w := range watches {
		seen := &w.seen
		if seen.changed.IsZero() {
			t.fault(fmt.Errorf("%s %s: no answer of %s changed", o.verb, o.of.Display, seen.server.Display))
			continue
		}
		took := seen.changed.Sub(start)
		say(t.out, "    %-12s %s   first changed answer after %s: %s now gets %s",
			seen.server.Display, applied(c, seen.server), millis(took), w.clients[0].Country, at(seen.after[0]))
		if took > togglePromise+t.grace {
			t.fault(fmt.Errorf("%s %s reaches %s within %s: it took %s", o.verb, o.of.Display, seen.server.Display, seconds(togglePromise), seconds(took)))
		}
	}
	for _, m := range c.Missing {
		say(t.out, "    %-12s has not applied it: %s", m.Name, m.Reason)
	}
}

// applied says when a location's node served a change, by its own word.
func applied(c *api.Change, p place) string {
	for _, a := range c.Applied {
		if a.Location == string(p.ID) {
			return fmt.Sprintf("applied after %6.1f ms by its own word", a.Ms)
		}
	}
	return "applied, when is not known yet"
}

func millis(d time.Duration) string { return fmt.Sprintf("%.0f ms", float64(d.Microseconds())/1000) }
