package demo

import (
	"context"
	"time"

	"meridian/admin/api"
)

// followAgain is how soon another node is followed when one is lost.
const followAgain = 200 * time.Millisecond

// follow tells, until ctx ends, what happens at a node that runs: new plans,
// refused ones, switches, and gateways that go down or come up. The tour tells
// that itself.
func (d *Demo) follow(ctx context.Context) {
	for ctx.Err() == nil {
		if all := d.living(); len(all) > 0 {
			d.followSite(ctx, all[0])
		}
		_ = wait(ctx, followAgain) // ctx is looked at above
	}
}

// followSite tells what happens at a node until that is lost.
func (d *Demo) followSite(ctx context.Context, s *site) {
	after := ""
	if all, err := s.api.Events(ctx, "", 0); err == nil && len(all.Events) > 0 {
		after = all.Events[len(all.Events)-1].ID
	}
	_ = s.api.Stream(ctx, after, func(e api.Event) error { // ends with the node, or with the demo
		d.tell(s, &e)
		return nil
	})
}

// told are the kinds of events that matter to somebody who watches.
func told(kind string) bool {
	switch kind {
	case "plan_changed", "plan_rejected", "plan_held", "target_down", "target_up", "switched", "drill_started", "drill_ended":
		return true
	default:
		return false
	}
}

// tell writes an event.
func (d *Demo) tell(s *site, e *api.Event) {
	if told(e.Kind) && !d.touring.Load() {
		say(d.options.Out, "%s  at %s: %s", clock(e.At), s.Display, e.Text)
	}
}
