package node

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"meridian/admin/api"
	"meridian/cluster"
	"meridian/healthprobe"
	"meridian/intent"
	"meridian/routing"
)

// matrixAPI implements admin.MatrixSource.
type matrixAPI struct{ *Node }

// seenRow is a row of a node with the node it is of.
type seenRow struct {
	node string
	row  healthprobe.Row
	age  time.Duration // since it was written
}

// matrixRows returns what every voter last said, parts put together.
func (n *Node) matrixRows(l *live) map[routing.LocationName][]seenRow {
	out := map[routing.LocationName][]seenRow{}
	votes := n.voters()
	for _, location := range votes {
		out[location] = nil
	}
	if n.prober != nil {
		here := n.options.Config.Location
		out[here] = append(out[here], seenRow{n.options.Config.Name, n.prober.Row(), 0})
	}
	for _, e := range n.replicas.rows.Entries() {
		id, _, _ := cutPart(e.Record.Key)
		location, may := votes[cluster.NodeID(id)]
		row, err := healthprobe.DecodeRow(e.Value.data, l.index.target)
		if !may || err != nil || id == string(n.replicas.id()) {
			continue
		}
		out[location] = append(out[location], seenRow{n.nameOf(cluster.NodeID(id)), row, e.Record.Age})
	}
	return out
}

// Matrix shows what every observer says of every target.
func (n matrixAPI) Matrix(context.Context) (api.Matrix, error) {
	l, err := n.serving()
	if err != nil {
		return api.Matrix{}, err
	}
	rows := n.matrixRows(l)
	locations := slices.Sorted(maps.Keys(rows))
	var out api.Matrix
	table := map[routing.LocationName]*tallied{}
	for _, id := range slices.Sorted(maps.Keys(l.index.monitor)) {
		t := l.matrixTarget(id, locations, rows)
		for i := range t.Cells {
			table[routing.LocationName(t.Cells[i].Observer)] = table[routing.LocationName(t.Cells[i].Observer)].count(&t, &t.Cells[i])
		}
		out.Targets = append(out.Targets, t)
	}
	for _, location := range locations {
		out.Observers = append(out.Observers, observer(location, rows[location], table[location]))
	}
	out.Total = len(out.Targets)
	return out, nil
}

// matrixTarget is a row of the matrix.
func (l *live) matrixTarget(id healthprobe.TargetID, locations []routing.LocationName, rows map[routing.LocationName][]seenRow) api.MatrixTarget {
	m := l.index.monitor[id]
	out := api.MatrixTarget{ID: string(id), Verdict: l.health(id).String()}
	if e, said := l.outcome.Effective[intent.Target{Object: intent.TargetObject(string(id)), Property: intent.Verdict}]; said && e.Text != "" {
		out.Forced, out.Verdict = true, e.Text
	}
	up, down := 0, 0
	for _, location := range locations {
		c := cell(location, id, rows[location], healthprobe.FreshFor(m.Check.Interval))
		out.Cells = append(out.Cells, c)
		if !c.Fresh || location == m.Location && len(locations) > 1 { // nobody judges itself
			continue
		}
		switch c.Verdict {
		case routing.Up.String():
			up++
		case routing.Down.String():
			down++
		}
	}
	out.Conclusion, out.Text = conclude(up, down)
	return out
}

// conclude says what it means that so many observers find a target up, and so
// many down.
func conclude(up, down int) (conclusion, text string) {
	switch {
	case up == 0 && down == 0:
		return "unknown", ""
	case up == 0:
		return "target_down", "every observer that looks finds it down"
	case down > 0:
		return "path_broken", fmt.Sprintf("%d observers reach it and %d do not: the target is up, a path to it is not", up, down)
	}
	return "ok", ""
}

// counts reports whether an entry is a word that counts: of late, and of an
// observer that trusts itself.
func (r *seenRow) counts(e healthprobe.Entry, fresh time.Duration) bool {
	return e.Age >= 0 && r.age+e.Age < fresh && !r.row.Abstains
}

// cell is what one location says of a target: what most of its nodes do.
func cell(location routing.LocationName, id healthprobe.TargetID, rows []seenRow, fresh time.Duration) api.Cell {
	out := api.Cell{Observer: string(location)}
	balance, heard, abstains := 0, false, false
	for i := range rows {
		e, known := rows[i].row.Entry(id)
		if !known {
			continue
		}
		if age := ms(rows[i].age + max(0, e.Age)); out.AgeMs == nil || age < *out.AgeMs {
			out.AgeMs, out.Reason = &age, string(e.Reason)
		}
		abstains = abstains || rows[i].row.Abstains
		if !rows[i].counts(e, fresh) {
			continue
		}
		heard = true
		balance += map[routing.Health]int{routing.Up: 1, routing.Down: -1}[e.Health]
	}
	out.Fresh = heard
	switch {
	case heard:
		out.Verdict = healthprobe.Tipped(balance).String()
	case abstains:
		out.Verdict = "abstains"
	default:
		out.Verdict = "silent"
	}
	return out
}

// tallied counts how often an observer finds down what others find up.
type tallied struct{ looks, dissents int }

func (t *tallied) count(target *api.MatrixTarget, c *api.Cell) *tallied {
	if t == nil {
		t = &tallied{}
	}
	if c.Fresh {
		t.looks++
	}
	if c.Fresh && c.Verdict == routing.Down.String() && target.Conclusion == "path_broken" {
		t.dissents++
	}
	return t
}

// observer is a column of the matrix.
func observer(location routing.LocationName, rows []seenRow, t *tallied) api.Observer {
	out := api.Observer{Location: string(location), State: "silent", Conclusion: "ok"}
	for i := range rows {
		r := &rows[i]
		out.Nodes = append(out.Nodes, r.node)
		switch {
		case r.row.Abstains && out.State != "voting":
			out.State, out.Reason = "abstaining", "its nodes do not trust their own bad news now"
		case !r.row.Abstains && r.age < contactTime:
			out.State, out.Reason = "voting", ""
		}
	}
	slices.SortFunc(out.Nodes, cmp.Compare[string])
	out.Nodes = slices.Compact(out.Nodes)
	if t != nil && t.looks > 1 && 2*t.dissents > t.looks {
		out.Conclusion = "observer_cut_off"
		out.Text = fmt.Sprintf("it finds down %d of %d targets that others reach", t.dissents, t.looks)
	}
	return out
}
