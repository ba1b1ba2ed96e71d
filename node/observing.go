package node

import (
	"encoding/json"
	"sync/atomic"
	"time"

	"meridian/cluster"
	"meridian/healthprobe"
	"meridian/routing"
)

const (
	// reportEvery is the tick on which a node tells what it sees and serves.
	reportEvery = time.Second
	// rowLimit is the most bytes of one part of a row: a record has room for it.
	rowLimit = 60_000
	// contactTime is how old the last word of a node may be for us to be in
	// contact with it.
	contactTime = 5 * time.Second
	// aloneAfter is how long a node is without contact to most locations before
	// its answers say so (DESIGN §2).
	aloneAfter = 30 * time.Second
)

// tell tells the others, once a second, what this node sees and serves: the
// same work in calm and in trouble.
func (n *Node) tell() {
	now := time.Now()
	if n.prober != nil {
		n.doubtSelf(now)
		row := n.prober.Row()
		n.pub.do(func(p *publisher) { p.hear(now, row) })
	}
	n.spreadReport()
	n.noteLoad(now)
	n.followMembers()
	alone := n.alone(now)
	n.pub.do(func(p *publisher) { p.isolate(alone) })
}

const (
	// lagLimit is how late the tick may come before this process lags behind.
	lagLimit = 300 * time.Millisecond
	// lagTime is how long that counts.
	lagTime = 10 * time.Second
)

// selfDoubt is what a node knows of its own slowness. It belongs to tell.
type selfDoubt struct {
	ticked, lagged time.Time
	slow           atomic.Bool
}

// doubtSelf has the prober abstain while this process is what is slow. Gossip's
// awareness says so when answers of nodes that are alive come late; where a node
// is gone, its missing answers raise it too, and only ticks of our own that came
// late are believed: else the loss of a region would silence who has to tell of it.
func (n *Node) doubtSelf(now time.Time) {
	d := &n.doubt
	if !d.ticked.IsZero() && now.Sub(d.ticked) > reportEvery+lagLimit {
		d.lagged = now
	}
	d.ticked = now
	if n.cluster == nil {
		return
	}
	lagging := !d.lagged.IsZero() && now.Sub(d.lagged) < lagTime
	slow := n.cluster.Awareness() > 0 && (lagging || !n.missing())
	d.slow.Store(slow)
	n.prober.Distrust(slow)
}

// missing reports whether a node is gone that has not said goodbye.
func (n *Node) missing() bool {
	for id, m := range n.members() {
		if id != n.replicas.id() && m.State != "alive" && m.State != "left" {
			return true
		}
	}
	return false
}

// spreadReport tells the others what this node serves and counts, and which of its
// breakers are open.
func (n *Node) spreadReport() {
	n.reporting.Lock() // what is told later is not older
	defer n.reporting.Unlock()
	n.spread(kindReport, string(n.replicas.id()), n.report())
}

// spread writes a record of this node's own and sends it to everybody.
func (n *Node) spread(kind cluster.Kind, key string, value any) {
	body, err := json.Marshal(value)
	if err == nil {
		err = n.write(kind, key, body)
	}
	if err != nil {
		n.log.Error("record not written", "kind", string(kind), "error", err)
	}
}

func (n *Node) write(kind cluster.Kind, key string, body []byte) (err error) {
	var message []byte
	switch r := n.replicas; kind {
	case kindRow:
		message, _, err = r.rows.Write(r.self, key, r.next(), body)
	case kindReport:
		message, _, err = r.reports.Write(r.self, key, r.next(), body)
	case kindRegistry:
		message, _, err = r.registry.Write(r.self, key, r.next(), body)
	}
	if err == nil && n.cluster != nil {
		n.cluster.Broadcast(kind, message)
	}
	return err
}

// spreadRow sends what this node's prober sees, stamped with the verdicts that
// hold here.
func (n *Node) spreadRow(row healthprobe.Row) {
	if n.cluster == nil {
		return
	}
	for i, part := range row.Encode(rowLimit) {
		if err := n.write(kindRow, healthprobe.PartOf(string(n.replicas.id()), i), part); err != nil {
			n.log.Error("row not sent", "error", err)
		}
	}
}

// hearRows hands the rows that are new to the publisher.
func (n *Node) hearRows() {
	l := n.pub.current.Load()
	if l == nil {
		return
	}
	seats := n.voters()
	now := time.Now()
	var rows []heardRow
	for _, e := range n.replicas.rows.Entries() {
		id, _, _ := cutPart(e.Record.Key)
		location, votes := seats[cluster.NodeID(id)]
		if id == string(n.replicas.id()) || !votes || n.newest[e.Record.Key] == e.Value.version {
			continue
		}
		n.newest[e.Record.Key] = e.Value.version
		row, err := healthprobe.DecodeRow(e.Value.data, l.index.target)
		if err != nil || row.Location != location {
			n.log.Warn("row not understood", "observer", e.Record.Key, "location", string(row.Location), "error", err)
			continue
		}
		row.Observer, row.Boot, row.N = e.Record.Key, e.Value.version.Major, e.Value.version.Minor
		rows = append(rows, heardRow{row: row, at: now.Add(-e.Record.Age)})
	}
	gone := n.silenced(seats)
	if len(rows)+len(gone) > 0 {
		n.pub.do(func(p *publisher) { p.hearOthers(rows, gone) })
	}
}

// silenced returns the rows that were heard of nodes that vote no more, once.
func (n *Node) silenced(seats map[cluster.NodeID]routing.LocationName) []string {
	var gone []string
	for key := range n.newest {
		id, _, _ := cutPart(key)
		if _, votes := seats[cluster.NodeID(id)]; !votes {
			delete(n.newest, key)
			gone = append(gone, key)
		}
	}
	return gone
}

// heardRow is a row with when it was written, by our clock.
type heardRow struct {
	row healthprobe.Row
	at  time.Time
}

// alone reports whether this node has had no contact to most registered
// locations for a while. A node without a cluster is not alone: it is all there
// is.
func (n *Node) alone(now time.Time) bool {
	if n.cluster == nil {
		return false
	}
	ages := map[cluster.NodeID]time.Duration{}
	for _, e := range n.replicas.reports.Entries() {
		ages[cluster.NodeID(e.Record.Key)] = e.Record.Age
	}
	if inTouch(n.options.Config.Location, n.registered(), ages) {
		n.lastContact.Store(&now)
	}
	return now.Sub(*n.lastContact.Load()) >= aloneAfter
}

// inTouch reports whether a location has heard, a moment ago, of most of the
// locations where nodes are registered, itself among them.
func inTouch(here routing.LocationName, nodes []registration, ages map[cluster.NodeID]time.Duration) bool {
	all, heard := map[routing.LocationName]bool{here: true}, map[routing.LocationName]bool{here: true}
	for _, p := range nodes {
		all[p.location] = true
		if age, known := ages[p.id]; known && age < contactTime {
			heard[p.location] = true
		}
	}
	return 2*len(heard) > len(all)
}

// report says what this node serves.
func (n *Node) report() report {
	now := time.Now()
	r := report{Alone: n.pub.aloneNow.Load(), Breakers: n.breakerRow(now), Silent: n.silent(now)}
	l := n.pub.current.Load()
	if l == nil {
		return r
	}
	r.Term, r.Seq, r.Hash, r.Provisional = l.version.Term, l.version.Seq, l.version.Hash, l.provisional()
	r.Rejected = n.rejection(l).short()
	r.Unassigned = n.unassigned(l.generation)
	if f := n.refused.Load(); f != nil {
		r.Refused, r.RefusedSeq = f.why, f.version.Seq
	}
	r.Answers, r.Arrivals = n.answerCounts(l), n.arrivalCounts()
	return r
}
