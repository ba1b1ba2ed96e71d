package node

import (
	"encoding/json"
	"fmt"
	"strings"

	"meridian/cluster"
	"meridian/intent"
)

// report is what a node tells the others of itself, every second: what it
// serves and what it has counted since it started.
type report struct {
	version cluster.Version

	Term        uint64            `json:"term"`
	Seq         uint64            `json:"seq"`
	Hash        string            `json:"hash"`
	Provisional bool              `json:"provisional,omitempty"`
	Unassigned  bool              `json:"unassigned,omitempty"` // the plan does not know its location
	Alone       bool              `json:"alone,omitempty"`      // without contact to most locations
	Refused     string            `json:"refused,omitempty"`    // why the newest plan is not served
	RefusedSeq  uint64            `json:"refusedSeq,omitempty"`
	Rejected    *rejection        `json:"rejected,omitempty"`
	Answers     map[string]uint64 `json:"answers,omitempty"`  // given, by location
	Arrivals    map[string]uint64 `json:"arrivals,omitempty"` // requests come in, by outcome
	Breakers    []byte            `json:"breakers,omitempty"` // breaker.EncodeRow; absent where there is no gateway
	Silent      []silence         `json:"silent,omitempty"`   // backends that answer nothing; at most maxSilences
}

func (r report) plan() intent.PlanVersion {
	return intent.PlanVersion{Term: r.Term, Seq: r.Seq, Hash: r.Hash}
}

func parseReport(r cluster.Record) (out report, err error) {
	if err := own(r); err != nil {
		return out, err
	}
	if err := json.Unmarshal(r.Body, &out); err != nil {
		return out, fmt.Errorf("reading the report of node %s: %w", r.Key, err)
	}
	out.version = r.Version
	return out, nil
}

// cutPart takes the number off the key of a part.
func cutPart(key string) (node, part string, found bool) { return strings.Cut(key, "/") }
