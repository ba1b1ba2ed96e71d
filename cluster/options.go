package cluster

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"

	"github.com/prometheus/client_golang/prometheus"
)

// Network is what a node talks over.
type Network interface {
	ListenPacket(addr string) (net.PacketConn, error)
	Listen(addr string) (net.Listener, error)
	Dial(ctx context.Context, addr string) (net.Conn, error)
}

// Peer is a registered node as the cluster needs to know it.
type Peer struct {
	ID   NodeID
	Key  ed25519.PublicKey
	Name string

	Gossip, Streams string // host:port; empty: unknown
}

// Handler answers a Call. What it returns belongs to the caller.
type Handler func(ctx context.Context, from NodeID, body []byte) ([]byte, error)

// Options are a Cluster's.
type Options struct {
	Label    string    // the cluster's name, 1 .. 255 bytes; nodes of other labels are strangers
	Identity *Identity // who we are
	Name     string    // what we are called

	Bind      string   // gossip, UDP and TCP, ip:port; port 0: any that is free
	Advertise string   // where others reach Bind, ip:port; empty: what is bound
	Join      []string // gossip addresses to keep trying, host:port; a name is looked up each time

	// Keys encrypt gossip, 16, 24 or 32 bytes each; the first is used, all are
	// understood. At least one is required, at most 8 are kept.
	Keys [][]byte

	Streams string  // where calls and relays are listened for, ip:port
	Network Network // nil: the machine's own

	States map[Kind]State // what is replicated; at most 16 kinds

	// Proved are kinds whose records are taken over peer streams only, from nodes
	// that Trusted lets in. Who has a gossip key can send any record again, and
	// claim any age for it, which is not signed.
	Proved []Kind

	// Changed hears that something of a kind is news. It is called from one
	// goroutine; several changes may be one call. It may be nil.
	Changed func(Kind)

	Trusted  func(ed25519.PublicKey) error // who may open streams here (nil: everybody)
	Roster   func() []Peer                 // registered nodes, ourselves or not; nil: none
	Handlers map[string]Handler            // by method

	Logger     *slog.Logger          // nil: silence
	Registerer prometheus.Registerer // nil: no metrics
}

const (
	maxLabel = 255
	maxKinds = 16
	maxKeys  = 8
)

func (o *Options) validate() error {
	var errs []error
	if o.Identity == nil {
		errs = append(errs, errors.New("identity: want one"))
	}
	if o.Label == "" || len(o.Label) > maxLabel {
		errs = append(errs, fmt.Errorf("label %.20q of %d bytes: want 1 .. %d", o.Label, len(o.Label), maxLabel))
	}
	return errors.Join(append(errs, o.checkKeys(), o.checkStates(), o.checkAdvertise())...)
}

func (o *Options) checkKeys() error {
	if len(o.Keys) == 0 || len(o.Keys) > maxKeys {
		return fmt.Errorf("%d gossip keys: want 1 .. %d", len(o.Keys), maxKeys)
	}
	for i, k := range o.Keys {
		if err := checkKey(k); err != nil {
			return fmt.Errorf("gossip key %d: %w", i+1, err)
		}
	}
	return nil
}

func (o *Options) checkStates() error {
	if len(o.States) > maxKinds {
		return fmt.Errorf("%d kinds: want at most %d", len(o.States), maxKinds)
	}
	for k, s := range o.States {
		if k == "" || len(k) > maxKind || s == nil {
			return fmt.Errorf("kind %.40q: want a name of 1 .. %d bytes and a state", k, maxKind)
		}
	}
	return nil
}

func (o *Options) checkAdvertise() error {
	if o.Advertise == "" {
		return nil
	}
	if at, err := netip.ParseAddrPort(o.Advertise); err != nil || at.Addr().IsUnspecified() || at.Port() == 0 {
		return fmt.Errorf("advertise %.60q: want ip:port", o.Advertise)
	}
	return nil
}

// withDefaults fills in what may be left out.
func (o Options) withDefaults() Options {
	if o.Network == nil {
		o.Network = machine{}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Changed == nil {
		o.Changed = func(Kind) {}
	}
	if o.Roster == nil {
		o.Roster = func() []Peer { return nil }
	}
	if o.Trusted == nil {
		o.Trusted = func(ed25519.PublicKey) error { return nil }
	}
	return o
}
