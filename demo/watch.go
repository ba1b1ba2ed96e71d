package demo

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"meridian/admin/api"
)

// sighting is a change as it was seen at one name server.
type sighting struct {
	server     place
	firstProbe time.Time // first that saw it; zero where not known
	verdict    time.Time // zero: it never came
	changed    time.Time // first changed answer; zero: none changed
	before     []netip.Addr
	after      []netip.Addr
}

// Rhythm of a watch.
const (
	sweepEvery = 10 * time.Millisecond
	askEvery   = 5               // sweeps between two looks at the admin API
	afterglow  = 1 * time.Second // how long answers may take to follow the last verdict
	overtime   = 5 * time.Second // watched beyond what is promised
)

// watch is one server being watched for one change.
type watch struct {
	site    *site
	clients []sampleClient
	line    *line
	seen    sighting
	sweeps  int // since the first changed answer

	known known
	all   *findings
}

// known asks a node for the timeline of a change; nil until there is one.
type known func(context.Context) (*api.Incident, error)

// runAll watches every server until the change has arrived there or the
// deadline has come. Its error is ctx's where that has ended.
func runAll(ctx context.Context, watches []*watch, deadline time.Time, asks func(*site) known) error {
	bounded, cancel := context.WithDeadline(ctx, deadline)
	defer cancel()
	var g errgroup.Group
	all := &findings{missing: len(watches)}
	for _, w := range watches {
		w.known, w.all = asks(w.site), all
		g.Go(func() error { return w.run(bounded) })
	}
	return errors.Join(g.Wait(), ctx.Err())
}

// newWatch connects to a server and takes down what it answers before the
// change.
func newWatch(s *site, clients []sampleClient) (*watch, error) {
	l, err := dial(s.dns)
	if err != nil {
		return nil, err
	}
	w := &watch{site: s, clients: clients, line: l, seen: sighting{server: s.place}}
	if w.seen.before, err = sweep(l, clients); err != nil {
		l.close()
		return nil, err
	}
	w.seen.after = w.seen.before
	return w, nil
}

// run watches until the change is over or ctx ends.
func (w *watch) run(ctx context.Context) error {
	round := 0
	err := until(ctx, sweepEvery, func() (bool, error) {
		round++
		if err := w.sweep(); err != nil {
			return false, err
		}
		if round%askEvery == 0 && w.seen.verdict.IsZero() {
			if err := w.ask(ctx); err != nil {
				return false, err
			}
		}
		return w.over(time.Now()), nil
	})
	if ctx.Err() == nil {
		return err
	}
	return nil // what did not come in time is told by the report
}

// sweep looks at the answers. Those after the first change are taken a sweep
// later: one sweep may see both.
func (w *watch) sweep() error {
	now, err := sweep(w.line, w.clients)
	if err != nil {
		return err
	}
	if w.seen.changed.IsZero() && !slices.Equal(now, w.seen.before) {
		w.seen.changed = time.Now()
	}
	if !w.seen.changed.IsZero() {
		w.sweeps++
		w.seen.after = now
	}
	return nil
}

func (w *watch) ask(ctx context.Context) error {
	in, err := w.known(ctx)
	if err != nil || in == nil {
		return err
	}
	w.seen.verdict = in.Verdict
	w.all.add(in.Verdict)
	if in.FirstProbe != nil {
		w.seen.firstProbe = *in.FirstProbe
	}
	return nil
}

func (w *watch) over(now time.Time) bool {
	if w.seen.verdict.IsZero() {
		return false
	}
	return w.sweeps > 1 || w.all.settled(now)
}
