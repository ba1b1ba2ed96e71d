package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"
)

// tour is one walk through all that the demo can show.
type tour struct {
	*Demo
	out     io.Writer
	traffic *trickle // at the servers that run throughout
	faults  []string // promises that were not kept
	shown   int      // findings
}

// Tour shows unattended what the demo can show, with measured figures, while
// queries trickle in. Its error names the promises that were not kept.
func (d *Demo) Tour(ctx context.Context) error {
	select {
	case d.turn <- struct{}{}:
		defer func() { <-d.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	d.touring.Store(true)
	defer d.touring.Store(false)
	t := &tour{Demo: d, out: d.options.Out}
	var err error
	if t.traffic, err = newTrickle(d.sites[2:]); err != nil {
		return err
	}
	start := time.Now()
	err = t.walk(ctx)
	counts := t.traffic.stop()
	if err != nil {
		return err
	}
	return t.summary(time.Since(start), counts)
}

// walk takes every step in turn.
func (t *tour) walk(ctx context.Context) error {
	for _, step := range t.steps() {
		t.shown++
		say(t.out, "\n%d. %s", t.shown, step.title)
		if err := step.do(ctx); err != nil {
			return fmt.Errorf("%s: %w", step.title, err)
		}
		if err := wait(ctx, t.options.Pause); err != nil {
			return err
		}
	}
	return nil
}

// step is one finding of the tour.
type step struct {
	title string
	do    func(context.Context) error
}

func (t *tour) steps() []step {
	return []step{
		{"answers of each server, by the client's country", t.countries},
		{"methods: one name each", t.methods},
		{"weighted: shares of client networks", t.shares},
		{"a region is lost: its process is killed", t.lose},
		{"the region comes back", t.restore},
		{"a location is disabled at another node, and enabled at a third, under load", t.toggle},
		{"a drill under load: it ends by itself", t.drill},
		{"the plan is changed: service.yaml of the primary is edited", t.edit},
		{"a service.yaml that cannot be used changes nothing", t.spoil},
		{"the primary is lost; a location is disabled without it", t.headless},
		{"the primary comes back and learns what was ordered meanwhile", t.crown},
	}
}

// wait waits so long, or until ctx ends.
func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// fault notes a promise that was not kept.
func (t *tour) fault(err error) {
	if err != nil {
		t.faults = append(t.faults, err.Error())
		say(t.out, "  PROMISE BROKEN: %v", err)
	}
}

// summary writes what the whole tour showed.
func (t *tour) summary(took time.Duration, c counts) error {
	t.fault(c.broken())
	say(t.out, "\nsummary: %d findings in %.0f s", t.shown, took.Seconds())
	say(t.out, "  %s", c)
	if len(t.faults) == 0 {
		say(t.out, "  every promise was kept")
		return nil
	}
	var errs []error
	for _, f := range t.faults {
		errs = append(errs, errors.New(f))
	}
	return fmt.Errorf("%d promises were not kept: %w", len(errs), errors.Join(errs...))
}
