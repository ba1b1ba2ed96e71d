package node

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"sync"

	"meridian/configs"
)

// storedPlan is the last plan that was served, as it is kept on disk.
type storedPlan struct {
	Serial uint32          `json:"serial"`
	Source string          `json:"source"`
	Bundle json.RawMessage `json:"bundle"`
}

// loader brings service documents into service: at start, when the file
// changes, and when asked to.
type loader struct {
	node *Node
	path string

	mu    sync.Mutex // one load at a time
	used  uint32     // greatest serial given to a plan
	saved uint32     // serial of the plan on disk

	// What Start puts into service.
	first    *generation
	durable  bool
	rejected string
}

func (n *Node) newLoader() error {
	l := &loader{node: n, path: n.options.Config.Service}
	n.loader = l
	kept, keptErr := l.lastGood()
	if keptErr != nil {
		n.log.Error("last known good plan not usable", "error", keptErr)
	}
	g, err := l.read(kept)
	if err == nil {
		l.first, l.durable = g, l.keep(g)
		n.metrics.reloads.WithLabelValues("loaded").Inc()
		return nil
	}
	n.metrics.reloads.WithLabelValues("rejected").Inc()
	if kept == nil {
		return errors.Join(err, keptErr)
	}
	n.log.Error("service document not usable, serving the last known good one", "file", l.path, "serial", kept.serial, "error", err)
	n.journal.event("plan_rejected", "plan", "%s cannot be used, plan %d from disk is served: %v", l.path, kept.serial, err)
	l.first, l.durable, l.rejected = kept, true, err.Error()
	return nil
}

// lastGood reads and compiles the plan on disk.
func (l *loader) lastGood() (*generation, error) {
	saved, err := l.node.disk.Load(planBlob)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the last known good plan: %w", err)
	}
	if saved.Previous {
		l.node.log.Warn("state file damaged", "note", saved.Note)
		l.node.journal.event("state_damaged", "state/"+planBlob, "%s", saved.Note)
	}
	var stored storedPlan
	if err := json.Unmarshal(saved.Data, &stored); err != nil {
		return nil, fmt.Errorf("reading the last known good plan: %w", err)
	}
	l.used, l.saved = stored.Serial, stored.Serial
	b, err := configs.DecodeBundle(stored.Source, stored.Bundle)
	if err != nil {
		return nil, fmt.Errorf("reading the last known good plan: %w", err)
	}
	g, err := l.node.compiler.compile(b, "disk", stored.Serial, nil)
	if err != nil {
		return nil, fmt.Errorf("compiling the last known good plan: %w", err)
	}
	return g, nil
}

// read compiles the service document. One equal to prev is prev's version
// again; another is the next.
func (l *loader) read(prev *generation) (*generation, error) {
	b, err := configs.LoadBundle(l.path)
	if err != nil {
		return nil, err
	}
	serial := l.used + 1
	if prev != nil && b.Hash == prev.service.Hash {
		serial = prev.serial
	}
	return l.node.compiler.compile(b, l.path, serial, prev)
}

// keep writes a plan to disk and reports whether it is safe there.
func (l *loader) keep(g *generation) bool {
	l.used = max(l.used, g.serial)
	if g.serial == l.saved {
		return true
	}
	bundle, err := g.bundle.Encode()
	var data []byte
	if err == nil {
		data, err = json.Marshal(storedPlan{Serial: g.serial, Source: g.source, Bundle: bundle})
	}
	if err == nil {
		err = l.node.disk.Save(planBlob, data)
	}
	if err != nil {
		l.node.log.Error("plan is served but not safe on disk", "serial", g.serial, "error", err)
		l.node.journal.event("plan_not_durable", "plan", "plan %d is served but not safe on disk: %v", g.serial, err)
		return false
	}
	l.saved = g.serial
	return true
}

// Reload reads the service document and, if it can be compiled, serves it. It
// returns the difference in answers, most changed profiles first. On an error
// nothing changes.
func (n *Node) Reload(context.Context) (Difference, error) {
	l := n.loader
	l.mu.Lock()
	defer l.mu.Unlock()
	before := n.pub.current.Load()
	g, err := l.read(before.generation)
	if err != nil {
		n.metrics.reloads.WithLabelValues("rejected").Inc()
		n.log.Error("service document rejected, nothing changes", "file", l.path, "error", err)
		n.journal.event("plan_rejected", "plan", "%s cannot be used, nothing changes: %v", l.path, err)
		n.pub.do(func(p *publisher) { p.rejected, p.dirty = err.Error(), true })
		return Difference{}, err
	}
	for _, w := range g.service.Warnings {
		n.log.Warn("service document has a warning", "warning", w.String())
	}
	if g.service.Hash == before.service.Hash && before.rejected == "" {
		n.metrics.reloads.WithLabelValues("unchanged").Inc()
		return Difference{}, nil
	}
	diff := differ(before, g)
	n.serve(g, l.keep(g), "")
	n.metrics.reloads.WithLabelValues("loaded").Inc()
	n.log.Info("plan in service", "serial", g.serial, "source", g.source, "changed_profiles", len(diff.Profiles))
	n.journal.event("plan_changed", "plan", "plan %d replaces %d: %s", g.serial, before.serial, diff.Summary())
	return diff, nil
}

// files lists the document and the files it names.
func (l *loader) files() []string {
	out := []string{l.path}
	if live := l.node.pub.current.Load(); live != nil {
		for _, f := range live.bundle.Files {
			out = append(out, filepath.Join(filepath.Dir(l.path), filepath.FromSlash(f.Name)))
		}
	}
	return out
}

// watch reloads when the document or a file it names changes. Where that cannot
// be had, a signal still reloads.
func (l *loader) watch() {
	w, err := newFileWatcher(l.files, func() { _, _ = l.node.Reload(context.Background()) }, l.node.component("loader"))
	if err != nil {
		l.node.log.Warn("service document not watched, reload it by signal", "error", err)
		return
	}
	l.node.steps.push("file watcher", func(context.Context) error { return w.close() })
}
