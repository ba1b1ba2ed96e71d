package node

import (
	"encoding/json"
	"fmt"
	"time"

	"meridian/drill"
)

// drillsBlob lists the drills this node remembers.
const drillsBlob = "drills"

// storedDrill is a drill on disk.
type storedDrill struct {
	Spec  json.RawMessage `json:"spec"`
	Node  string          `json:"node"`
	Began time.Time       `json:"began"`
	Ended time.Time       `json:"ended,omitzero"`
	Cause drill.Cause     `json:"cause,omitempty"`
	By    string          `json:"by,omitempty"`
	Why   string          `json:"why,omitempty"`
}

// logBlob is where what was measured of a drill is kept.
func logBlob(id string) string { return "drill-" + id }

// saveDrills writes the list and some logs.
func (n *Node) saveDrills(runs []*drillRun) {
	for _, r := range runs {
		data, err := r.recorder.Log().Encode()
		if err == nil {
			err = n.disk.Save(logBlob(r.spec.ID), data)
		}
		n.kept("drill", err)
	}
	n.drills.mu.Lock()
	var list []storedDrill
	for _, r := range n.drills.runs {
		spec, err := r.spec.Encode()
		if err != nil {
			continue
		}
		list = append(list, storedDrill{Spec: spec, Node: r.node, Began: r.began, Ended: r.ended, Cause: r.cause, By: r.by, Why: r.why})
	}
	n.drills.mu.Unlock()
	data, err := json.Marshal(list)
	if err == nil {
		err = n.disk.Save(drillsBlob, data)
	}
	n.kept("drills", err)
}

// loadDrills reads what this node knew of drills. One that was running goes on:
// whether it still does is for the first publish to say.
func (n *Node) loadDrills() error {
	g, known, err := n.load(drillsBlob)
	if !known {
		return nil
	}
	var list []storedDrill
	if err == nil {
		err = json.Unmarshal(g.Data, &list)
	}
	if err != nil {
		n.log.Error("drills of the last run not read", "error", err)
		n.damaged(drillsBlob, err.Error())
		return nil
	}
	for _, s := range list {
		spec, err := drill.DecodeSpec(s.Spec)
		if err != nil {
			continue
		}
		r := &drillRun{spec: spec, node: s.Node, began: s.Began, ended: s.Ended, cause: s.Cause, by: s.By, why: s.Why, settled: true}
		if s.Ended.IsZero() {
			r.settled = !n.resumeLog(r)
		}
		n.drills.runs = append(n.drills.runs, r)
	}
	return nil
}

// resumeLog goes on with the log of a drill that was running.
func (n *Node) resumeLog(r *drillRun) bool {
	log, err := n.storedLog(r.spec.ID)
	if err != nil {
		n.log.Warn("what was measured of a drill is lost", "drill", r.spec.ID, "error", err)
		r.recorder = drill.NewRecorder(r.spec.ID, n.options.Config.Name, n.options.Config.Location, nil, time.Now())
		return true
	}
	r.recorder = drill.Resume(log, time.Now())
	return true
}

func (n *Node) storedLog(id string) (drill.NodeLog, error) {
	g, err := n.disk.Load(logBlob(id))
	if err != nil {
		return drill.NodeLog{}, fmt.Errorf("reading what was measured of drill %s: %w", id, err)
	}
	return drill.DecodeLog(g.Data)
}

// drillLog returns what this node measured of a drill.
func (n *Node) drillLog(id string) (drill.NodeLog, bool) {
	n.drills.mu.Lock()
	r := n.drills.find(id)
	n.drills.mu.Unlock()
	switch {
	case r == nil:
		return drill.NodeLog{}, false
	case r.recorder != nil:
		return r.recorder.Log(), true
	}
	log, err := n.storedLog(id)
	return log, err == nil
}
