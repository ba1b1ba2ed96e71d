package cluster

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/memberlist"
)

// Pace of replication.
const (
	helloEvery  = time.Second // a fifth more or less
	helloShare  = 4           // one in so many members hears each hello
	helloLeast  = 2           // members, if there are as many
	deltaBytes  = 256 << 10   // of records in one letter
	courtesy    = 16          // members a new record is sent to at once
	maxCourtesy = 64          // records; more wait for gossip
	forwarded   = 2           // times a record of others is sent on
)

// gossip replicates the states of a cluster over memberlist.
type gossip struct {
	o       Options
	self    NodeID
	kinds   []Kind
	list    atomic.Pointer[memberlist.Memberlist] // nil before Start
	members *members
	in      *inbox
	out     *outbox
	post    *couriers
	metrics *metrics

	sums  atomic.Pointer[[]item] // of all digests, as of the last hello
	state atomic.Pointer[[]byte] // the letter for exchanges of states

	newsLock sync.Mutex
	news     map[Kind]bool
	newsWake chan struct{}

	turn     []NodeID // members to greet, in a random order
	oddities sparing
	absences sparing
	address  func() string
	call     func(ctx context.Context, to NodeID, method string, body []byte) ([]byte, error)
}

func newGossip(o Options) *gossip {
	g := &gossip{
		o: o, self: o.Identity.ID(), kinds: slices.Sorted(maps.Keys(o.States)),
		members: newMembers(o.Identity.ID()), in: newInbox(), out: newOutbox(),
		news: map[Kind]bool{}, newsWake: make(chan struct{}, 1),
	}
	g.post = newCouriers(g.bring)
	g.metrics = newMetrics(g)
	g.sums.Store(&[]item{})
	g.state.Store(&[]byte{})
	return g
}

// broadcast queues a message for everybody.
func (g *gossip) broadcast(k Kind, message []byte) {
	n := len(g.members.others()) + 1
	p := pack(k, message, max(times(n), 1))
	letter := recordsLetter(p.item())
	switch {
	case slices.Contains(g.o.Proved, k):
		letter = provedLetter(p.item())
	case p.size() <= maxGossiped:
		g.out.put(p, true)
		return
	}
	for _, to := range g.members.others() {
		g.post.post(to, p.name, letter)
	}
}

func (g *gossip) awareness() int {
	if list := g.list.Load(); list != nil {
		return list.GetHealthScore()
	}
	return 0
}

var errGone = errors.New("not a member")

// bring sends a letter by a stream.
func (g *gossip) bring(to NodeID, letter []byte) error {
	n, ok := g.members.node(to)
	switch {
	case !ok:
		return errGone
	case letter[0] == letterProved:
		return g.prove(to, letter[1:])
	}
	return g.list.Load().SendReliable(&n, letter)
}

// toss sends a letter by a packet.
func (g *gossip) toss(to NodeID, letter []byte) {
	if n, ok := g.members.node(to); ok {
		g.metrics.failedSend(g.list.Load().SendBestEffort(&n, letter))
	}
}

// deliver sends a letter by a packet where it fits and packets pass, else by a
// stream.
func (g *gossip) deliver(to NodeID, name string, letter []byte) {
	if len(letter) <= maxGossiped && g.members.way(to) == udpOK {
		g.toss(to, letter)
		return
	}
	g.post.post(to, name, letter)
}

// speak sends new records to some members at once, as packets; gossip sends
// them again.
func (g *gossip) speak(stop <-chan struct{}) {
	for {
		select {
		case <-stop:
			return
		case <-g.out.wake:
		}
		fresh := g.out.takeFresh()
		if len(fresh) > maxCourtesy {
			continue
		}
		to := g.members.others()
		rand.Shuffle(len(to), func(i, j int) { to[i], to[j] = to[j], to[i] })
		for _, p := range fresh {
			letter := recordsLetter(p.item())
			for _, id := range to[:min(len(to), courtesy)] {
				g.toss(id, letter)
			}
		}
	}
}

// listen reads what comes in.
func (g *gossip) listen(stop <-chan struct{}) {
	for {
		select {
		case <-stop:
			return
		case <-g.in.wake:
		}
		for _, letter := range g.in.take() {
			g.read(letter)
		}
	}
}

// read acts on a letter. A bug in a State ends a letter, not the process.
func (g *gossip) read(letter []byte) {
	defer func() {
		if r := recover(); r != nil {
			g.odd("panic", fmt.Errorf("reading letter: %v", r))
		}
	}()
	if len(letter) == 0 {
		return
	}
	body, ok := letter[1:], true
	switch letter[0] {
	case letterRecords:
		ok = g.readRecords(body, g.o.Proved)
	case letterHello:
		var h hello
		if h, ok = parseHello(body); ok {
			g.readHello(h)
		}
	case letterDigests:
		var d digests
		if d, ok = parseDigests(body); ok {
			g.readDigests(d)
		}
	}
	if !ok {
		g.odd("malformed", ErrMalformed)
	}
}

// readRecords takes records in, those of some kinds not.
func (g *gossip) readRecords(b []byte, but []Kind) bool {
	items, ok := cutItems(b)
	for _, i := range items {
		state := g.o.States[i.kind]
		if state == nil {
			continue
		}
		if slices.Contains(but, i.kind) {
			g.odd("unproved", errUnproved)
			continue
		}
		changed, err := state.Merge(i.body)
		switch {
		case err != nil:
			g.odd(reasonOf(err), err)
		case changed:
			g.metrics.merged.WithLabelValues(string(i.kind)).Inc()
			g.tell(i.kind)
			g.passOn(i)
		}
	}
	return ok
}

func reasonOf(err error) string {
	switch {
	case errors.Is(err, ErrBadSignature):
		return "bad_signature"
	case errors.Is(err, ErrUntrusted):
		return "untrusted"
	case errors.Is(err, ErrMalformed):
		return "malformed"
	}
	return "other"
}

// odd counts what was refused and says so, but not often.
func (g *gossip) odd(reason string, err error) {
	g.metrics.refusedRecords.WithLabelValues(reason).Inc()
	if skipped, ok := g.oddities.allow(); ok {
		g.o.Logger.Warn("record refused", "reason", reason, "error", err, "lines_skipped", skipped)
	}
}

// passOn sends news of others on. What travels by streams its author has sent
// to everybody.
func (g *gossip) passOn(i item) {
	if slices.Contains(g.o.Proved, i.kind) {
		return
	}
	if p := pack(i.kind, i.body, forwarded); p.size() <= maxGossiped {
		g.out.put(p, false)
	}
}

// tell has Changed called.
func (g *gossip) tell(k Kind) {
	g.newsLock.Lock()
	g.news[k] = true
	g.newsLock.Unlock()
	nudge(g.newsWake)
}

// announce calls Changed.
func (g *gossip) announce(stop <-chan struct{}) {
	for {
		select {
		case <-stop:
			return
		case <-g.newsWake:
		}
		g.newsLock.Lock()
		news := slices.Sorted(maps.Keys(g.news))
		clear(g.news)
		g.newsLock.Unlock()
		for _, k := range news {
			g.o.Changed(k)
		}
	}
}

// readHello compares sums; who has others is sent what we hold.
func (g *gossip) readHello(h hello) {
	g.members.heardFrom(h.from, h.packet, h.heard)
	var differ []Kind
	for _, s := range h.sums {
		if state := g.o.States[s.kind]; state != nil && !bytes.Equal(sumUp(state.Digest()), s.body) {
			differ = append(differ, s.kind)
		}
	}
	if len(differ) > 0 {
		g.deliver(h.from, "digests", g.digests(differ, true))
	}
}

func (g *gossip) digests(kinds []Kind, answer bool) []byte {
	d := digests{from: g.self, answer: answer}
	for _, k := range kinds {
		d.all = append(d.all, item{k, g.o.States[k].Digest()})
	}
	return d.letter()
}

// readDigests sends what the other side may lack, and our digests if it asked.
func (g *gossip) readDigests(d digests) {
	var differ []Kind
	var theirs []item
	for _, i := range d.all {
		if state := g.o.States[i.kind]; state != nil && !bytes.Equal(state.Digest(), i.body) {
			differ, theirs = append(differ, i.kind), append(theirs, i)
		}
	}
	send, proved := g.lacking(theirs)
	if len(send) > 0 {
		g.deliver(d.from, "", recordsLetter(send...))
	}
	if len(proved) > 0 {
		g.post.post(d.from, "", provedLetter(proved...))
	}
	if d.answer && len(differ) > 0 {
		g.deliver(d.from, "answer", g.digests(differ, false))
	}
}

// lacking returns what a node with other digests than ours may lack, as much as
// one letter takes: what anybody may bring, and what has to be proved.
func (g *gossip) lacking(theirs []item) (send, proved []item) {
	left := deltaBytes
	for _, i := range theirs {
		if left <= 0 {
			break
		}
		for _, m := range g.o.States[i.kind].Delta(i.body, left) {
			left -= len(m)
			if slices.Contains(g.o.Proved, i.kind) {
				proved = append(proved, item{i.kind, m})
			} else {
				send = append(send, item{i.kind, m})
			}
		}
	}
	return send, proved
}

// greet says hello to some members each second, and makes the letter for
// exchanges.
func (g *gossip) greet(stop <-chan struct{}) {
	for {
		g.refresh()
		for _, to := range g.nextTurn() {
			g.sayHello(to)
		}
		g.members.sweep()
		if !rest(stop, helloEvery*4/5+rand.N(helloEvery*2/5)) {
			return
		}
	}
}

// refresh sums up what we hold.
func (g *gossip) refresh() {
	var sums []item
	d := digests{from: g.self, answer: true}
	for _, k := range g.kinds {
		digest := g.o.States[k].Digest()
		sums = append(sums, item{k, sumUp(digest)})
		d.all = append(d.all, item{k, digest})
	}
	letter := d.letter()
	g.sums.Store(&sums)
	g.state.Store(&letter)
}

// nextTurn returns the members whose turn it is: everybody within four rounds.
func (g *gossip) nextTurn() (out []NodeID) {
	others := g.members.others()
	want := min(len(others), max(helloLeast, (len(others)+helloShare-1)/helloShare))
	for len(out) < want {
		if len(g.turn) == 0 {
			g.turn = slices.DeleteFunc(others, func(id NodeID) bool { return slices.Contains(out, id) })
			rand.Shuffle(len(g.turn), func(i, j int) { g.turn[i], g.turn[j] = g.turn[j], g.turn[i] })
			others = slices.Clone(g.turn)
		}
		out = append(out, g.turn[0])
		g.turn = g.turn[1:]
	}
	return out
}

// sayHello sends a packet, and a stream too where packets are not known to pass.
func (g *gossip) sayHello(to NodeID) {
	h := hello{from: g.self, packet: true, heard: g.members.heardAgo(to), sums: *g.sums.Load()}
	g.toss(to, h.letter())
	if g.members.way(to) != udpOK {
		h.packet = false
		g.post.post(to, "hello", h.letter())
	}
}

// rest waits and reports whether to go on.
func rest(stop <-chan struct{}, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-stop:
		return false
	}
}
