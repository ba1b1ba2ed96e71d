package demo

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// lose kills the node of West Europe and shows where all names go.
func (t *tour) lose(ctx context.Context) error {
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

// turnAndTell kills or starts a node and tells what was measured.
func (t *tour) turnAndTell(ctx context.Context, verb string, i int) error {
	f, err := t.turnNode(ctx, verb, i, t.out)
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

// restore starts West Europe again.
func (t *tour) restore(ctx context.Context) error { return t.turnAndTell(ctx, "start", 1) }

// headless kills the primary's node and disables West Europe at Japan East.
func (t *tour) headless(ctx context.Context) error {
	if err := t.turnAndTell(ctx, "stop", 0); err != nil {
		return err
	}
	_, err := t.underLoad(ctx, t.living(), func() error {
		_, err := t.carry(ctx, t.disable(1, 2))
		return err
	})
	return err
}

// crown starts the primary's node again, which has to have heard of the order
// (rejoined holds it to that), and takes the order back there.
func (t *tour) crown(ctx context.Context) error {
	if err := t.turnAndTell(ctx, "start", 0); err != nil {
		return err
	}
	_, err := t.carry(ctx, t.enable(1, 0))
	return err
}
