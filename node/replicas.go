package node

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"meridian/cluster"
	"meridian/intent"
)

// The kinds of what nodes hold in common.
const (
	kindPlan     cluster.Kind = "plan"     // which plan is the newest: its head
	kindIntent   cluster.Kind = "intent"   // what operators want
	kindRegistry cluster.Kind = "registry" // which nodes exist
	kindRow      cluster.Kind = "row"      // what each prober sees
	kindReport   cluster.Kind = "report"   // what each node serves and counts
	kindSecret   cluster.Kind = "secret"   // tokens, and what comes
)

// replicas is what this node holds in common with the others. Without a cluster
// it holds the same, alone.
type replicas struct {
	label    string
	self     *cluster.Identity
	boot     uint64 // greater at every start
	n        atomic.Uint64
	plans    *cluster.Ledger[planHead]
	intents  *cluster.Ledger[intent.Value]
	registry *cluster.Ledger[enrolment]
	rows     *cluster.Ledger[rowBody]
	reports  *cluster.Ledger[report]
	secrets  *cluster.Ledger[sealedItem]

	fork atomic.Pointer[planHead] // the lesser of two plans of one version; nil: there was none

	mu   sync.Mutex
	pins map[cluster.NodeID]bool // whom a plan lists; nil: everybody is trusted
}

// rowBody is an encoded healthprobe.Row with the version it came under.
type rowBody struct {
	version cluster.Version
	data    []byte
}

// enrolment is a node's registration with the version it came under.
type enrolment struct {
	intent.Node
	version cluster.Version
}

// newReplicas makes empty replicas.
func newReplicas(label string, self *cluster.Identity, boot uint64, pinned bool) *replicas {
	r := &replicas{label: label, self: self, boot: boot}
	if pinned {
		r.pins = map[cluster.NodeID]bool{self.ID(): true}
	}
	r.plans = cluster.NewLedger(label, cluster.Law[planHead]{
		Kind: kindPlan, Parse: parseHead, Displaces: r.newer, Trusted: r.trusted, MaxKeys: 1, MaxPerKey: 1,
	})
	r.intents = cluster.NewLedger(label, cluster.Law[intent.Value]{
		Kind: kindIntent, Parse: parseValue, Displaces: intent.Value.Displaces, Trusted: r.trusted, MaxBytes: maxIntent,
	})
	r.registry = cluster.NewLedger(label, cluster.Law[enrolment]{
		Kind: kindRegistry, Parse: parseNode, Displaces: func(a, b enrolment) bool { return b.version.Less(a.version) }, Trusted: r.trusted, MaxKeys: maxNodes, MaxPerKey: 1,
	})
	r.rows = cluster.NewLedger(label, cluster.Law[rowBody]{
		Kind: kindRow, Parse: parseRow, Displaces: func(a, b rowBody) bool { return b.version.Less(a.version) },
		Trusted: r.trusted, MaxKeys: maxRows, MaxPerKey: 1,
	})
	r.reports = cluster.NewLedger(label, cluster.Law[report]{
		Kind: kindReport, Parse: parseReport, Displaces: func(a, b report) bool { return b.version.Less(a.version) },
		Trusted: r.trusted, MaxKeys: maxNodes, MaxPerKey: 1,
	})
	r.secrets = cluster.NewLedger(label, cluster.Law[sealedItem]{
		Kind: kindSecret, Parse: parseSealed, Displaces: sealedItem.displaces, Trusted: r.trusted, MaxKeys: maxSecrets, MaxPerKey: 1,
	})
	return r
}

// Limits of what the nodes of one service can be.
const (
	maxNodes = 512
	maxRows  = 8 * maxNodes

	maxSecrets = 4096
	maxIntent  = 8 << 20 // bytes: each switch writes all of it to disk
)

// id returns who this node is.
func (r *replicas) id() cluster.NodeID { return r.self.ID() }

// next returns a version greater than all before it.
func (r *replicas) next() cluster.Version { return cluster.Version{Major: r.boot, Minor: r.n.Add(1)} }

// states lists everything by kind.
func (r *replicas) states() map[cluster.Kind]cluster.State {
	return map[cluster.Kind]cluster.State{
		kindPlan: r.plans, kindIntent: r.intents, kindRegistry: r.registry, kindRow: r.rows, kindReport: r.reports,
		kindSecret: r.secrets,
	}
}

// trusted says whether an author's records are taken, and its streams.
func (r *replicas) trusted(key ed25519.PublicKey) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if id := cluster.IDOf(key); r.pins != nil && !r.pins[id] {
		return fmt.Errorf("node %s: %w: its key is not among the plan's nodeKeys", id, cluster.ErrUntrusted)
	}
	return nil
}

// pin replaces whom a pinned node trusts; it always trusts itself. What the
// others said is dropped where they are not trusted any more.
//
// It reports whether that changed whom it trusts.
func (r *replicas) pin(ids []cluster.NodeID) bool {
	r.mu.Lock()
	if r.pins == nil {
		r.mu.Unlock()
		return false
	}
	next := map[cluster.NodeID]bool{r.id(): true}
	for _, id := range ids {
		next[id] = true
	}
	same := maps.Equal(next, r.pins)
	r.pins = next
	r.mu.Unlock()
	if same {
		return false
	}
	r.plans.Recheck()
	r.intents.Recheck()
	r.registry.Recheck()
	r.rows.Recheck()
	r.reports.Recheck()
	r.secrets.Recheck()
	return true
}

// own refuses what an author says of another node.
func own(r cluster.Record) error {
	if id, _, _ := cutPart(r.Key); id != string(cluster.IDOf(r.Author)) {
		return fmt.Errorf("record %s/%s: written by node %s: want its own", r.Kind, r.Key, cluster.IDOf(r.Author))
	}
	return nil
}

func parseRow(r cluster.Record) (rowBody, error) {
	return rowBody{version: r.Version, data: slices.Clone(r.Body)}, own(r)
}

func parseNode(r cluster.Record) (enrolment, error) {
	if err := own(r); err != nil {
		return enrolment{}, err
	}
	n, err := intent.DecodeNode(r.Body)
	if err == nil && string(n.ID) != r.Key {
		err = fmt.Errorf("registry record of node %s names %q", r.Key, n.ID)
	}
	return enrolment{n, r.Version}, err
}

// maxAhead is how far ahead of ours the times may be that a value names: more
// than clocks go wrong. A node that is told it had said something then goes on
// after it: a value that names all nodes at the end of time would leave them
// none, and have the last word on its key for ever.
const maxAhead = 100 * 365 * 24 * time.Hour

func parseValue(r cluster.Record) (intent.Value, error) {
	v, err := intent.Decode(r.Body)
	switch {
	case err != nil:
		return v, err
	case v.ID.Node != intent.NodeID(cluster.IDOf(r.Author)):
		return v, fmt.Errorf("value %s of node %s: written by node %s", r.Key, v.ID.Node, cluster.IDOf(r.Author))
	case v.Key.String() != r.Key:
		return v, errors.New("value under another key than its own")
	case v.After(intent.TimeOf(time.Now().Add(maxAhead))):
		return v, fmt.Errorf("value %s of node %s: names a time more than %s ahead", r.Key, v.ID.Node, maxAhead)
	}
	return v, nil
}

// wishes returns all values of intent with their ages.
func (r *replicas) wishes() []intent.Held {
	entries := r.intents.Entries()
	out := make([]intent.Held, 0, len(entries))
	for _, e := range entries {
		out = append(out, intent.Held{Value: e.Value, Age: e.Record.Age})
	}
	return out
}

// The blobs of what is kept on disk.
const (
	intentBlob   = "intent"
	registryBlob = "registry"
)

// restore reads what this node held in common when it last ran.
func (n *Node) restore() {
	n.restorePins()
	n.importBlob(intentBlob, n.replicas.intents.Import, n.replicas.intents.Export)
	n.importBlob(registryBlob, n.replicas.registry.Import, n.replicas.registry.Export)
	n.importBlob(headBlob, n.replicas.plans.Import, n.replicas.plans.Export)
	n.importBlob(secretBlob, n.replicas.secrets.Import, n.replicas.secrets.Export)
}

// importBlob takes a state file in. One that is damaged is replaced at once by
// what its previous generation held: until there is something new to save that
// may be the only copy.
func (n *Node) importBlob(name string, take func(data []byte, since time.Duration) error, export func() []byte) {
	g, known, err := n.load(name)
	if !known {
		return
	}
	if err == nil {
		err = take(g.Data, time.Since(g.SavedAt))
	}
	if err != nil {
		n.log.Error("state of the last run not used", "state", name, "error", err)
		n.damaged(name, err.Error())
		return
	}
	if g.Previous {
		n.kept(name, n.disk.Save(name, export()))
	}
}
