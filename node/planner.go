package node

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"meridian/cluster"
	"meridian/configs"
	"meridian/intent"
)

// proposal is a plan that somebody wants in service.
type proposal struct {
	bundle *configs.Bundle
	amend  func(*live) (*configs.Bundle, error) // makes it from what is in service; nil: it is there
	source string
	by     string
	reason string
	bypass []string // rules of dangers that do not hold it
	term   uint64   // of a promotion; 0: the present one
}

// HeldPlan is the error of a plan that could be compiled here and is not put
// into service all the same.
type HeldPlan struct {
	At       time.Time
	Version  intent.PlanVersion
	Dangers  []danger
	Refusals []refusal
}

// danger is a rule that a plan breaks, and how.
type danger struct{ Rule, Text string }

// refusal is what another node finds wrong in a plan.
type refusal struct {
	Node     cluster.NodeID `json:"node"`
	Name     string         `json:"name"`
	Problems []problemLine  `json:"problems"`
}

// problemLine is one finding about a document.
type problemLine struct {
	File    string `json:"file,omitempty"`
	Line    int    `json:"line,omitempty"`
	Column  int    `json:"column,omitempty"`
	Path    string `json:"path,omitempty"`
	Message string `json:"message"`
	Warning bool   `json:"warning,omitempty"`
}

// Error says everything that holds the plan.
func (h *HeldPlan) Error() string {
	var parts []string
	for _, d := range h.Dangers {
		parts = append(parts, d.Text+" ("+d.Rule+")")
	}
	for _, r := range h.Refusals {
		for _, p := range r.Problems {
			parts = append(parts, fmt.Sprintf("node %s cannot compile it: %s:%d: %s", r.Name, p.File, p.Line, p.Message))
		}
	}
	return "plan held: " + strings.Join(parts, "; ")
}

// problemsOf takes an error of the compiler apart.
func problemsOf(err error) []problemLine {
	var problems configs.Problems
	if !errors.As(err, &problems) {
		return []problemLine{{Message: err.Error()}}
	}
	var out []problemLine
	for _, p := range problems {
		out = append(out, problemLine{File: p.File, Line: p.Line, Column: p.Column, Path: p.Path, Message: p.Message, Warning: p.Warning})
	}
	return out
}

// commit makes a plan the newest of the service. The turn to load is held, and
// this node writes the plan. Everything that can fail is done before anything
// live is touched.
func (n *Node) commit(ctx context.Context, before *live, p proposal) (Difference, error) {
	v := n.loader.after()
	v.Term = max(v.Term, p.term)
	g, err := n.compiler.compile(p.bundle, p.source, v, before.lend())
	if err != nil {
		return Difference{}, err
	}
	held := &HeldPlan{At: time.Now(), Version: g.version, Dangers: n.dangers(before, g, p.bypass)}
	if len(held.Dangers) == 0 {
		held.Refusals = n.askOthers(ctx, g)
	}
	if len(held.Dangers)+len(held.Refusals) > 0 {
		n.loader.hold(held)
		return Difference{}, held
	}
	n.loader.held.Store(nil)
	h := planHead{
		Term: g.version.Term, Seq: g.version.Seq, Hash: g.version.Hash, Writer: n.replicas.id(),
		At: time.Now().UTC(), By: p.by, Reason: p.reason, Source: p.source,
	}
	diff := n.loader.replace(before, g)
	if after := n.pub.current.Load(); before != nil && after != nil {
		n.noteShift(h.At, n.shift(before, after.snapshot, g))
	}
	n.record(g, h)
	return diff, n.announce(h)
}

// hold remembers a plan that was held and tells of it.
func (l *loader) hold(h *HeldPlan) {
	l.held.Store(h)
	l.node.log.Error("plan held, nothing changes", "serial", h.Version.Seq, "error", h)
	l.node.journal.event("plan_held", "plan", "plan %d is held, nothing changes: %s", h.Version.Seq, h.Error())
}

// announce tells the other nodes of a plan that is in service here.
func (n *Node) announce(h planHead) error {
	if !n.clustered() {
		return nil
	}
	body, err := json.Marshal(h)
	if err != nil {
		return err
	}
	message, _, err := n.replicas.plans.Write(n.replicas.self, headKey, cluster.Version{Major: h.Term, Minor: h.Seq}, body)
	if err != nil {
		return fmt.Errorf("signing the plan: %w", err)
	}
	n.saveHeads()
	n.cluster.Broadcast(kindPlan, message)
	return nil
}

// announceAgain tells of the plan in service where this node wrote it and ended
// before it could.
func (n *Node) announceAgain(ctx context.Context) {
	h, known := n.replicas.head()
	l := n.pub.current.Load()
	if !known || l == nil || h.Writer != n.replicas.id() || l.version.Compare(h.version()) <= 0 || n.loader.take(ctx) != nil {
		return
	}
	defer n.loader.give()
	h, _ = n.replicas.head()
	if l = n.pub.current.Load(); l.version.Compare(h.version()) <= 0 {
		return
	}
	next := planHead{
		Term: l.version.Term, Seq: l.version.Seq, Hash: l.version.Hash, Writer: h.Writer, At: time.Now().UTC(), By: "restart", Source: l.source,
	}
	n.record(l.generation, next)
	if err := n.announce(next); err != nil {
		n.log.Error("plan in service not told of", "error", err)
	}
}

func (n *Node) saveHeads() {
	if err := n.disk.Save(headBlob, n.replicas.plans.Export()); err != nil {
		n.log.Error("newest plan's head not saved", "error", err)
	}
}

// askOthers has every node that can be reached compile a plan, and returns what
// those say that cannot. Nodes keep what they have compiled, so that taking the
// plan up is quick.
func (n *Node) askOthers(ctx context.Context, g *generation) []refusal {
	peers := n.reachable()
	if len(peers) == 0 {
		return nil
	}
	body, err := g.bundle.Encode()
	if err != nil {
		return []refusal{{Node: n.replicas.id(), Name: n.options.Config.Name, Problems: problemsOf(err)}}
	}
	ctx, cancel := context.WithTimeout(ctx, compileTime)
	defer cancel()
	var mu sync.Mutex
	var out []refusal
	var asked sync.WaitGroup
	for _, peer := range peers {
		asked.Go(func() {
			answer, err := n.callAlive(ctx, peer.id, callCompile, body)
			var r refusal
			if err != nil || json.Unmarshal(answer, &r) != nil || len(r.Problems) == 0 {
				return // unreachable nodes compile it on receipt
			}
			mu.Lock()
			defer mu.Unlock()
			r.Node, r.Name = peer.id, peer.Name
			out = append(out, r)
		})
	}
	asked.Wait()
	return out
}

// compileTime is how long other nodes may take to compile a plan.
const compileTime = 20 * time.Second

// compileAsked compiles a plan for its writer, and keeps the outcome for when it
// comes.
func (n *Node) compileAsked(_ context.Context, writer cluster.NodeID, body []byte) ([]byte, error) {
	b, err := configs.DecodeBundle("plan", body)
	var g *generation
	if err == nil {
		g, err = n.compiler.compile(b, "cluster", intent.PlanVersion{}, n.pub.current.Load().lend())
	}
	if err == nil {
		err = n.locksOut(g, writer)
	}
	if err != nil {
		return json.Marshal(refusal{Problems: problemsOf(err)})
	}
	n.loader.tried.Store(g)
	return json.Marshal(refusal{})
}

// takeUp brings the newest plan known into service. It reports whether that is
// in service now.
func (n *Node) takeUp(ctx context.Context) error {
	if lesser := n.replicas.fork.Swap(nil); lesser != nil {
		n.forkSeen(lesser.version(), lesser.Writer)
	}
	h, known := n.replicas.head()
	if !known || n.serves(h.version()) {
		return nil
	}
	if err := n.hopeless(h); err != nil {
		return err
	}
	l := n.loader
	if err := l.take(ctx); err != nil {
		return err
	}
	defer l.give()
	if h, _ = n.replicas.head(); n.serves(h.version()) {
		return nil
	}
	before := n.pub.current.Load()
	g, err := n.fetched(ctx, h, before)
	if err == nil {
		err = n.locksOut(g, h.Writer)
	}
	if err != nil {
		n.refuse(h, err)
		return err
	}
	n.refused.Store(nil)
	l.replace(before, g)
	n.record(g, h)
	n.saveHeads()
	return nil
}

// retryCompile is when a plan that could not be compiled here is tried again:
// what it needs beside itself may have come.
const retryCompile = 15 * time.Second

// hopeless returns why a plan could not be compiled here a moment ago; nil: it
// was not tried.
func (n *Node) hopeless(h planHead) error {
	r := n.refused.Load()
	if r == nil || !r.wrong || r.version != h.version() || time.Since(r.at) > retryCompile {
		return nil
	}
	return errors.New(r.why)
}

// serves reports whether a plan, or a newer one, is in service.
func (n *Node) serves(v intent.PlanVersion) bool {
	l := n.pub.current.Load()
	return l != nil && l.version.Compare(v) >= 0
}

// refusedPlan is a plan this node cannot serve.
type refusedPlan struct {
	version intent.PlanVersion
	why     string
	wrong   bool // it cannot be compiled; else it could not be fetched
	at      time.Time
}

// refuse keeps what is in service whole and says why.
func (n *Node) refuse(h planHead, err error) {
	var problems configs.Problems
	if !errors.As(err, &problems) && time.Since(h.At) < fetchTime { // whom to ask may not be known yet
		n.log.Info("newest plan not fetched yet", "serial", h.Seq, "error", err)
		return
	}
	before := n.refused.Swap(&refusedPlan{version: h.version(), why: reason(err), wrong: errors.As(err, &problems), at: time.Now()})
	if before == nil || before.version != h.version() || before.why != reason(err) {
		n.log.Error("newest plan not taken up, the last one stays", "serial", h.Seq, "error", err)
		n.journal.event("plan_refused", "plan", "plan %d cannot be served here, the last one stays: %s", h.Seq, reason(err))
	}
}

// fetched returns the newest plan compiled: as it was compiled for its writer,
// from the history on disk, or from another node.
func (n *Node) fetched(ctx context.Context, h planHead, before *live) (*generation, error) {
	if g := n.loader.tried.Swap(nil); g != nil && g.version.Hash == h.Hash && g.current() && n.compiler.lists(g) {
		return g.as(h.version(), "cluster"), nil
	}
	if before != nil && before.version.Hash == h.Hash {
		return before.as(h.version(), before.source), nil
	}
	b, err := n.fetch(ctx, h)
	if err != nil {
		return nil, fmt.Errorf("fetching plan %d: %w", h.Seq, err)
	}
	return n.compiler.compile(b, "cluster", h.version(), before.lend())
}

// fetch gets a plan's bundle from whoever has it, its writer first.
func (n *Node) fetch(ctx context.Context, h planHead) (*configs.Bundle, error) {
	if kept, err := n.past(h.version()); err == nil && kept.bundle.Hash == h.Hash {
		return kept.bundle, nil
	}
	var errs []error
	sources := []cluster.NodeID{h.Writer}
	for _, p := range append(n.reachable(), n.others()...) {
		if !slices.Contains(sources, p.id) {
			sources = append(sources, p.id)
		}
	}
	for _, id := range sources {
		b, err := n.fetchFrom(ctx, id, h)
		if err == nil {
			return b, nil
		}
		errs = append(errs, fmt.Errorf("node %s: %w", n.nameOf(id), err))
	}
	return nil, errors.Join(errs...)
}

// fetchTime is how long one node may take to hand over a plan.
const fetchTime = 10 * time.Second

func (n *Node) fetchFrom(ctx context.Context, id cluster.NodeID, h planHead) (*configs.Bundle, error) {
	ctx, cancel := context.WithTimeout(ctx, fetchTime)
	defer cancel()
	body, err := n.callAlive(ctx, id, callPlan, []byte(h.Hash))
	if err != nil {
		return nil, err
	}
	b, err := configs.DecodeBundle("plan", body)
	if err != nil {
		return nil, err
	}
	if b.Hash != h.Hash {
		return nil, fmt.Errorf("plan with hash %.12s: want %.12s", b.Hash, h.Hash)
	}
	return b, nil
}

// handOver answers a node that wants a plan's bundle by its hash.
func (n *Node) handOver(_ context.Context, _ cluster.NodeID, body []byte) ([]byte, error) {
	hash := string(body)
	if l := n.pub.current.Load(); l != nil && l.version.Hash == hash {
		return l.bundle.Encode()
	}
	for _, p := range n.history() {
		if p.Hash == hash {
			kept, err := n.past(p.version())
			if err != nil {
				return nil, err
			}
			return kept.bundle.Encode()
		}
	}
	return nil, fmt.Errorf("plan with hash %.12s: not here", hash)
}
