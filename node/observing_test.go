package node

import (
	"slices"
	"strings"
	"testing"
	"time"

	"meridian/admin/api"
	"meridian/cluster"
	"meridian/healthprobe"
	"meridian/routing"
)

// TestInTouch: a location is in touch while it hears of most of the locations;
// several nodes of one location are one.
func TestInTouch(t *testing.T) {
	at := func(id cluster.NodeID, location routing.LocationName) registration {
		return registration{id: id, location: location}
	}
	three := []registration{at("a", "us"), at("b", "eu"), at("c", "jp")}
	soon, late := contactTime/2, 2*contactTime
	tests := []struct {
		name  string
		nodes []registration
		ages  map[cluster.NodeID]time.Duration
		want  bool
	}{
		{"nobody is registered", nil, nil, true},
		{"alone in the registry", three[:1], nil, true},
		{"one of two others", three, map[cluster.NodeID]time.Duration{"b": soon}, true},
		{"none of two others", three, map[cluster.NodeID]time.Duration{"b": late, "c": contactTime}, false},
		{"half of two", three[:2], map[cluster.NodeID]time.Duration{"b": late}, false},
		{"many nodes of one location", append(three, at("d", "eu"), at("e", "eu")), map[cluster.NodeID]time.Duration{"d": soon}, true},
		{"its own neighbours do not help", append(three, at("f", "us")), map[cluster.NodeID]time.Duration{"f": soon}, false},
		{"half of four", append(three, at("g", "br")), map[cluster.NodeID]time.Duration{"b": soon}, false},
	}
	for _, tt := range tests {
		if got := inTouch("us", tt.nodes, tt.ages); got != tt.want {
			t.Errorf("%s: got %v, want %v", tt.name, got, tt.want)
		}
	}
}

// TestSilenced: what a node said that votes no more is forgotten, once, and
// counts as news when it votes again.
func TestSilenced(t *testing.T) {
	n := &Node{newest: map[string]cluster.Version{}}
	p := newStand(t)
	rows := []heardRow{}
	for i, id := range []cluster.NodeID{"a", "b"} {
		key := healthprobe.PartOf(string(id), i)
		n.newest[key] = cluster.Version{Major: 1, Minor: 1}
		rows = append(rows, heardRow{row: healthprobe.Row{Observer: key, Location: "us", Boot: 1, N: 1}, at: time.Now()})
	}
	p.hearOthers(rows, nil)
	gone := n.silenced(map[cluster.NodeID]routing.LocationName{"a": "us"})
	if want := []string{rows[1].row.Observer}; !slices.Equal(gone, want) {
		t.Fatalf("got %q silenced, want %q", gone, want)
	}
	p.hearOthers(nil, gone)
	for i, want := range []bool{false, true} {
		if news, err := p.council.Hear(time.Now(), rows[i].row); news != want || err != nil {
			t.Errorf("row of %s heard again: got news %v, %v, want %v", rows[i].row.Observer, news, err, want)
		}
	}
	if again := n.silenced(map[cluster.NodeID]routing.LocationName{"a": "us"}); len(again) > 0 {
		t.Errorf("got %q silenced again", again)
	}
}

// TestAlone: a node that is in no touch with most locations says so after a
// while, in its answers and its status, and no more when they are back.
func TestAlone(t *testing.T) {
	t.Parallel()
	c := startRegions(t, strings.Replace(threePlaces, "ttl: 1}", "ttl: 60}", 1), threeRegions()[:2])
	us := c.list[0]
	if r := ask(t, us.Node, "contoso.gtm.test.", typeA); len(r.Answer) == 0 || r.Answer[0].TTL != 60 {
		t.Fatalf("in touch: got %+v, want an answer for 60 s", r.Answer)
	}
	c.down(t, c.list[1])
	if us.alone(time.Now()) {
		t.Error("alone at once")
	}
	wait(t, "the other's last word being old", func() bool {
		for _, e := range us.replicas.reports.Entries() {
			if e.Record.Key != string(us.replicas.id()) && e.Record.Age > contactTime {
				return true
			}
		}
		return false
	})
	if !us.alone(time.Now().Add(aloneAfter + time.Second)) {
		t.Error("not alone after a while")
	}
	alone := func(what string, ok func() bool) { // again while the node itself, which is not alone for long enough yet, says no
		t.Helper()
		wait(t, what, func() bool {
			us.pub.wait(func(p *publisher) { p.isolate(true) })
			return ok()
		})
	}
	alone("status tells of being alone", func() bool {
		return problem(must[api.Status](t)(statusAPI{us.Node}.Status(t.Context())), "isolated") != ""
	})
	alone("an answer for at most 10 s", func() bool {
		r := ask(t, us.Node, "contoso.gtm.test.", typeA)
		return len(r.Answer) > 0 && r.Answer[0].TTL <= 10
	})
	us.pub.wait(func(p *publisher) { p.isolate(false) })
	c.up(t, c.list[1])
	wait(t, "touch", func() bool { return !us.alone(time.Now()) && time.Since(*us.lastContact.Load()) < contactTime })
}

// seen is a row of a node in which one target is as said.
func seen(node string, id healthprobe.TargetID, h routing.Health, age time.Duration) seenRow {
	return seenRow{node: node, age: age, row: healthprobe.Row{Entries: []healthprobe.Entry{{Target: id, Health: h, Reason: "timeout_connect"}}}}
}

// TestCells: a location says what most of its nodes say; old words and those of
// who does not trust itself count for nothing.
func TestCells(t *testing.T) {
	const id, fresh = "shop/a", 10 * time.Second
	up, down := seen("1", id, routing.Up, 0), seen("2", id, routing.Down, time.Second)
	old, distrusted := seen("3", id, routing.Down, time.Minute), seen("4", id, routing.Down, 0)
	distrusted.row.Abstains = true
	tests := []struct {
		name    string
		rows    []seenRow
		verdict string
		fresh   bool
	}{
		{"nobody", nil, "silent", false},
		{"one", []seenRow{up}, "up", true},
		{"a tie", []seenRow{up, down}, "unchecked", true},
		{"most", []seenRow{up, down, down}, "down", true},
		{"old words", []seenRow{up, old, old}, "up", true},
		{"only old words", []seenRow{old}, "silent", false},
		{"no trust", []seenRow{distrusted}, "abstains", false},
		{"no trust in one", []seenRow{distrusted, up}, "up", true},
		{"of another target", []seenRow{seen("5", "shop/b", routing.Up, 0)}, "silent", false},
	}
	for _, tt := range tests {
		c := cell("us", id, tt.rows, fresh)
		if c.Verdict != tt.verdict || c.Fresh != tt.fresh || c.Observer != "us" {
			t.Errorf("%s: got %+v, want %s, fresh %v", tt.name, c, tt.verdict, tt.fresh)
		}
	}
}

// TestConclusions: a target that is down, a path that is broken and an observer
// that is cut off are told apart.
func TestConclusions(t *testing.T) {
	g := compiled(t, head+`
profiles:
  - name: shop
    trafficRoutingMethod: Priority
    endpoints:
      - {name: a, target: 192.0.2.1}
      - {name: b, target: 192.0.2.2}
      - {name: c, target: 192.0.2.3}
`, nil)
	l := served(t, g)
	l.outcome = folded(g)
	say := func(node string, words map[healthprobe.TargetID]routing.Health) []seenRow {
		r := seenRow{node: node}
		for _, id := range []healthprobe.TargetID{"shop/a", "shop/b", "shop/c"} {
			if h, said := words[id]; said {
				r.row.Entries = append(r.row.Entries, healthprobe.Entry{Target: id, Health: h})
			}
		}
		return []seenRow{r}
	}
	type words = map[healthprobe.TargetID]routing.Health
	rows := map[routing.LocationName][]seenRow{
		"eu": say("eu-1", words{"shop/a": routing.Down, "shop/b": routing.Up, "shop/c": routing.Up}),
		"jp": say("jp-1", words{"shop/a": routing.Down, "shop/b": routing.Down, "shop/c": routing.Down}),
		"us": say("us-1", words{"shop/a": routing.Down, "shop/b": routing.Up, "shop/c": routing.Up}),
	}
	locations := []routing.LocationName{"eu", "jp", "us"}
	table := map[routing.LocationName]*tallied{}
	want := map[healthprobe.TargetID]string{"shop/a": "target_down", "shop/b": "path_broken", "shop/c": "path_broken"}
	for id, conclusion := range want {
		m := l.matrixTarget(id, locations, rows)
		if m.Conclusion != conclusion || len(m.Cells) != 3 {
			t.Errorf("%s: got %+v, want %s", id, m, conclusion)
		}
		for i := range m.Cells {
			at := locations[i]
			table[at] = table[at].count(&m, &m.Cells[i])
		}
	}
	for _, at := range locations {
		want := "ok"
		if at == "jp" {
			want = "observer_cut_off"
		}
		if o := observer(at, rows[at], table[at]); o.Conclusion != want || o.State != "voting" {
			t.Errorf("%s: got %+v, want %s", at, o, want)
		}
	}
	if m := l.matrixTarget("shop/a", locations, nil); m.Conclusion != "unknown" {
		t.Errorf("nobody looks: got %+v", m)
	}
}
