package cluster

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/hashicorp/memberlist"
)

// ErrStopped is returned by a Cluster that does not run.
var ErrStopped = errors.New("cluster does not run")

// Member is a node that gossip has heard of.
type Member struct {
	ID      NodeID
	Name    string        // from the roster; empty if it is not registered
	Address string        // of its gossip, host:port
	State   string        // alive, suspect, dead, left
	Since   time.Time     // when State began, here
	UDP     string        // ok, unreachable, one_way, unknown: packets between it and us
	RTT     time.Duration // of the last probe answered; 0: none yet
}

// goodbye is how long Leave waits for its message to go out.
const goodbye = 3 * time.Second

// Cluster is a node's part in the cluster.
type Cluster struct {
	o         Options
	keys      *KeyRing
	transport *transport
	gossip    *gossip
	streams   *streams
	odd       sparing

	mu      sync.Mutex // serializes Start, Leave and Shutdown
	state   phase
	stop    chan struct{}
	running sync.WaitGroup
}

// phase is how far a Cluster is.
type phase int

const (
	bound phase = iota
	serving
	ended
)

// New binds gossip and streams. Nothing is sent before Start.
func New(o Options) (*Cluster, error) {
	if err := o.validate(); err != nil {
		return nil, fmt.Errorf("reading cluster options: %w", err)
	}
	o = o.withDefaults()
	s, err := newStreams(o)
	if err != nil {
		return nil, err
	}
	c, err := assemble(o, s)
	if err != nil {
		_ = s.shutdown(context.Background()) // the error that counts is err
		return nil, err
	}
	return c, nil
}

// assemble makes a Cluster around its streams.
func assemble(o Options, s *streams) (*Cluster, error) {
	keys, err := newKeyRing(o.Keys)
	if err != nil {
		return nil, err
	}
	t, err := bindTransport(o, &guard{label: o.Label, keys: keys})
	if err != nil {
		return nil, err
	}
	c := &Cluster{o: o, keys: keys, transport: t, gossip: newGossip(o), streams: s, stop: make(chan struct{})}
	c.gossip.address, c.gossip.call = c.GossipAddr, s.call
	s.calls.add(callRecords, c.gossip.proved)
	t.refused, t.received = c.refused, c.gossip.members.heardOf
	t.sent = func(kind byte, body []byte) {
		c.gossip.metrics.sent.WithLabelValues(messageType(kind)).Inc()
		c.gossip.members.passedOn(kind, body)
	}
	if err := c.gossip.metrics.register(o.Registerer); err != nil {
		_ = t.Shutdown() // never fails
		return nil, fmt.Errorf("registering metrics of gossip: %w", err)
	}
	return c, nil
}

// refused counts what the guard kept out, and says so once a second.
func (c *Cluster) refused(path, from string, why error) {
	reason := "broken"
	var r refusal
	if errors.As(why, &r) {
		reason = string(r)
	}
	c.gossip.metrics.refused.WithLabelValues(path, reason).Inc()
	if reason == "broken" || c.transport.closed() {
		return
	}
	if skipped, ok := c.odd.allow(); ok {
		c.o.Logger.Warn("gossip refused", "path", path, "reason", reason, "address", from, "lines_skipped", skipped)
	}
}

// Start joins the cluster, and keeps joining it until Shutdown.
func (c *Cluster) Start() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state != bound {
		return ErrStopped
	}
	g := c.gossip
	g.refresh()
	d := &delegate{members: g.members, in: g.in, out: g.out, state: func() []byte { return *g.state.Load() }}
	list, err := memberlist.Create(configure(c.o, d, c.transport, c.keys, c.o.Logger))
	if err != nil {
		return fmt.Errorf("starting gossip: %w", err)
	}
	g.list.Store(list)
	c.transport.serve()
	for _, run := range []func(<-chan struct{}){g.listen, g.announce, g.speak, g.greet, g.rejoin} {
		c.running.Go(func() { run(c.stop) })
	}
	c.streams.start()
	c.state = serving
	return nil
}

// Leave says goodbye: others see us as left, not as failed. Gossip goes on until
// Shutdown.
func (c *Cluster) Leave(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state != serving {
		return ErrStopped
	}
	wait := goodbye
	if end, ok := ctx.Deadline(); ok {
		wait = max(min(wait, time.Until(end)), time.Millisecond)
	}
	if err := c.gossip.list.Load().Leave(wait); err != nil {
		return fmt.Errorf("leaving the cluster: %w", err)
	}
	return nil
}

// Shutdown ends everything of ours and waits for it. What memberlist has begun,
// a probe at most, ends by itself within seconds.
func (c *Cluster) Shutdown(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state == ended {
		return nil
	}
	c.state = ended
	close(c.stop)
	c.gossip.post.shut()
	err := c.streams.shutdown(ctx)
	if list := c.gossip.list.Load(); list != nil {
		err = errors.Join(err, list.Shutdown())
	} else {
		err = errors.Join(err, c.transport.Shutdown())
	}
	c.running.Wait()
	c.gossip.post.wg.Wait()
	if err != nil {
		return fmt.Errorf("ending the cluster: %w", err)
	}
	return nil
}

// Members returns everybody gossip has heard of, ourselves included, by id.
// What is dead or left is remembered for a day.
func (c *Cluster) Members() []Member {
	names := map[NodeID]string{c.gossip.self: c.o.Name}
	for _, p := range c.o.Roster() {
		names[p.ID] = p.Name
	}
	all := c.gossip.members.list()
	for i := range all {
		all[i].Name = names[all[i].ID]
	}
	return all
}

// Awareness is Lifeguard's score of our own slowness: 0 is healthy.
func (c *Cluster) Awareness() int { return c.gossip.awareness() }

// Broadcast sends a message to everybody soon, as well as it can. What gets
// lost is repaired within seconds. It does not block.
func (c *Cluster) Broadcast(k Kind, message []byte) { c.gossip.broadcast(k, message) }

// Call asks another node and waits for its answer. An error of the handler
// there is a *RemoteError.
func (c *Cluster) Call(ctx context.Context, to NodeID, method string, body []byte) ([]byte, error) {
	return c.streams.call(ctx, to, method, body)
}

// DialRelay opens a relay connection to a node.
func (c *Cluster) DialRelay(ctx context.Context, to NodeID) (net.Conn, error) {
	return c.streams.dialRelay(ctx, to)
}

// Relays accepts relay connections; each is also interface{ Peer() NodeID }.
func (c *Cluster) Relays() net.Listener { return c.streams.relays() }

// GossipAddr is where gossip is reached, as others are told.
func (c *Cluster) GossipAddr() string { return c.transport.advertise.String() }

// StreamsAddr is where streams are bound.
func (c *Cluster) StreamsAddr() string { return c.streams.addr() }

// Keys returns the ring of gossip keys.
func (c *Cluster) Keys() *KeyRing { return c.keys }
