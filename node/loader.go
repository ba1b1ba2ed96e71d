package node

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	"meridian/configs"
	"meridian/intent"
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

	turn       chan struct{} // one load at a time: who has put something in holds it
	closed     chan struct{} // closed at the end: no load from then on
	load       func(path string) (*configs.Bundle, error)
	last       intent.PlanVersion         // greatest version of any plan seen here
	saved      intent.PlanVersion         // of the plan on disk; zero: none that is whole
	held       atomic.Pointer[HeldPlan]   // the last plan that was not put into service, and why; nil: none
	ignored    atomic.Pointer[string]     // hash of the last file that was not read because another node writes the plan
	rejectedAt atomic.Pointer[time.Time]  // the document cannot be used since; what is in service knows whether that is so
	tried      atomic.Pointer[generation] // what a writer last asked us to compile

	// What Start puts into service.
	first    *generation
	durable  bool
	rejected string
}

func (n *Node) newLoader() error {
	l := &loader{node: n, path: n.options.Config.Service, turn: make(chan struct{}, 1), closed: make(chan struct{}), load: configs.LoadBundle}
	n.loader = l
	kept, keptErr := l.lastGood()
	if keptErr != nil {
		n.log.Error("last known good plan not usable", "error", keptErr)
		n.damaged(planBlob, keptErr.Error())
	}
	if n.clustered() && kept != nil && n.committed() {
		return l.resume(kept)
	}
	g, err := l.open(kept)
	if errors.Is(err, errNoDocument) {
		return l.nothing(kept)
	}
	if err == nil {
		l.warn(g)
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
	n.log.Error("service document not usable, serving the last known good one", "file", l.path, "serial", kept.version.Seq, "error", err)
	l.durable, l.rejected = l.keep(l.first), reason(err)
	n.journal.event("plan_rejected", "plan", "%s cannot be used, plan %d from disk is served: %s", l.path, kept.version.Seq, l.rejected)
	return nil
}

// errNoDocument says that there is no service document here: the plan comes
// from the other nodes.
var errNoDocument = errors.New("no service document here")

// nothing starts without a document: with the plan on disk, else with none,
// until another node has one.
func (l *loader) nothing(kept *keptPlan) (err error) {
	if c := l.node.options.Config.Cluster; kept == nil && c != nil && c.Pinned {
		return errors.New("cluster.trust is pinned and there is no plan here: this node trusts nobody before it has one; " +
			"for its first start give it the service document with nodeKeys (service: FILE), or start it once with trust: any")
	}
	if kept == nil {
		l.node.log.Warn("no plan here yet, waiting for one from the other nodes")
		return nil
	}
	kept.version.Term, kept.version.Seq = 0, 0
	l.first, err = l.revive(kept)
	return err
}

// resume starts a node of a cluster with the plan that was committed when it
// last ran. Whether its file says something else is for follow to see.
func (l *loader) resume(kept *keptPlan) (err error) {
	if l.first, err = l.revive(kept); err != nil {
		return err
	}
	l.durable = true
	l.node.metrics.reloads.WithLabelValues("loaded").Inc()
	return nil
}

// open compiles the service document at start: as the version on disk if it is
// the same, else as the next.
func (l *loader) open(kept *keptPlan) (*generation, error) {
	if l.path == "" {
		return nil, errNoDocument
	}
	b, err := l.load(l.path)
	if err != nil {
		return nil, err
	}
	v := l.after()
	switch {
	case l.node.clustered():
		v = intent.PlanVersion{} // provisional: another node may have committed one
	case kept != nil && b.Hash == kept.bundle.Hash:
		v = kept.version
	}
	return l.node.compiler.compile(b, l.path, v, nil)
}

// after returns the version of the next plan this node writes: after all it
// has served, and all it has heard of.
func (l *loader) after() intent.PlanVersion {
	h, _ := l.node.replicas.head()
	return intent.PlanVersion{Term: max(1, l.last.Term, h.Term), Seq: max(l.last.Seq, h.Seq) + 1}
}

// Reload reads the service document and, if it can be compiled, serves it. It
// returns the difference in answers, most changed profiles first. On an error
// no answer changes. One load is made at a time: ctx ends the wait for another.
// Where another node writes the plan the file counts for nothing.
func (n *Node) Reload(ctx context.Context) (Difference, error) {
	l := n.loader
	if err := l.take(ctx); err != nil {
		return Difference{}, err
	}
	defer l.give()
	before := n.pub.current.Load()
	if before == nil && !n.clustered() || l.path == "" {
		return Difference{}, ErrNotServing
	}
	b, err := l.load(l.path)
	switch {
	case l.over(): // reading took longer than the node lived
		return Difference{}, ErrNotServing
	case err != nil:
		l.reject(before, err)
		return Difference{}, err
	case l.settled(before, b):
		l.confirm(before)
		return Difference{}, nil
	}
	diff, err := l.offer(ctx, before, b)
	if err != nil {
		l.reject(before, err)
	}
	return diff, err
}

// settled reports whether a document is the one in service, and nothing is left
// to be done about it.
func (l *loader) settled(before *live, b *configs.Bundle) bool {
	return before != nil && b.Hash == before.service.Hash && (!before.provisional() || !l.node.writes())
}

// offer brings the document of this node's file into service, as far as this
// node may.
func (l *loader) offer(ctx context.Context, before *live, b *configs.Bundle) (Difference, error) {
	n := l.node
	switch {
	case n.seeded():
		l.ignore(b, "planSource is api: plans come by the API")
		return Difference{}, nil
	case n.writes():
		return n.commit(ctx, before, proposal{bundle: b, source: l.path, by: "file"})
	case before == nil || before.provisional():
		g, err := n.compiler.compile(b, l.path, intent.PlanVersion{}, before.lend())
		if err != nil {
			return Difference{}, err
		}
		return l.replace(before, g), nil
	}
	l.ignore(b, "node "+n.nameOf(n.writer())+" writes the plan")
	return Difference{}, nil
}

// seeded reports whether files have had their say: they give the first plan at
// most where plans come by the API.
func (n *Node) seeded() bool {
	return n.clustered() && n.options.Config.PlanSource == "api" && n.committed()
}

// ignore tells, once for each document, why it counts for nothing.
func (l *loader) ignore(b *configs.Bundle, why string) {
	if last := l.ignored.Swap(&b.Hash); last != nil && *last == b.Hash {
		return
	}
	l.node.log.Warn("service document not read", "file", l.path, "why", why)
	l.node.journal.event("plan_file_ignored", "plan", "%s differs from the plan and counts for nothing: %s", l.path, why)
}

// confirm is a load of the document that is served already.
func (l *loader) confirm(before *live) {
	l.held.Store(nil)
	l.node.metrics.reloads.WithLabelValues("unchanged").Inc()
	if before.rejected != "" {
		l.node.log.Info("service document accepted, it is the one in service", "file", l.path, "serial", before.serial)
		l.node.journal.event("plan_accepted", "plan", "%s can be used again, it is plan %d, which is served", l.path, before.serial)
	}
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
	why := reason(err)
	if before == nil || why == before.rejected {
		return
	}
	if now := time.Now(); before.rejected == "" {
		l.rejectedAt.Store(&now)
	}
	if held := (*HeldPlan)(nil); !errors.As(err, &held) { // which is told already
		l.node.log.Error("service document rejected, nothing changes", "file", l.path, "error", err)
		l.node.journal.event("plan_rejected", "plan", "%s cannot be used, nothing changes: %s", l.path, why)
	}
	l.node.pub.wait(func(p *publisher) { p.remark(before.source, why, p.durable) })
}

// reason is why a document cannot be used, without what it could be used in
// spite of.
func reason(err error) string {
	var problems configs.Problems
	if !errors.As(err, &problems) {
		return err.Error()
	}
	return slices.DeleteFunc(slices.Clone(problems), func(p configs.Problem) bool { return p.Warning }).Error()
}

// warn logs the warnings of a document that can be used.
func (l *loader) warn(g *generation) {
	for _, w := range g.service.Warnings {
		l.node.log.Warn("service document has a warning", "warning", w.String())
	}
}

// replace puts a new plan into service.
func (l *loader) replace(before *live, g *generation) Difference {
	n := l.node
	l.warn(g)
	var diff Difference
	if before != nil {
		diff = differ(before, g)
	}
	n.serve(g, l.keep(g), "")
	n.metrics.reloads.WithLabelValues("loaded").Inc()
	if before == nil {
		return diff
	}
	n.log.Info("plan in service", "serial", g.serial, "source", g.source, "difference", diff.Summary())
	n.journal.event("plan_changed", "plan", "plan %d replaces %d: %s", g.serial, before.serial, diff.Summary())
	return diff
}

// files lists the document and the files it names.
func (l *loader) files() []string {
	if l.path == "" {
		return nil
	}
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
		l.node.steps.push("file watcher", func(ctx context.Context) error {
			some, done := half(ctx)
			defer done()
			return w.close(some)
		})
	}
	l.node.every("plan on disk", durableEvery, l.saveAgain)
}

// close makes Reload fail from now on and waits for the one under way, for half
// of the time that ctx leaves: one that reads from a network file system that is
// gone does not end.
func (l *loader) close(ctx context.Context) {
	close(l.closed)
	ctx, cancel := half(ctx)
	defer cancel()
	select {
	case l.turn <- struct{}{}:
		l.give()
	case <-ctx.Done():
		l.node.log.Warn("reload under way not waited for", "error", ctx.Err())
	}
}

func (l *loader) over() bool {
	select {
	case <-l.closed:
		return true
	default:
		return false
	}
}

// take waits for the turn to load.
func (l *loader) take(ctx context.Context) error {
	if l.over() {
		return ErrNotServing
	}
	select {
	case l.turn <- struct{}{}:
		return nil
	case <-l.closed:
		return ErrNotServing
	case <-ctx.Done():
		return fmt.Errorf("waiting for a reload under way: %w", ctx.Err())
	}
}

func (l *loader) give() { <-l.turn }
