package node

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"meridian/intent"
)

// historyIndexBlob lists all plans this node has, newest last.
const historyIndexBlob = "plans"

// historyBlob is where a plan of the history is kept.
func historyBlob(v intent.PlanVersion) string { return fmt.Sprintf("plan-%d-%d", v.Term, v.Seq) }

// pastPlan is a line of the history.
type pastPlan struct {
	Term   uint64    `json:"term"`
	Seq    uint64    `json:"seq"`
	Hash   string    `json:"hash"`
	At     time.Time `json:"at"`
	By     string    `json:"by,omitempty"`
	Reason string    `json:"reason,omitempty"`
	Writer string    `json:"writer,omitempty"`
	Bytes  int       `json:"bytes"`
}

func (p pastPlan) version() intent.PlanVersion {
	return intent.PlanVersion{Term: p.Term, Seq: p.Seq, Hash: p.Hash}
}

// history reads the list of plans, newest last.
func (n *Node) history() []pastPlan {
	g, err := n.disk.Load(historyIndexBlob)
	if err != nil {
		return nil
	}
	var out []pastPlan
	if err := json.Unmarshal(g.Data, &out); err != nil {
		n.log.Error("history of plans not readable", "error", err)
	}
	return out
}

// record adds a plan to the list.
func (n *Node) record(g *generation, h planHead) {
	all := n.history()
	if slices.ContainsFunc(all, func(p pastPlan) bool { return p.version() == g.version }) {
		return
	}
	all = append(all, pastPlan{
		Term: g.version.Term, Seq: g.version.Seq, Hash: g.version.Hash, At: h.At, By: h.By, Reason: h.Reason,
		Writer: n.nameOf(h.Writer), Bytes: g.bundle.Size(),
	})
	data, err := json.Marshal(all)
	if err == nil {
		err = n.disk.Save(historyIndexBlob, data)
	}
	if err != nil {
		n.log.Warn("history of plans not saved", "error", err)
	}
}

// past reads a plan of the history.
func (n *Node) past(v intent.PlanVersion) (*keptPlan, error) {
	saved, err := n.disk.Load(historyBlob(v))
	if err != nil {
		return nil, fmt.Errorf("reading plan %d of term %d: %w", v.Seq, v.Term, err)
	}
	_, kept, err := decodePlan(saved.Data)
	if err != nil {
		return nil, fmt.Errorf("reading plan %d of term %d: %w", v.Seq, v.Term, err)
	}
	return kept, nil
}
