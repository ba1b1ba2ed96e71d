package node

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"time"

	"meridian/configs"
	"meridian/gateway"
	"meridian/gateway/backend"
	"meridian/gateway/limit"
	"meridian/gateway/pipeline"
	"meridian/secret"
)

// apis is what a node serves requests with; it follows what the publisher puts
// into service.
type apis struct {
	*pipeline.Pipeline
	hosts   *hosts
	guard   *guard
	limiter *limit.Limiter
	config  *configs.NodeGateway
	version *configs.Service // that the pipeline has; of the publisher
}

const (
	// sessionPurpose names what the key of session cookies is derived for.
	sessionPurpose = "session cookies"
	// sessionBlob is where that key is kept where there are no others.
	sessionBlob = "sessions"
	// observeEvery is how often the pools are looked at for the deep status.
	observeEvery = time.Second
)

// newServing makes what serves requests here.
func (n *Node) newServing() (err error) {
	c := n.options.Config.Gateway
	if c == nil {
		return nil
	}
	s := &apis{config: c, guard: newGuard(c), limiter: limit.New(limit.Options{})}
	if s.hosts, err = n.newHosts(); err != nil {
		return err
	}
	key, err := n.sessionKey()
	if err != nil {
		return err
	}
	s.Pipeline, err = pipeline.New(pipeline.Options{
		Backends: backend.Options{
			Names: s.hosts, Near: n.near, Allowed: s.guard.allows, Dial: s.guard.dial, SessionKey: key, Changed: n.breakerChanged,
		},
		Limiter: s.limiter, Arrival: arrivalOf, Logger: n.component("pipeline"), Registerer: n.options.Registry,
	})
	if err != nil {
		return fmt.Errorf("making the pipeline: %w", err)
	}
	n.apis = s
	n.steps.push("pipeline", s.Shutdown)
	return nil
}

// startServing keeps addresses on disk, looks at the pools, and tells the other
// gateways of the location what the limits have counted.
func (n *Node) startServing() {
	if n.apis == nil {
		return
	}
	n.steps.push("last addresses of backends on disk", func(context.Context) error { return n.apis.hosts.save() })
	n.every("addresses of backends on disk", healthEvery, func() {
		if err := n.apis.hosts.save(); err != nil {
			n.log.Warn("addresses of backends not saved", "error", err)
		}
	})
	n.every("share of the pools", observeEvery, func() { n.apis.Observe(time.Now()) })
	n.every("limits of the location", limitsEvery, n.tellLimits)
	n.whenever("breakers in reports", n.turned, breakersEvery, n.spreadReport)
}

// serveRequests has requests served as what is in service says. The publisher
// calls it after each publish.
func (n *Node) serveRequests(l *live) {
	if n.apis == nil {
		return
	}
	s := n.apis
	if s.version != l.service {
		c := pipelineOf(l.service, n.options.Config)
		if err := s.hosts.follow(c); err != nil {
			n.log.Error("names of backends not watched", "error", err)
		}
		if err := s.Apply(c); err != nil { // it was checked when it was compiled: a defect, and no reason to stop serving
			n.log.Error("apis not taken up, the last ones stay", "error", err)
			return
		}
		s.version = l.service
	}
	s.Order(ordersOf(l))
	s.Renew() // names of ours may have another answer
	n.breakersTurned()
}

// arrivalOf tells the pipeline what the gateway knows of a request.
func arrivalOf(ctx context.Context) pipeline.Arrival {
	a, _ := gateway.ArrivalOf(ctx)
	return pipeline.Arrival{ID: a.ID, Client: a.Client.Addr(), Scheme: a.Scheme, From: a.From}
}

// sessionKey returns the key under which clients are kept at their backends. The
// nodes of a cluster share it; a node without others makes its own and keeps it.
func (n *Node) sessionKey() ([]byte, error) {
	if c := n.options.Config.Cluster; c != nil {
		keys, err := configs.ReadGossipKeys(c.KeyFile)
		if err != nil {
			return nil, err
		}
		derived := secret.Derive(keys[0], sessionPurpose, 0)
		return derived[:], nil
	}
	saved, known, err := n.load(sessionBlob)
	if known && err == nil && len(saved.Data) == sha256.Size {
		return saved.Data, nil
	}
	if err != nil {
		n.log.Warn("key of session cookies of the last run not used", "error", err)
	}
	key := make([]byte, sha256.Size)
	_, _ = rand.Read(key) // never fails: it ends the process instead
	if err := n.disk.Save(sessionBlob, key); err != nil {
		n.log.Warn("key of session cookies not saved, clients will change backends after a restart", "error", err)
	}
	return key, nil
}
