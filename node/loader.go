package node

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"time"

	"meridian/configs"
)

// ErrNotServing is returned for a reload before Start or after Shutdown.
var ErrNotServing = errors.New("the node does not serve")

// durableEvery is how often a plan that is not safe on disk is saved again.
const durableEvery = 15 * time.Second

// loader brings service documents into service: at start, when the file
// changes, and when asked to.
type loader struct {
	node *Node
	path string

	mu     sync.Mutex // one load at a time
	closed bool
	used   uint32 // greatest serial given to a plan
	saved  uint32 // serial of the plan on disk; 0: none that is whole

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
		n.damaged(planBlob, keptErr.Error())
	}
	g, err := l.open(kept)
	if err == nil {
		l.first, l.durable = g, l.keep(g)
		n.metrics.reloads.WithLabelValues("loaded").Inc()
		return nil
	}
	n.metrics.reloads.WithLabelValues("rejected").Inc()
	if kept == nil {
		return errors.Join(err, keptErr)
	}
	if l.first, keptErr = l.revive(kept); keptErr != nil {
		return errors.Join(err, keptErr)
	}
	n.log.Error("service document not usable, serving the last known good one", "file", l.path, "serial", kept.serial, "error", err)
	n.journal.event("plan_rejected", "plan", "%s cannot be used, plan %d from disk is served: %v", l.path, kept.serial, err)
	l.durable, l.rejected = l.keep(l.first), err.Error()
	return nil
}

// open compiles the service document at start: as the version on disk if it is
// the same, else as the next.
func (l *loader) open(kept *keptPlan) (*generation, error) {
	b, err := configs.LoadBundle(l.path)
	if err != nil {
		return nil, err
	}
	serial := l.used + 1
	if kept != nil && b.Hash == kept.bundle.Hash {
		serial = kept.serial
	}
	return l.node.compiler.compile(b, l.path, serial, nil)
}

// Reload reads the service document and, if it can be compiled, serves it. It
// returns the difference in answers, most changed profiles first. On an error
// no answer changes.
func (n *Node) Reload(context.Context) (Difference, error) {
	l := n.loader
	l.mu.Lock()
	defer l.mu.Unlock()
	before := n.pub.current.Load()
	if before == nil || l.closed {
		return Difference{}, ErrNotServing
	}
	b, err := configs.LoadBundle(l.path)
	if err == nil && b.Hash == before.service.Hash {
		l.confirm(before)
		return Difference{}, nil
	}
	var g *generation
	if err == nil {
		g, err = n.compiler.compile(b, l.path, l.used+1, before.generation)
	}
	if err != nil {
		l.reject(before, err)
		return Difference{}, err
	}
	return l.replace(before, g), nil
}

// confirm is a load of the document that is served already.
func (l *loader) confirm(before *live) {
	l.node.metrics.reloads.WithLabelValues("unchanged").Inc()
	durable := l.keep(before.generation)
	if before.rejected != "" || before.durable != durable || before.source != l.path {
		l.node.pub.wait(func(p *publisher) { p.remark(l.path, "", durable) })
	}
	l.tellDurable(before, durable)
}

// reject notes that a document cannot be used; one event for each way in which
// it cannot.
func (l *loader) reject(before *live, err error) {
	l.node.metrics.reloads.WithLabelValues("rejected").Inc()
	if err.Error() == before.rejected {
		return
	}
	l.node.log.Error("service document rejected, nothing changes", "file", l.path, "error", err)
	l.node.journal.event("plan_rejected", "plan", "%s cannot be used, nothing changes: %v", l.path, err)
	l.node.pub.wait(func(p *publisher) { p.remark(before.source, err.Error(), p.durable) })
}

// replace puts a new plan into service.
func (l *loader) replace(before *live, g *generation) Difference {
	n := l.node
	for _, w := range g.service.Warnings {
		n.log.Warn("service document has a warning", "warning", w.String())
	}
	diff := differ(before, g)
	n.serve(g, l.keep(g), "")
	n.metrics.reloads.WithLabelValues("loaded").Inc()
	n.log.Info("plan in service", "serial", g.serial, "source", g.source, "difference", diff.Summary())
	n.journal.event("plan_changed", "plan", "plan %d replaces %d: %s", g.serial, before.serial, diff.Summary())
	return diff
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

// start reloads when the document or a file it names changes, and saves a plan
// again that is not safe on disk. Where files cannot be watched, a signal still
// reloads.
func (l *loader) start() {
	w, err := newFileWatcher(l.files, func() { _, _ = l.node.Reload(context.Background()) }, l.node.component("loader"))
	if err != nil {
		l.node.log.Warn("service document not watched, reload it by signal", "error", err)
	} else {
		l.node.steps.push("file watcher", func(context.Context) error { return w.close() })
	}
	l.node.every("plan on disk", durableEvery, l.saveAgain)
}

// close makes Reload fail from now on and waits for the one under way.
func (l *loader) close() {
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
}
