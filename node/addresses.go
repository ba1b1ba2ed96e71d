package node

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/netip"
	"slices"

	"meridian/admin/api"
	"meridian/dnswire"
	"meridian/resolver"
)

// maxFlattened is the most names of endpoints that are looked up for answers.
const maxFlattened = 1 << 15

// loadAddresses adopts what flattened names stood for in the last run, until
// they are looked up again: a dead resolver must not empty an answer.
func (n *Node) loadAddresses() {
	g, known, err := n.load(addressBlob)
	if !known {
		return
	}
	var kept map[dnswire.Name][]netip.Addr
	if err == nil {
		err = json.Unmarshal(g.Data, &kept)
	}
	if err != nil {
		n.log.Warn("addresses of the last run not used", "error", err)
		return
	}
	n.pub.do(func(p *publisher) {
		for name, addrs := range kept {
			p.addrs[name] = resolver.Answer{Addrs: addrs, Stale: true}
		}
	})
}

// keepAddresses writes the addresses to disk now and then, and at the end.
func (n *Node) keepAddresses() {
	n.steps.push("last addresses on disk", func(context.Context) error { return n.saveAddresses() })
	n.every("addresses on disk", healthEvery, func() {
		if err := n.saveAddresses(); err != nil {
			n.log.Warn("addresses not saved", "error", err)
		}
	})
}

func (n *Node) saveAddresses() error {
	kept := map[dnswire.Name][]netip.Addr{}
	l := n.pub.current.Load()
	if l == nil {
		return nil
	}
	for name, a := range l.addrs {
		kept[name] = a.Addrs
	}
	if maps.EqualFunc(kept, n.saved, slices.Equal[[]netip.Addr]) {
		return nil
	}
	data, err := json.Marshal(kept)
	if err == nil {
		err = n.disk.Save(addressBlob, data)
	}
	if err != nil {
		return fmt.Errorf("saving addresses: %w", err)
	}
	n.saved = kept
	return nil
}

// addressProblems tells of flattened names that are not known, or not any more.
func (l *live) addressProblems() []api.Problem {
	var out []api.Problem
	for _, name := range l.generation.flattenedNames() {
		p := api.Problem{Severity: "warning", Subject: "name/" + string(name)}
		switch a := l.addrs[name]; {
		case len(a.Addrs) == 0:
			p.Code, p.Text = "address_unknown", fmt.Sprintf("no address of %s is known: endpoints that stand for it are not answered", name)
		case a.Stale:
			p.Code, p.Text = "address_stale", fmt.Sprintf("%s cannot be looked up: its last known addresses are answered", name)
		default:
			continue
		}
		out = append(out, p)
	}
	return out
}
