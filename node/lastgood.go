package node

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"

	"meridian/configs"
	"meridian/intent"
)

// storedPlan is a plan as it is kept on disk.
type storedPlan struct {
	Term   uint64          `json:"term,omitempty"`
	Serial uint32          `json:"serial"`
	Source string          `json:"source"`
	Bundle json.RawMessage `json:"bundle"`
}

// keptPlan is the plan on disk, read but not compiled.
type keptPlan struct {
	version intent.PlanVersion
	source  string
	bundle  *configs.Bundle
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
	stored, kept, err := decodePlan(saved.Data)
	l.last = intent.PlanVersion{Term: stored.Term, Seq: uint64(stored.Serial)}
	if err != nil {
		return nil, fmt.Errorf("reading the last known good plan: %w", err)
	}
	l.saved = kept.version
	if saved.Previous { // the damaged one had a serial too, and is to be replaced
		l.last.Seq, l.saved = l.last.Seq+1, intent.PlanVersion{}
	}
	return kept, nil
}

func decodePlan(data []byte) (stored storedPlan, kept *keptPlan, err error) {
	if err := json.Unmarshal(data, &stored); err != nil {
		return stored, nil, err
	}
	b, err := configs.DecodeBundle(stored.Source, stored.Bundle)
	if err != nil {
		return stored, nil, err
	}
	v := intent.PlanVersion{Term: cmp.Or(stored.Term, 1), Seq: uint64(stored.Serial), Hash: b.Hash}
	return stored, &keptPlan{version: v, source: stored.Source, bundle: b}, nil
}

// revive compiles the plan on disk.
func (l *loader) revive(kept *keptPlan) (*generation, error) {
	g, err := l.node.compiler.compile(kept.bundle, "disk", kept.version, nil)
	if err != nil {
		return nil, fmt.Errorf("compiling the last known good plan: %w", err)
	}
	return g, nil
}

// keep writes a plan to disk and reports whether it is safe there.
func (l *loader) keep(g *generation) bool {
	l.last.Term, l.last.Seq = max(l.last.Term, g.version.Term), max(l.last.Seq, g.version.Seq)
	if g.version == l.saved {
		return true
	}
	if err := l.write(g); err != nil {
		l.node.log.Error("plan is served but not safe on disk", "serial", g.serial, "error", err)
		l.node.journal.event("plan_not_durable", "plan", "plan %d is served but not safe on disk: %v", g.serial, err)
		return false
	}
	l.saved = g.version
	return true
}

// write saves a plan as the last known good one, and in the history unless it
// is provisional.
func (l *loader) write(g *generation) error {
	data, err := encodePlan(g)
	if err != nil {
		return err
	}
	if err := l.node.disk.Save(planBlob, data); err != nil {
		return err
	}
	if !g.provisional() {
		if err := l.node.disk.Save(historyBlob(g.version), data); err != nil {
			return err
		}
	}
	return nil
}

func encodePlan(g *generation) ([]byte, error) {
	bundle, err := g.bundle.Encode()
	if err != nil {
		return nil, err
	}
	return json.Marshal(storedPlan{Term: g.version.Term, Serial: g.serial, Source: g.source, Bundle: bundle})
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
	l.saved = live.version
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
