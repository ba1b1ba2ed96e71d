package demo

import (
	"context"

	"meridian/admin/api"
)

// follow tells, until ctx ends, what happens at the first node: new plans,
// refused ones, and gateways that go down or come up. The tour tells that
// itself.
func (d *Demo) follow(ctx context.Context) {
	after := ""
	if all, err := d.sites[0].api.Events(ctx, "", 0); err == nil && len(all.Events) > 0 {
		after = all.Events[len(all.Events)-1].ID
	}
	_ = d.sites[0].api.Stream(ctx, after, func(e api.Event) error { // ends with the demo
		d.tell(&e)
		return nil
	})
}

// tell writes an event that matters to somebody who watches.
func (d *Demo) tell(e *api.Event) {
	switch e.Kind {
	case "plan_changed", "plan_rejected", "target_down", "target_up":
		if !d.touring.Load() {
			say(d.options.Out, "%s  at %s: %s", clock(e.At), d.sites[0].Display, e.Text)
		}
	}
}
