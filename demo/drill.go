package demo

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"meridian/admin/api"
)

// The drill of the tour, and how far from its time it may end anywhere.
const (
	drillTime  = 6 * time.Second
	drillSlack = 2 * time.Second
)

// drill drains West US 2 for a while, under load. It is started at the node of
// West Europe and ends by itself at every node.
func (t *tour) drill(ctx context.Context) error {
	before, err := t.relayedBy(ctx)
	if err != nil {
		return err
	}
	var id string
	counts, err := t.underLoad(ctx, t.sites, func() (err error) {
		id, err = t.drain(ctx)
		return err
	})
	if err != nil {
		return err
	}
	after, err := t.relayedBy(ctx)
	if err != nil {
		return err
	}
	say(t.out, "  the gateways counted %d relayed requests, the clients %d", after-before, counts.relayed)
	if after-before != counts.relayed {
		t.fault(fmt.Errorf("gateways and clients count the same: %d and %d", after-before, counts.relayed))
	}
	d, err := t.sites[1].api.Drill(ctx, id)
	if err != nil {
		return err
	}
	say(t.out, "  verdict of the hypothesis that no request fails: %s", d.Verdict)
	if d.Verdict != "met" {
		t.fault(fmt.Errorf("the drill meets its hypothesis: it is %q", d.Verdict))
	}
	return nil
}

// relayedBy is how many late requests the gateways of West US 2 have relayed
// since they started.
func (t *tour) relayedBy(ctx context.Context) (uint64, error) {
	l, err := t.sites[1].api.Location(ctx, string(t.sites[0].ID))
	if err != nil || l.Arrivals == nil {
		return 0, errors.Join(errors.New("arrivals of West US 2 are not known"), err)
	}
	return l.Arrivals.Relayed, nil
}

// drain starts the drill and sees it end.
func (t *tour) drain(ctx context.Context) (string, error) {
	none := int64(0)
	s, node := t.sites[0], t.sites[1]
	c, err := t.carry(ctx, order{"drill (drain, " + seconds(drillTime) + ") of", s, node, func(ctx context.Context) (api.Change, error) {
		return node.api.StartDrill(ctx, api.DrillOrder{
			Location: string(s.ID), Mode: "drain", For: drillTime.String(), Hypothesis: &api.DrillHypothesis{MaxErrors: &none},
		}, api.Terms{Reason: "the demo's tour"})
	}})
	if err != nil {
		return "", err
	}
	id := strings.TrimPrefix(c.Object, "drill/")
	if c.Until == nil {
		return id, fmt.Errorf("drill %s: the node does not say when it ends", id)
	}
	return id, t.expire(ctx, id, *c.Until)
}

// expire sees a drill end at every node, and the answers come back.
func (t *tour) expire(ctx context.Context, id string, until time.Time) error {
	watches, err := watchesOf(t.sites, t.livingAt(t.sites[0].Addr))
	defer closeWatches(watches)
	if err != nil {
		return err
	}
	if err := runAll(ctx, watches, until.Add(drillSlack+t.grace+overtime), func(s *site) known {
		return func(ctx context.Context) (*api.Incident, error) {
			d, err := s.api.Drill(ctx, id)
			if err != nil || d.Ended == nil {
				return nil, err
			}
			return &api.Incident{Verdict: *d.Ended}, nil
		}
	}); err != nil {
		return err
	}
	say(t.out, "  it ends by itself at %s; promised: everywhere within %s of that", clock(until), seconds(drillSlack))
	for _, w := range watches {
		t.tellEnd(&w.seen, until)
	}
	return nil
}

// tellEnd writes when a server answered the location again.
func (t *tour) tellEnd(seen *sighting, until time.Time) {
	if seen.changed.IsZero() {
		t.fault(fmt.Errorf("the drill ends at %s: no answer changed back", seen.server.Display))
		return
	}
	off := seen.changed.Sub(until)
	say(t.out, "    %-12s answers it again %+.0f ms after that", seen.server.Display, float64(off.Microseconds())/1000)
	if off.Abs() > drillSlack+t.grace {
		t.fault(fmt.Errorf("the drill ends at %s within %s of its time: it was %s off", seen.server.Display, seconds(drillSlack), seconds(off)))
	}
}
