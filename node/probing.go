package node

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"time"

	"meridian/configs"
	"meridian/dnswire"
	"meridian/healthprobe"
	"meridian/resolver"
	"meridian/routing"
)

// addrResolver adapts the resolver to what probes need of it.
type addrResolver struct{ *resolver.Resolver }

// LookupAddrs implements healthprobe.Resolver.
func (r addrResolver) LookupAddrs(ctx context.Context, host string) ([]netip.Addr, error) {
	name, err := dnswire.ParseHostName(host)
	if err != nil {
		return nil, err
	}
	a, err := r.Lookup(ctx, name)
	return a.Addrs, err
}

func (n *Node) newProber() (err error) {
	c := n.options.Config
	if !c.Roles.Probe {
		return nil
	}
	references := referencesOf(c)
	n.prober, err = healthprobe.New(healthprobe.Options{
		Node: c.Name, Location: c.Location, Resolver: addrResolver{n.resolver}, References: references,
		Notify: n.heard, Logger: n.component("prober"), Registerer: n.options.Registry,
	})
	if err != nil {
		return fmt.Errorf("configuring the prober: %w", err)
	}
	n.pub.seats = []routing.LocationName{c.Location}
	n.pub.anchors = len(references) > 0
	n.steps.push("prober", n.prober.Shutdown)
	return nil
}

func referencesOf(c *configs.Node) []string {
	var out []string
	for _, r := range c.Probe.References {
		out = append(out, r.String())
	}
	return out
}

// heard takes in what the prober says.
func (n *Node) heard(r healthprobe.Report) {
	n.journal.heard(r.Changes)
	n.pub.do(func(p *publisher) {
		now := time.Now()
		p.council.Stamp(&r.Row)
		if _, err := p.council.Hear(now, r.Row); err != nil {
			n.log.Error("row of the prober refused", "error", err)
		}
		p.rule(now)
	})
}

// startProber adopts the verdicts on disk and begins to probe.
func (n *Node) startProber() error {
	if n.prober == nil {
		return nil
	}
	n.loadHealth()
	if err := n.prober.Start(); err != nil {
		return fmt.Errorf("starting the prober: %w", err)
	}
	n.heard(healthprobe.Report{Row: n.prober.Row()})
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		n.keepHealth(quit)
	}()
	n.steps.push("verdicts on disk", func(context.Context) error {
		close(quit)
		<-done
		return n.saveHealth()
	})
	return nil
}

// loadHealth reads the verdicts of the last run: old news, but better than none.
func (n *Node) loadHealth() {
	g, err := n.disk.Load(healthBlob)
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	if err == nil {
		if g.Previous {
			n.log.Warn("state file damaged", "note", g.Note)
			n.journal.event("state_damaged", "state/"+healthBlob, "%s", g.Note)
		}
		err = n.prober.Import(g.Data, time.Since(g.SavedAt))
	}
	if err != nil {
		n.log.Warn("verdicts of the last run not used", "error", err)
	}
}

// keepHealth writes the verdicts to disk now and then.
func (n *Node) keepHealth(quit <-chan struct{}) {
	ticker := time.NewTicker(healthEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			if err := n.saveHealth(); err != nil {
				n.log.Warn("verdicts not saved", "error", err)
			}
		case <-quit:
			return
		}
	}
}

func (n *Node) saveHealth() error { return n.disk.Save(healthBlob, n.prober.Export()) }
