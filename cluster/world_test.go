package cluster

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"meridian/internal/simnet"
)

// stamp is the value of the tests' records: the latest counts.
type stamp struct {
	version Version
	author  NodeID
}

func (s stamp) later(o stamp) bool {
	return o.version.Less(s.version) || s.version == o.version && o.author < s.author
}

const stampKind Kind = "stamp"

func stampLaw() Law[stamp] {
	return Law[stamp]{
		Kind: stampKind,
		Parse: func(r Record) (stamp, error) {
			if len(r.Body) > 0 && r.Body[0] == 0xff {
				return stamp{}, ErrMalformed
			}
			return stamp{r.Version, IDOf(r.Author)}, nil
		},
		Displaces: func(a, b stamp) bool { return a.later(b) },
	}
}

// world is a cluster in memory.
type world struct {
	t     *testing.T
	net   *simnet.Network
	rand  *rand.Rand
	nodes []*inhabitant
	log   *slog.Logger
	alter func(*Options) // nil: nothing
}

// inhabitant is a node of a world, running or not. Its disk outlives it.
type inhabitant struct {
	w       *world
	id      *Identity
	host    *simnet.Host
	cluster *Cluster
	ledger  *Ledger[stamp]

	mu     sync.Mutex
	disk   []byte
	diskAt time.Time
	kept   map[string]stamp // what disk has; a restart reads disk itself
}

func newWorld(t *testing.T, seed uint64, nodes int) *world {
	w := &world{t: t, net: simnet.New(seed), rand: rand.New(rand.NewPCG(seed, 1)), log: slog.New(slog.DiscardHandler)}
	for i := range nodes {
		w.nodes = append(w.nodes, w.settle(i, testIdentity(t, byte(i+1))))
	}
	return w
}

func (w *world) settle(i int, id *Identity) *inhabitant {
	return &inhabitant{w: w, id: id, host: w.net.Host(fmt.Sprintf("10.0.0.%d", i+1))}
}

func (w *world) options(n *inhabitant) Options {
	o := Options{
		Label: "contoso", Identity: n.id, Name: n.host.IP(), Bind: n.host.IP() + ":7946", Streams: n.host.IP() + ":7947",
		Join: []string{"10.0.0.1:7946"}, Keys: [][]byte{slices.Repeat([]byte{7}, 32)},
		Network: n.host, Logger: w.log, States: map[Kind]State{stampKind: n.ledger},
		Changed: func(Kind) { n.save() }, Roster: w.roster,
		Handlers: map[string]Handler{"keep": func(_ context.Context, _ NodeID, body []byte) ([]byte, error) {
			_, err := n.ledger.Merge(body)
			n.save()
			return nil, err
		}},
	}
	if w.alter != nil {
		w.alter(&o)
	}
	return o
}

// roster registers everybody, where they were settled.
func (w *world) roster() (out []Peer) {
	for _, n := range w.nodes {
		out = append(out, Peer{ID: n.id.ID(), Key: n.id.Public(), Name: n.host.IP(), Gossip: n.host.IP() + ":7946", Streams: n.host.IP() + ":7947"})
	}
	return out
}

// start runs a node on what its disk holds.
func (n *inhabitant) start() {
	n.w.t.Helper()
	n.ledger = NewLedger("contoso", stampLaw())
	if disk, at := n.load(); disk != nil {
		if err := n.ledger.Import(disk, time.Since(at)); err != nil {
			n.w.t.Fatalf("node %s: %v", n.host.IP(), err)
		}
	}
	o := n.w.options(n).withDefaults()
	if err := o.validate(); err != nil {
		n.w.t.Fatal(err)
	}
	s, err := newProvedStreams(o, plainProof{n.id.ID()})
	if err != nil {
		n.w.t.Fatal(err)
	}
	if n.cluster, err = assemble(o, s); err == nil {
		err = n.cluster.Start()
	}
	if err != nil {
		n.w.t.Fatalf("node %s: %v", n.host.IP(), err)
	}
}

// save writes the ledger to disk.
func (n *inhabitant) save() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.disk, n.diskAt, n.kept = n.ledger.Export(), time.Now(), map[string]stamp{}
	for _, e := range n.ledger.Entries() {
		n.kept[e.Record.Key] = e.Value
	}
}

func (n *inhabitant) load() (disk []byte, at time.Time) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.disk, n.diskAt
}

// kill ends a node as kill -9 does.
func (n *inhabitant) kill() {
	c := n.cluster
	n.cluster = nil
	n.host.Kill()
	if err := c.Shutdown(context.Background()); err != nil {
		n.w.t.Errorf("node %s: %v", n.host.IP(), err)
	}
}

func (n *inhabitant) runs() bool { return n.cluster != nil }

// write puts a newer value under a key, on our disk, and sends it out.
func (n *inhabitant) write(key string, size int) (message []byte, s stamp) {
	n.w.t.Helper()
	v := n.top(key).version
	v.Minor++
	message, e, err := n.ledger.Write(n.id, key, v, make([]byte, size))
	if err != nil {
		n.w.t.Fatalf("node %s: %v", n.host.IP(), err)
	}
	n.save()
	n.cluster.Broadcast(stampKind, message)
	return message, e.Value
}

// top returns what a node holds under a key.
func (n *inhabitant) top(key string) stamp {
	if all := n.ledger.Of(key); len(all) > 0 {
		return all[0].Value
	}
	return stamp{}
}

// stored returns what a node's disk holds.
func (n *inhabitant) stored(key string) stamp {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.kept[key]
}

func (w *world) startAll() {
	for _, n := range w.nodes {
		n.start()
	}
}

// end stops everybody and lets memberlist's last probes run out.
func (w *world) end() {
	for _, n := range w.nodes {
		if n.runs() {
			n.kill()
		}
	}
	time.Sleep(30 * time.Second)
}

// ips returns the addresses of some nodes.
func (w *world) ips(nodes ...int) (out []string) {
	for _, i := range nodes {
		out = append(out, w.nodes[i].host.IP())
	}
	return out
}

// states counts the members of a node by state.
func (n *inhabitant) states() map[string]int {
	out := map[string]int{}
	for _, m := range n.cluster.Members() {
		out[m.State]++
	}
	return out
}

// whole reports whether every running node takes every running node for alive.
func (w *world) whole() bool {
	running := 0
	for _, n := range w.nodes {
		if n.runs() {
			running++
		}
	}
	for _, n := range w.nodes {
		if n.runs() && n.states()[stateAlive] != running {
			return false
		}
	}
	return true
}

// equal reports whether all running nodes hold the same.
func (w *world) equal() bool {
	seen := map[string]bool{}
	for _, n := range w.nodes {
		if n.runs() {
			seen[string(n.ledger.Digest())] = true
		}
	}
	return len(seen) <= 1
}

// within waits for something and returns how long it took; a test fails when it
// takes longer than most.
func (w *world) within(most time.Duration, what string, is func() bool) time.Duration {
	w.t.Helper()
	start := time.Now()
	for !is() {
		if time.Since(start) > most {
			w.t.Fatalf("not %s after %v; members: %v", what, most, w.summary())
		}
		time.Sleep(100 * time.Millisecond)
	}
	return time.Since(start)
}

func (w *world) summary() string {
	var b strings.Builder
	for i, n := range w.nodes {
		if !n.runs() {
			fmt.Fprintf(&b, "\n%d: not running", i)
			continue
		}
		fmt.Fprintf(&b, "\n%d: %v", i, n.states())
		for _, e := range n.ledger.Entries() {
			fmt.Fprintf(&b, " %s=%d", e.Record.Key, e.Value.version.Minor)
		}
	}
	return b.String()
}

// tally sums up what all running nodes count.
func (w *world) tally() (suspicions, failures, messages int) {
	for _, n := range w.nodes {
		if n.runs() {
			s, f := n.cluster.gossip.members.counts()
			suspicions, failures = suspicions+s, failures+f
		}
		messages += n.host.Sent().Packets
	}
	return suspicions, failures, messages
}

// plainProof takes everybody's word: what it saves is the time of handshakes.
type plainProof struct{ self NodeID }

func (p plainProof) client(_ context.Context, conn net.Conn, _ NodeID, protocol string) (net.Conn, error) {
	_, err := conn.Write(append([]byte{byte(len(protocol))}, string(p.self)+protocol...))
	return conn, err
}

func (p plainProof) server(ctx context.Context, conn net.Conn) (net.Conn, NodeID, string, error) {
	stop := context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	front := make([]byte, 1+2*nodeIDBytes)
	if _, err := io.ReadFull(conn, front); err != nil {
		return nil, "", "", err
	}
	protocol := make([]byte, front[0])
	_, err := io.ReadFull(conn, protocol)
	return conn, NodeID(front[1:]), string(protocol), err
}

// pass lets the bubble's clock run.
func pass(d time.Duration) { time.Sleep(d) }

// inBubble runs a test of a world.
func inBubble(t *testing.T, seed uint64, nodes int, f func(t *testing.T, w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, seed, nodes)
		defer w.end()
		f(t, w)
	})
}

func TestClusterForms(t *testing.T) {
	inBubble(t, 1, 5, func(t *testing.T, w *world) {
		w.startAll()
		took := w.within(5*time.Second, "whole", w.whole)
		t.Logf("whole after %v", took)
		w.nodes[3].write("small", 10)
		took = w.within(time.Second, "equal", w.equal)
		t.Logf("a record of 10 bytes is everywhere after %v", took)
		w.nodes[2].write("big", 40_000)
		took = w.within(time.Second, "equal", w.equal)
		t.Logf("a record of 40,000 bytes is everywhere after %v", took)
		w.within(20*time.Second, "known to reach each other by packets, and how fast", func() bool {
			for _, n := range w.nodes {
				for _, m := range n.cluster.Members() {
					if m.UDP != udpOK || m.ID != n.id.ID() && m.RTT == 0 {
						return false
					}
				}
			}
			return true
		})
		for _, m := range w.nodes[0].cluster.Members() {
			if m.ID != w.nodes[0].id.ID() && m.RTT != 2*time.Millisecond || m.Name == "" || m.Address != m.Name+":7946" {
				t.Errorf("member %+v, want a name, its address and a round trip of 2ms", m)
			}
		}
		if err := w.nodes[4].cluster.Leave(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.nodes[4].kill()
		w.within(3*time.Second, "one left", func() bool {
			return maps.Equal(w.nodes[0].states(), map[string]int{stateAlive: 4, stateLeft: 1})
		})
	})
}
