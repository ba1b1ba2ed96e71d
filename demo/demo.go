package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
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
	sites    []*site // of places(), in order
	control  *control
	watching sync.WaitGroup
	end      context.CancelFunc // of all that outlives a call

	grace   time.Duration // how much later than promised still counts as kept: 0, but in tests of slowed code
	touring atomic.Bool
	turn    chan struct{} // held by whoever kills or starts nodes
	homes   []netip.Addr  // of sampleClients(), in order: the gateway of each while all are up
}

// New writes the documents of the demo into a new folder and makes its
// locations; no node runs yet. When it fails nothing stays. An error about
// sockets that cannot be had says what to do.
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

// build makes the locations and writes the documents.
func (d *Demo) build() (err error) {
	if d.dir, err = os.MkdirTemp("", "meridian-demo-"); err != nil {
		return fmt.Errorf("making the demo's folder: %w", err)
	}
	var backends []string
	for _, p := range places() {
		s, err := newSite(p, d.options, d.dir)
		if err != nil {
			return err
		}
		d.sites, backends = append(d.sites, s), append(backends, s.backend.addr)
	}
	d.docs, err = writeDocuments(d.dir, d.options, backends)
	return err
}

// Dir returns the folder of the documents; Shutdown removes it.
func (d *Demo) Dir() string { return d.dir }

// Start runs the nodes, and returns when they are one cluster with one plan and
// every node finds every gateway up. Its error has the end of the log of a node
// that failed.
func (d *Demo) Start(ctx context.Context) error {
	for _, s := range d.sites {
		if _, err := s.node.start(); err != nil {
			return err
		}
	}
	var g errgroup.Group
	for _, s := range d.sites {
		g.Go(func() error { return s.await(ctx, readyTime, "waiting for the first verdicts", s.settled) })
	}
	if err := g.Wait(); err != nil {
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

// readyTime is how long a node may take to find everything up.
const readyTime = 30 * time.Second

// living lists the locations whose node runs.
func (d *Demo) living() []*site {
	var out []*site
	for _, s := range d.sites {
		if s.node.alive() {
			out = append(out, s)
		}
	}
	return out
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
		g.Go(func() error { return s.shutdown(ctx) })
	}
	errs = append(errs, g.Wait())
	if d.dir != "" {
		errs = append(errs, os.RemoveAll(d.dir))
	}
	return errors.Join(errs...)
}
