package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"meridian/dnswire"
	"meridian/routing"
)

// zoneName is the zone of the demo, serviceName its gateway profile.
const (
	zoneName    = "gtm.test."
	serviceName = "contoso"
)

// Demo is a running demo.
type Demo struct {
	options  Options
	dir      string // of the documents
	docs     documents
	log      *os.File
	sites    []*site // of places(), in order
	control  *control
	watching sync.WaitGroup
	end      context.CancelFunc // of all that outlives a call

	grace   time.Duration // how much later than promised still counts as kept: 0, but in tests of slowed code
	touring atomic.Bool
	turn    chan struct{} // held by whoever stops or starts gateways
	homes   []netip.Addr  // of sampleClients(), in order: the gateway of each while all are up
}

// New writes the documents of the demo into a new folder and makes its
// locations; all sockets are bound, nothing is served yet. When it fails
// nothing stays. An error about sockets says what to do.
func New(o Options) (d *Demo, err error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	if err := alone(o.Runtime, o.DNSPort); err != nil {
		return nil, err
	}
	if err := claim(&o); err != nil {
		return nil, err
	}
	d = &Demo{options: o, turn: make(chan struct{}, 1), end: func() {}}
	defer func() {
		if err != nil {
			err = errors.Join(err, d.Shutdown(context.Background()))
			d = nil
		}
	}()
	if d.control, err = newControl(o.Runtime, o.DNSPort, d.act); err != nil {
		return d, err
	}
	return d, d.build()
}

// build writes the documents and makes the locations.
func (d *Demo) build() (err error) {
	if d.dir, err = os.MkdirTemp("", "meridian-demo-"); err != nil {
		return fmt.Errorf("making the demo's folder: %w", err)
	}
	if d.docs, err = writeDocuments(d.dir, d.options); err != nil {
		return err
	}
	if d.log, err = os.Create(filepath.Join(d.dir, "nodes.log")); err != nil {
		return fmt.Errorf("making the log: %w", err)
	}
	log := slog.New(slog.NewTextHandler(d.log, nil))
	d.sites = make([]*site, len(places()))
	var g errgroup.Group
	for i, p := range places() {
		g.Go(func() (err error) {
			d.sites[i], err = newSite(p, d.options, d.docs.nodes[i], log)
			return err
		})
	}
	return g.Wait()
}

// Dir returns the folder of the documents; Shutdown removes it.
func (d *Demo) Dir() string { return d.dir }

// Start serves, and returns when every node has its first verdicts.
func (d *Demo) Start(ctx context.Context) error {
	var g errgroup.Group
	for _, s := range d.sites {
		g.Go(s.node.Start)
	}
	if err := g.Wait(); err != nil {
		return fmt.Errorf("starting nodes: %w", err)
	}
	if err := d.awaitVerdicts(ctx); err != nil {
		return err
	}
	if err := d.findHomes(); err != nil {
		return err
	}
	lasting, cancel := context.WithCancel(context.Background())
	d.end = cancel
	d.control.serve(lasting)
	d.watching.Go(func() { d.follow(lasting) })
	return nil
}

// readyTime is how long the first verdicts may take.
const readyTime = 30 * time.Second

// awaitVerdicts waits until every node finds everything up.
func (d *Demo) awaitVerdicts(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readyTime)
	defer cancel()
	for _, s := range d.sites {
		err := until(ctx, 20*time.Millisecond, func() (bool, error) { return s.allUp(ctx) })
		if err != nil {
			return fmt.Errorf("waiting for the first verdicts of %s: %w", s.Display, err)
		}
	}
	return nil
}

// findHomes learns where each sample client lives.
func (d *Demo) findHomes() error {
	l, err := dial(d.sites[0].dns)
	if err != nil {
		return err
	}
	defer l.close()
	d.homes, err = sweep(l, sampleClients())
	return err
}

// profileName is the name of a profile in the demo's zone.
func profileName(p routing.ProfileName) dnswire.Name {
	return dnswire.Name(string(p) + "." + zoneName)
}

// sweep asks a server where to send each client.
func sweep(l *line, clients []sampleClient) ([]netip.Addr, error) {
	out := make([]netip.Addr, len(clients))
	for i, c := range clients {
		a, err := l.ask(question{name: profileName(serviceName), client: c.Net})
		if err != nil {
			return nil, err
		}
		out[i] = a.first()
	}
	return out, nil
}

// until calls a condition every so often until it holds, fails, or ctx ends.
func until(ctx context.Context, every time.Duration, holds func() (bool, error)) error {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		if ok, err := holds(); ok || err != nil {
			return err
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// say writes a line to where the demo tells what happens.
func say(w io.Writer, format string, args ...any) { fmt.Fprintf(w, format+"\n", args...) }

// Shutdown stops everything and removes the demo's folder. It returns when all
// is done or ctx has ended.
func (d *Demo) Shutdown(ctx context.Context) error {
	d.end()
	d.watching.Wait()
	var errs []error
	if d.control != nil {
		errs = append(errs, d.control.shutdown(ctx))
	}
	var g errgroup.Group
	for _, s := range d.sites {
		if s != nil {
			g.Go(func() error { return s.shutdown(ctx) })
		}
	}
	errs = append(errs, g.Wait())
	if d.log != nil {
		errs = append(errs, d.log.Close())
	}
	if d.dir != "" {
		errs = append(errs, os.RemoveAll(d.dir))
	}
	return errors.Join(errs...)
}
