package node

import (
	"context"
	"fmt"
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
	for _, w := range unanchored("", c) {
		n.log.Warn("node file has a warning", "warning", w.Message)
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
	n.pub.do(func(p *publisher) { p.hear(time.Now(), r.Row) })
}

// startProber begins to probe and keeps the verdicts on disk.
func (n *Node) startProber() error {
	if n.prober == nil {
		return nil
	}
	if err := n.prober.Start(); err != nil {
		return fmt.Errorf("starting the prober: %w", err)
	}
	n.steps.push("last verdicts on disk", func(context.Context) error { return n.saveHealth() })
	n.every("verdicts on disk", healthEvery, func() {
		if err := n.saveHealth(); err != nil {
			n.log.Warn("verdicts not saved", "error", err)
		}
	})
	return nil
}

// loadHealth reads the verdicts of the last run: old news, but better than none.
func (n *Node) loadHealth() {
	if n.prober == nil {
		return
	}
	g, known, err := n.load(healthBlob)
	if !known {
		return
	}
	if err == nil {
		err = n.prober.Import(g.Data, time.Since(g.SavedAt))
	}
	if err != nil {
		n.log.Warn("verdicts of the last run not used", "error", err)
		n.damaged(healthBlob, err.Error())
	}
}

func (n *Node) saveHealth() error { return n.disk.Save(healthBlob, n.prober.Export()) }
