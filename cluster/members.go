package cluster

import (
	"cmp"
	"math"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/hashicorp/memberlist"
)

// What a member is.
const (
	stateAlive   = "alive"
	stateSuspect = "suspect"
	stateDead    = "dead"
	stateLeft    = "left"
)

// What becomes of packets between a member and us.
const (
	udpOK          = "ok"
	udpUnreachable = "unreachable" // none arrive, either way
	udpOneWay      = "one_way"     // one side hears the other
	udpUnknown     = "unknown"     // too early to say
)

const (
	udpFresh   = 15 * time.Second // how long a packet proves a way
	keepMember = 24 * time.Hour   // how long the dead are remembered
)

// members is what we know of who is there. memberlist's callbacks write it, and
// are done at once.
type members struct {
	self NodeID

	mu         sync.Mutex
	all        map[NodeID]*member
	suspicions int // members that became suspect, so far
	failures   int // members that failed, so far
}

type member struct {
	node  memberlist.Node // a copy: memberlist changes its own
	state string
	since time.Time
	rtt   time.Duration

	accused, proved uint32 // greatest incarnations of suspicion and life that we passed on

	heard, told time.Time // when a packet of theirs last came here; of ours, there
}

func newMembers(self NodeID) *members {
	return &members{self: self, all: map[NodeID]*member{}}
}

// NotifyAlive is memberlist.AliveDelegate's: who may be a member at all.
func (m *members) NotifyAlive(n *memberlist.Node) error {
	if _, err := ParseNodeID(n.Name); err != nil {
		return err
	}
	ip, ok := netip.AddrFromSlice(n.Addr)
	if !ok || ip.IsUnspecified() || n.Port == 0 || len(n.Meta) > 0 {
		return refusedMalformed
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.all[NodeID(n.Name)] == nil && len(m.all) >= maxNodes && !m.forget() {
		return refusedFlood
	}
	return nil
}

// forget drops the member that has been gone the longest; m.mu is held.
func (m *members) forget() bool {
	var oldest NodeID
	for id, e := range m.all {
		if gone(e.state) && (oldest == "" || e.since.Before(m.all[oldest].since)) {
			oldest = id
		}
	}
	delete(m.all, oldest)
	return oldest != ""
}

func gone(state string) bool { return state == stateDead || state == stateLeft }

// NotifyJoin is memberlist.EventDelegate's.
func (m *members) NotifyJoin(n *memberlist.Node) { m.set(n, stateAlive) }

// NotifyUpdate is memberlist.EventDelegate's. There is nothing to update.
func (m *members) NotifyUpdate(*memberlist.Node) {}

// NotifyLeave is memberlist.EventDelegate's. Whether the member failed or said
// goodbye shows in the message that is passed on.
func (m *members) NotifyLeave(n *memberlist.Node) { m.set(n, stateDead) }

func (m *members) set(n *memberlist.Node, state string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	e := m.all[NodeID(n.Name)]
	if e == nil {
		e = &member{}
		m.all[NodeID(n.Name)] = e
	}
	if state == stateDead && !gone(e.state) {
		m.failures++
	}
	if state == stateAlive {
		*e = member{} // another life: incarnations begin anew
	}
	e.node, e.state, e.since = *n, state, time.Now()
}

// AckPayload is memberlist.PingDelegate's.
func (m *members) AckPayload() []byte { return nil }

// NotifyPingComplete is memberlist.PingDelegate's.
func (m *members) NotifyPingComplete(n *memberlist.Node, rtt time.Duration, _ []byte) {
	m.with(NodeID(n.Name), func(e *member) { e.rtt = rtt })
}

// with changes a member, if there is such.
func (m *members) with(id NodeID, change func(*member)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if e := m.all[id]; e != nil {
		change(e)
	}
}

// passedOn sees what we send of memberlist's: it passes on the changes that it
// believes, and has no other way to show suspicions. Now and then its queue
// loses one (two messages of one length, when it runs empty), so lives are
// taken from what comes in too, and no suspicion is believed for ever.
func (m *members) passedOn(kind byte, body []byte) {
	switch kind {
	case wireSuspect, wireDead:
		m.rumour(body, func(e *member, incarnation uint32, fields map[string]field) {
			if kind == wireSuspect {
				m.accuse(e, incarnation)
			} else if e.state == stateDead && fields["From"].text == fields["Node"].text {
				e.state = stateLeft
				m.failures--
			}
		})
	case wireAlive:
		m.heardOf(kind, body)
	}
}

// heardOf sees what others send of memberlist's.
func (m *members) heardOf(kind byte, body []byte) {
	if kind != wireAlive {
		return
	}
	m.rumour(body, func(e *member, incarnation uint32, _ map[string]field) {
		e.proved = max(e.proved, incarnation)
		if e.state == stateSuspect && e.proved > e.accused {
			e.state, e.since = stateAlive, time.Now()
		}
	})
}

// rumour reads a message about a member we know.
func (m *members) rumour(body []byte, act func(*member, uint32, map[string]field)) {
	fields, _, ok := cutFields(body)
	if !ok {
		return
	}
	m.with(NodeID(fields["Node"].text), func(e *member) { act(e, uint32(fields["Incarnation"].number), fields) })
}

func (m *members) accuse(e *member, incarnation uint32) {
	if e.state != stateAlive || incarnation < e.proved {
		return
	}
	e.accused = max(e.accused, incarnation)
	e.state, e.since = stateSuspect, time.Now()
	m.suspicions++
}

// heardFrom notes a hello: that a packet came, and how long ago the sender last
// had a packet of ours (negative: never).
func (m *members) heardFrom(id NodeID, packet bool, ago time.Duration) {
	now := time.Now()
	m.with(id, func(e *member) {
		if packet {
			e.heard = now
		}
		if at := now.Add(-ago); ago >= 0 && at.After(e.told) {
			e.told = at
		}
	})
}

// heardAgo returns how long ago a packet of a member came; negative: never.
func (m *members) heardAgo(id NodeID) (ago time.Duration) {
	ago = -1
	m.with(id, func(e *member) {
		if !e.heard.IsZero() {
			ago = time.Since(e.heard)
		}
	})
	return ago
}

// udp says what becomes of packets between a member and us.
func (e *member) udp(now time.Time) string {
	here, there := now.Sub(e.heard) <= udpFresh, now.Sub(e.told) <= udpFresh
	switch {
	case gone(e.state):
		return udpUnknown
	case here && there:
		return udpOK
	case now.Sub(e.since) <= udpFresh:
		return udpUnknown
	case here || there:
		return udpOneWay
	}
	return udpUnreachable
}

// list returns everybody, by id.
func (m *members) list() []Member {
	now := time.Now()
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []Member
	for id, e := range m.all {
		x := Member{ID: id, Address: e.node.Address(), State: e.state, Since: e.since, UDP: e.udp(now), RTT: e.rtt}
		if id == m.self {
			x.UDP = udpOK
		}
		out = append(out, x)
	}
	slices.SortFunc(out, func(a, b Member) int { return cmp.Compare(a.ID, b.ID) })
	return out
}

// others returns who lives, without ourselves.
func (m *members) others() (out []NodeID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for id, e := range m.all {
		if id != m.self && !gone(e.state) {
			out = append(out, id)
		}
	}
	return out
}

// node returns a live member as memberlist takes it.
func (m *members) node(id NodeID) (n memberlist.Node, ok bool) {
	m.with(id, func(e *member) { n, ok = e.node, !gone(e.state) })
	return n, ok
}

// sweep forgets who has been gone for long, and suspicions that memberlist has
// decided by now: it would have said so had it found them right.
func (m *members) sweep() {
	m.mu.Lock()
	defer m.mu.Unlock()
	longest := time.Duration(suspicionMult*suspicionMax*max(1, math.Log10(float64(len(m.all))))) * probeInterval
	for id, e := range m.all {
		if e.state == stateSuspect && time.Since(e.since) > longest {
			e.state, e.since = stateAlive, time.Now()
		}
		if gone(e.state) && time.Since(e.since) > keepMember {
			delete(m.all, id)
		}
	}
}

func (m *members) counts() (suspicions, failures int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.suspicions, m.failures
}

// way says what becomes of packets between a member and us.
func (m *members) way(id NodeID) (udp string) {
	udp = udpUnknown
	m.with(id, func(e *member) { udp = e.udp(time.Now()) })
	return udp
}
