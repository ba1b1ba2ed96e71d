package demo

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// kill stops the gateway of West Europe and shows where nested and weighted go.
func (t *tour) kill(ctx context.Context) error {
	if err := t.turnAndTell(ctx, "stop", 1); err != nil {
		return err
	}
	if err := t.awaitTarget(ctx, "multivalue/"+string(t.sites[1].ID), "down"); err != nil {
		return err
	}
	say(t.out, "  and the other names, now that West Europe is down:")
	return t.methods(ctx)
}

// awaitTarget waits until the first node has a verdict on a target.
func (t *tour) awaitTarget(ctx context.Context, id, verdict string) error {
	bounded, cancel := context.WithTimeout(ctx, failPromise+t.grace)
	defer cancel()
	err := until(bounded, 20*time.Millisecond, func() (bool, error) { return t.sites[0].finds(bounded, id, verdict) })
	if errors.Is(err, context.DeadlineExceeded) {
		t.fault(fmt.Errorf("%s is found %s within %s", id, verdict, seconds(failPromise)))
		return nil
	}
	return err
}

// turnAndTell stops or starts a gateway and tells what was measured.
func (t *tour) turnAndTell(ctx context.Context, verb string, i int) error {
	f, err := t.turnGateway(ctx, verb, i, t.out)
	if err != nil {
		return err
	}
	if f == nil {
		return fmt.Errorf("%s %s: nothing to do", verb, t.sites[i].Display)
	}
	f.write(t.out)
	t.fault(f.broken())
	return nil
}

// outage is how long everything stays down.
const outage = 2 * time.Second

// killAll stops the other gateways too and shows that everything is answered.
func (t *tour) killAll(ctx context.Context) error {
	before := t.traffic.tally.counts()
	for _, i := range []int{0, 2} {
		if err := t.turnAndTell(ctx, "stop", i); err != nil {
			return err
		}
	}
	if err := t.bestEffort(ctx); err != nil {
		return err
	}
	down := t.traffic.tally.counts()
	if err := wait(ctx, outage); err != nil {
		return err
	}
	after := t.traffic.tally.counts()
	say(t.out, "  since the second gateway died: %s", after.less(before))
	say(t.out, "  with none alive, %s: %s", seconds(outage), after.less(down))
	t.fault(after.less(down).broken())
	return nil
}

// bestEffort holds every node to saying that it answers what is down.
func (t *tour) bestEffort(ctx context.Context) error {
	for _, s := range t.sites {
		serving, err := s.serving(ctx)
		if err != nil {
			return err
		}
		say(t.out, "  the node in %s says that contoso serves: %s", s.Display, serving)
		if serving != "bestEffort" {
			t.fault(fmt.Errorf("the node in %s says bestEffort: it says %s", s.Display, serving))
		}
	}
	return nil
}

// revive starts all gateways again.
func (t *tour) revive(ctx context.Context) error {
	for _, i := range []int{1, 0, 2} {
		if err := t.turnAndTell(ctx, "start", i); err != nil {
			return err
		}
	}
	return nil
}
