package node

import (
	"context"
	"encoding/json"
	"fmt"

	"meridian/configs"
)

// storedPlan is the last plan that was served, as it is kept on disk.
type storedPlan struct {
	Serial uint32          `json:"serial"`
	Source string          `json:"source"`
	Bundle json.RawMessage `json:"bundle"`
}

// keptPlan is the plan on disk, read but not compiled.
type keptPlan struct {
	serial uint32
	bundle *configs.Bundle
}

// lastGood reads the plan on disk; there is none where both results are nil.
// What can be known of its serial is used even where the rest cannot.
func (l *loader) lastGood() (*keptPlan, error) {
	saved, known, err := l.node.load(planBlob)
	if !known {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the last known good plan: %w", err)
	}
	var stored storedPlan
	if err := json.Unmarshal(saved.Data, &stored); err != nil {
		return nil, fmt.Errorf("reading the last known good plan: %w", err)
	}
	l.used, l.saved = stored.Serial, stored.Serial
	if saved.Previous { // the damaged one had a serial too, and is to be replaced
		l.used, l.saved = stored.Serial+1, 0
	}
	b, err := configs.DecodeBundle(stored.Source, stored.Bundle)
	if err != nil {
		return nil, fmt.Errorf("reading the last known good plan: %w", err)
	}
	return &keptPlan{serial: stored.Serial, bundle: b}, nil
}

// revive compiles the plan on disk.
func (l *loader) revive(kept *keptPlan) (*generation, error) {
	g, err := l.node.compiler.compile(kept.bundle, "disk", kept.serial, nil)
	if err != nil {
		return nil, fmt.Errorf("compiling the last known good plan: %w", err)
	}
	return g, nil
}

// keep writes a plan to disk and reports whether it is safe there.
func (l *loader) keep(g *generation) bool {
	l.used = max(l.used, g.serial)
	if g.serial == l.saved {
		return true
	}
	if err := l.write(g); err != nil {
		l.node.log.Error("plan is served but not safe on disk", "serial", g.serial, "error", err)
		l.node.journal.event("plan_not_durable", "plan", "plan %d is served but not safe on disk: %v", g.serial, err)
		return false
	}
	l.saved = g.serial
	return true
}

func (l *loader) write(g *generation) error {
	bundle, err := g.bundle.Encode()
	if err != nil {
		return err
	}
	data, err := json.Marshal(storedPlan{Serial: g.serial, Source: g.source, Bundle: bundle})
	if err != nil {
		return err
	}
	return l.node.disk.Save(planBlob, data)
}

// saveAgain saves the plan in service if it is not safe on disk.
func (l *loader) saveAgain() {
	if l.take(context.Background()) != nil { // the node stops
		return
	}
	defer l.give()
	live := l.node.pub.current.Load()
	if l.over() || live == nil || live.durable || l.write(live.generation) != nil {
		return
	}
	l.saved = live.serial
	l.node.pub.wait(func(p *publisher) { p.remark(p.wanted.source, p.rejected, true) })
	l.tellDurable(live, true)
}

// tellDurable writes down that a plan has become safe on disk.
func (l *loader) tellDurable(before *live, durable bool) {
	if durable && !before.durable {
		l.node.log.Info("plan is safe on disk", "serial", before.serial)
		l.node.journal.event("plan_durable", "plan", "plan %d is safe on disk", before.serial)
	}
}
