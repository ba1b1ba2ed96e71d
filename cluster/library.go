package cluster

import (
	"bytes"
	"context"
	"io"
	"log"
	"log/slog"
	"time"

	"github.com/hashicorp/memberlist"
)

// Timings of membership: timeouts that a link around the world meets, intervals
// of a local network, so that a failure is seen in 4 to 24 s and not in 30 to
// 180 as with memberlist's own values for wide areas.
const (
	probeInterval = time.Second
	probeTimeout  = 800 * time.Millisecond // more than twice the longest round trip there is, 330 ms
	suspicionMult = 4
	suspicionMax  = 6 // times that, at most
	retransmit    = 8 // twice memberlist's own: a refutation must get through a fifth of loss
	gossipEvery   = 200 * time.Millisecond
	gossipTo      = 4 // nodes
	exchangeEvery = 30 * time.Second
	streamTimeout = 5 * time.Second // of a connection; several round trips and a loss

	// gossipToDead is how long the dead are spoken to, and kept. Who is away for
	// longer comes back by rejoining.
	gossipToDead = 30 * time.Second

	// reclaimAfter is how long a node must have been dead before it may be
	// elsewhere: long enough for a copy of a running node to be refused, short
	// enough that a rebuilt one is not waited for.
	reclaimAfter = 5 * time.Second

	packetSize = 1400 // bytes, with all of memberlist's own around them
)

// configure makes memberlist's configuration. There is no metadata, no
// compression, and nothing of the machine in it.
func configure(o Options, d *delegate, t *transport, ring *KeyRing, log *slog.Logger) *memberlist.Config {
	c := memberlist.DefaultWANConfig()
	c.Name = string(o.Identity.ID())
	c.Label = o.Label
	c.Transport = t
	c.BindPort, c.AdvertisePort = int(t.advertise.Port()), int(t.advertise.Port())
	c.TCPTimeout = streamTimeout
	c.ProbeInterval, c.ProbeTimeout = probeInterval, probeTimeout
	c.SuspicionMaxTimeoutMult = suspicionMax
	c.SuspicionMult, c.RetransmitMult = suspicionMult, retransmit
	c.GossipInterval, c.GossipNodes = gossipEvery, gossipTo
	c.GossipToTheDeadTime, c.DeadNodeReclaimTime = gossipToDead, reclaimAfter
	c.PushPullInterval = exchangeEvery
	c.EnableCompression = false
	c.Keyring = ring.library
	c.UDPBufferSize = packetSize
	c.DNSConfigPath = ""
	c.Delegate, c.Events, c.Alive, c.Ping = d, d.members, d.members, d.members
	c.LogOutput, c.Logger = nil, libraryLog(log)
	return c
}

// delegate is memberlist's view of us. It only puts things into queues, and
// hands out what lies ready.
type delegate struct {
	members *members
	in      *inbox
	out     *outbox
	state   func() []byte // for an exchange of states
}

// NodeMeta is memberlist.Delegate's. We have none.
func (d *delegate) NodeMeta(int) []byte { return nil }

// NotifyMsg is memberlist.Delegate's.
func (d *delegate) NotifyMsg(b []byte) { d.in.put(bytes.Clone(b)) }

// GetBroadcasts is memberlist.Delegate's.
func (d *delegate) GetBroadcasts(overhead, limit int) [][]byte { return d.out.next(overhead, limit) }

// LocalState is memberlist.Delegate's.
func (d *delegate) LocalState(bool) []byte { return d.state() }

// MergeRemoteState is memberlist.Delegate's.
func (d *delegate) MergeRemoteState(b []byte, _ bool) { d.in.put(bytes.Clone(b)) }

// libraryLog passes memberlist's lines on, at most one a second of each level.
// Where nobody would see them they are not even put together.
func libraryLog(to *slog.Logger) *log.Logger {
	if !to.Enabled(context.Background(), slog.LevelError) {
		return log.New(io.Discard, "", 0)
	}
	return log.New(&lines{to: to, spare: map[slog.Level]*sparing{
		slog.LevelDebug: {}, slog.LevelInfo: {}, slog.LevelWarn: {}, slog.LevelError: {},
	}}, "", 0)
}

// lines is the writer behind memberlist's log.
type lines struct {
	to    *slog.Logger
	spare map[slog.Level]*sparing
}

func (l *lines) Write(b []byte) (int, error) {
	level, text := levelOf(b)
	if !l.to.Enabled(context.Background(), level) {
		return len(b), nil
	}
	if skipped, ok := l.spare[level].allow(); ok {
		l.to.LogAttrs(context.Background(), level, "membership", slog.String("text", text), slog.Int("lines_skipped", skipped))
	}
	return len(b), nil
}

// levelOf reads a line of the form "[WARN] memberlist: text". What memberlist
// calls an error is one of the other side, mostly.
func levelOf(b []byte) (slog.Level, string) {
	mark, text, found := bytes.Cut(bytes.TrimSpace(b), []byte("] "))
	if !found {
		return slog.LevelDebug, string(b)
	}
	text = bytes.TrimPrefix(text, []byte("memberlist: "))
	switch string(mark) {
	case "[INFO":
		return slog.LevelInfo, string(text)
	case "[WARN", "[ERR", "[ERROR":
		return slog.LevelWarn, string(text)
	}
	return slog.LevelDebug, string(text)
}
