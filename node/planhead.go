package node

import (
	"encoding/json"
	"fmt"
	"time"

	"meridian/cluster"
	"meridian/intent"
)

// headBlob is the newest plan head this node has heard of, on disk.
const headBlob = "head"

// headKey is the one key of plan heads.
const headKey = "plan"

// planHead says which plan is the newest, and who wrote it. The plan itself is
// fetched by its hash.
type planHead struct {
	Term   uint64         `json:"term"`
	Seq    uint64         `json:"seq"`
	Hash   string         `json:"hash"`
	Writer cluster.NodeID `json:"writer"`
	At     time.Time      `json:"at"`
	By     string         `json:"by"`
	Reason string         `json:"reason,omitempty"`
	Source string         `json:"source"`
}

func (h planHead) version() intent.PlanVersion {
	return intent.PlanVersion{Term: h.Term, Seq: h.Seq, Hash: h.Hash}
}

// displaces reports whether h is newer than o: of equal versions the one with
// the greater hash, on every node.
func (h planHead) displaces(o planHead) bool { return h.version().Compare(o.version()) > 0 }

// newer is displaces; it keeps in mind that two plans of one version were
// written.
func (r *replicas) newer(a, b planHead) bool {
	if a.displaces(b) && a.version().Forks(b.version()) {
		r.fork.Store(&b)
	}
	return a.displaces(b)
}

// maxHeadText bounds each text of a head.
const maxHeadText = 1024

func parseHead(r cluster.Record) (h planHead, err error) {
	if err := json.Unmarshal(r.Body, &h); err != nil {
		return h, fmt.Errorf("reading a plan's head: %w", err)
	}
	switch {
	case r.Key != headKey, h.Term == 0, h.Term > 1<<32-1, h.Seq == 0, h.Seq > 1<<32-1, len(h.Hash) != 64:
		return h, fmt.Errorf("plan head %s (%d, %d, %.70q): want a term and a sequence of 1 .. %d and a hash", r.Key, h.Term, h.Seq, h.Hash, uint32(1<<32-1))
	case max(len(h.By), len(h.Reason), len(h.Source)) > maxHeadText:
		return h, fmt.Errorf("plan head (%d, %d): want texts of at most %d bytes", h.Term, h.Seq, maxHeadText)
	case h.Writer != cluster.IDOf(r.Author):
		return h, fmt.Errorf("plan head (%d, %d) of writer %s: written by node %s", h.Term, h.Seq, h.Writer, cluster.IDOf(r.Author))
	}
	return h, nil
}

// head returns the newest plan head known; ok is false where no plan was ever
// committed.
func (r *replicas) head() (h planHead, ok bool) {
	for _, e := range r.plans.Entries() {
		return e.Value, true
	}
	return h, false
}
