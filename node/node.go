package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"meridian/admin"
	"meridian/admin/api"
	"meridian/cluster"
	"meridian/dnsserver"
	"meridian/dnswire"
	"meridian/gateway"
	"meridian/healthprobe"
	"meridian/intent"
	"meridian/resolver"
	"meridian/secret"
	"meridian/store"
)

// Node is one running process of a service.
type Node struct {
	options  Options
	log      *slog.Logger
	started  time.Time
	steps    steps
	metrics  *metrics
	journal  *journal
	compiler *compiler

	disk     *store.Store
	self     *cluster.Identity
	replicas *replicas
	cluster  *cluster.Cluster // nil: this node has no others
	gateway  *gateway.Gateway // nil without the role
	apis     *apis            // likewise
	seen     sightings        // of backends, by other gateways
	ring     *secret.Ring     // nil: this node keeps no secrets
	tokens   atomic.Pointer[secret.Tokens]
	tokensMu sync.Mutex // held to replace tokens
	used     secret.Uses

	clock        intent.Clock // guarded by ordering
	ordering     sync.Mutex   // one command at a time
	changes      changes
	removalAt    time.Time // removals were last looked at; of lead
	shiftMu      sync.Mutex
	shifts       []planShift // of plans of the last minute; guarded by shiftMu
	drills       drills
	memberStates map[cluster.NodeID]string // as last written down; of the task that tells
	loadMu       sync.Mutex
	loadRing     []loadReading              // oldest first; guarded by loadMu
	wishes       saver                      // of intent
	listed       saver                      // of the registry
	rosterMu     sync.Mutex                 // held to have everything follow the registry
	sealed       saver                      // of secrets
	newest       map[string]cluster.Version // newest row heard of who votes, by key; of the cluster's worker

	reporting   sync.Mutex    // held to write a report
	turned      chan struct{} // a breaker has changed
	planNews    chan struct{} // there may be a newer plan
	proposed    atomic.Bool   // the file was looked at since the start
	refused     atomic.Pointer[refusedPlan]
	listedKeys  atomic.Pointer[[]cluster.NodeID] // whom the plan on disk lists under nodeKeys
	forked      atomic.Pointer[intent.PlanVersion]
	lastContact atomic.Pointer[time.Time]                 // with most locations
	present     atomic.Bool                               // this node has registered since it started
	names       atomic.Pointer[map[string]cluster.NodeID] // of registered nodes, for relays
	departing   atomic.Bool                               // this node is leaving
	enrolled    atomic.Bool                               // the others have been told of this node
	doubt       selfDoubt

	lasting func() context.Context // of what runs beside; it ends when Shutdown has begun
	end     context.CancelFunc     // of lasting
	aside   sync.WaitGroup         // what runs beside everything else

	resolver *resolver.Resolver
	flat     *resolver.Watch
	dns      *dnsserver.Server    // nil without the role
	prober   *healthprobe.Monitor // nil without the role
	admin    *admin.Server        // nil without the role
	pub      *publisher
	loader   *loader
	zone     *zoneChecker
	damage   []api.Problem                 // of state files, found at start
	saved    map[dnswire.Name][]netip.Addr // addresses on disk; of keepAddresses alone

	stop    sync.Once
	stopErr error
}

// New makes a node and binds its sockets: port 0 picks one. Nothing is served
// before Start. When it fails, nothing stays bound. Without a service document
// that can be compiled it takes the last one that could, from disk; without
// that it fails with everything that is wrong.
func New(o Options) (*Node, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	n := &Node{
		options: o, log: o.Logger, started: time.Now(), turned: make(chan struct{}, 1), planNews: make(chan struct{}, 1), newest: map[string]cluster.Version{},
		memberStates: map[cluster.NodeID]string{},
	}
	if err := o.Config.CheckFiles(); err != nil {
		return nil, err
	}
	n.lastContact.Store(&n.started)
	n.names.Store(&map[string]cluster.NodeID{})
	lasting, end := context.WithCancel(context.Background())
	n.lasting, n.end = func() context.Context { return lasting }, end
	for _, do := range []func() error{
		n.newBasics, n.newStore, n.newIdentity, n.newReplicas, n.newSecrets, n.newDrills, n.newCluster, n.newResolver, n.newProber,
		n.newServing, n.newLoader, n.newGateway, n.newDNS, n.newZoneChecker, n.newAdmin,
	} {
		if err := do(); err != nil {
			return nil, errors.Join(err, n.steps.unwind(context.Background(), n.log))
		}
	}
	return n, nil
}

func (n *Node) newBasics() (err error) {
	if n.metrics, err = newMetrics(n.options.Registry, n.options.Version); err != nil {
		return fmt.Errorf("registering metrics: %w", err)
	}
	if n.journal, err = newJournal(n.started); err != nil {
		return fmt.Errorf("making the event log: %w", err)
	}
	n.pub = newPublisher(n.log, n.metrics)
	n.pub.about = n.countBefore
	n.pub.told = func(prev, next *live) {
		n.journal.published(prev, next)
		n.tellGateway(next)
		n.serveRequests(next)
		n.followDrills(next)
		n.followForgotten(prev, next)
	}
	n.pub.spread = n.spreadRow
	n.compiler = &compiler{
		atlas: n.options.atlas, databases: n.options.Config.Geo.Databases, log: n.component("geo"),
		changed: func() { n.pub.do(n.retable) },
		node:    n.options.Config, secret: n.secretValue,
	}
	return nil
}

func (n *Node) component(name string) *slog.Logger { return n.log.With("component", name) }

func (n *Node) newStore() (err error) {
	if n.disk, err = store.Open(n.options.Config.DataDir); err != nil {
		return fmt.Errorf("opening the data directory: %w", err)
	}
	n.steps.push("store", func(context.Context) error { return n.disk.Close() })
	n.steps.push("what runs beside", n.waitAside)
	return nil
}

func (n *Node) newResolver() (err error) {
	n.resolver, err = resolver.New(resolver.Options{
		Servers: n.options.Config.Resolver.Servers, MaxNames: 2 * maxFlattened, Logger: n.component("resolver"), Registerer: n.options.Registry,
	})
	if err != nil {
		return fmt.Errorf("configuring the resolver: %w", err)
	}
	n.steps.push("resolver", n.resolver.Shutdown)
	n.flat, err = n.resolver.Watch(nil, func(name dnswire.Name, a resolver.Answer) {
		n.pub.do(func(p *publisher) { p.resolved(name, a) })
	})
	return err
}

func (n *Node) newDNS() (err error) {
	c := &n.options.Config.DNS
	if !n.options.Config.Roles.DNS {
		return nil
	}
	cookies, err := n.cookies()
	if err != nil {
		return err
	}
	n.dns, err = dnsserver.New(dnsserver.Options{
		Listen: c.Listen, NSID: c.NSID, Cookies: cookies,
		Limits: dnsserver.Limits{
			Connections: c.TCP.MaxConnections, PerSource: c.TCP.MaxPerClient, Queries: c.TCP.MaxQueries, IdleTimeout: c.TCP.IdleTimeout,
		},
		RateLimit:  rateLimit(c.RateLimit),
		Logger:     n.component("dns"),
		Registerer: n.options.Registry,
	})
	if err != nil {
		return fmt.Errorf("binding the dns server: %w", err)
	}
	n.steps.push("dns server", n.dns.Shutdown)
	n.pub.swap = n.dns.Publish
	return nil
}

// Start publishes and serves. It returns when the first query would be
// answered; where the plan comes from other nodes, when it would be refused
// because there is none yet.
func (n *Node) Start() error {
	go n.pub.run()
	n.steps.push("publisher", func(context.Context) error {
		close(n.pub.quit)
		<-n.pub.done
		return nil
	})
	n.resolver.Start()
	n.loadHealth()
	n.loadAddresses()
	if err := n.serveFirst(); err != nil {
		return err
	}
	for _, start := range []func() error{n.startListeners, n.startCluster, n.startProber} {
		if err := start(); err != nil {
			return err
		}
	}
	n.keepAddresses()
	n.startServing()
	n.loader.start()
	n.zone.start()
	n.options.Notify("READY=1")
	return nil
}

// serveFirst puts the first plan into service, where there is one.
func (n *Node) serveFirst() error {
	first := n.loader.first
	n.loader.first = nil
	if first == nil {
		n.log.Info("node waits for a plan")
		return nil
	}
	n.serve(first, n.loader.durable, n.loader.rejected)
	l := n.pub.current.Load()
	if l == nil {
		return fmt.Errorf("starting the node: %w: the answers of the first plan could not be built", ErrNotServing)
	}
	n.log.Info("node serves", "plan", l.serial, "source", l.source, "profiles", len(l.service.Plan.Profiles))
	return nil
}

// startListeners answers from now on.
func (n *Node) startListeners() error {
	if n.dns != nil {
		n.dns.Start()
	}
	if n.gateway != nil {
		if n.pub.current.Load() == nil {
			n.gateway.Apply(gateway.State{Off: true, Bare: true, Since: n.started})
		}
		if err := n.gateway.Start(); err != nil {
			return fmt.Errorf("starting the gateway: %w", err)
		}
	}
	if n.admin != nil {
		n.admin.Start()
	}
	return nil
}

// Shutdown stops everything, last started first, and returns when all is done
// or ctx has ended. It may be called without Start; called again it returns
// what it returned.
func (n *Node) Shutdown(ctx context.Context) error {
	n.stop.Do(func() {
		n.options.Notify("STOPPING=1")
		n.depart(ctx)
		n.end()
		n.loader.close(ctx)
		n.stopErr = n.steps.unwind(ctx, n.log)
	})
	return n.stopErr
}

// DNSAddrs returns the addresses the DNS server is bound to.
func (n *Node) DNSAddrs() []netip.AddrPort {
	if n.dns == nil {
		return nil
	}
	return n.dns.Addrs()
}

// AdminAddr returns the address of the admin listener; empty without one.
func (n *Node) AdminAddr() string {
	if n.admin == nil || n.admin.Addr() == nil {
		return ""
	}
	return n.admin.Addr().String()
}

// serve puts a generation into service and has everything follow it. rejected
// says why a newer document is not served.
func (n *Node) serve(g *generation, durable bool, rejected string) {
	before := n.pub.current.Load()
	if n.prober != nil {
		targets, err := g.targets()
		if err == nil {
			err = n.prober.SetTargets(targets)
		}
		if err != nil {
			n.log.Error("targets not set", "error", err)
		}
	}
	adopted := false
	n.pub.wait(func(p *publisher) {
		if n.prober != nil { // verdicts of the last run, before the first ruling
			p.hear(time.Now(), n.prober.Row())
		}
		adopted = p.adopt(g, durable, rejected)
	})
	if !adopted {
		return
	}
	n.trust(pinnedOf(g.service))
	if !g.current() { // a geo database was replaced while g was compiled
		n.pub.do(n.retable)
	}
	if err := n.flat.Set(g.flattenedNames()); err != nil {
		n.log.Error("names of endpoints not watched", "error", err)
	}
	n.follow(before, g)
	if before == nil {
		n.openGateway()
	}
}

// openGateway tells the others that this node's gateway can serve from now on,
// where they have been told of the node without.
func (n *Node) openGateway() {
	if !n.enrolled.Load() || n.departing.Load() {
		return
	}
	n.spawn(func() {
		n.register(intent.Active)
		n.rosterChanged()
	})
}

// follow starts the geo source of a new generation and stops that of the old.
func (n *Node) follow(before *live, g *generation) {
	if before != nil && before.geo == g.geo {
		return
	}
	if err := g.geo.Start(); err != nil {
		n.log.Error("geo databases not watched", "error", err)
	}
	if before == nil {
		n.steps.push("geo", func(ctx context.Context) error { return n.pub.current.Load().geo.Shutdown(ctx) })
		return
	}
	if err := before.geo.Shutdown(context.Background()); err != nil {
		n.log.Error("old geo databases not let go", "error", err)
	}
}

// retable rebuilds the client table after a geo database was replaced.
func (n *Node) retable(p *publisher) {
	if p.wanted == nil {
		return
	}
	next, err := p.wanted.retabled()
	if err != nil {
		n.log.Error("client table not rebuilt, the last one stays", "error", err)
		return
	}
	p.adopt(next, p.durable, p.rejected)
}

// gatherer shows the node's metrics and those of the geo source in use.
func (n *Node) gatherer() prometheus.Gatherer {
	return prometheus.GathererFunc(func() ([]*dto.MetricFamily, error) {
		all := prometheus.Gatherers{n.options.Registry}
		if l := n.pub.current.Load(); l != nil {
			all = append(all, l.geo.registry)
		}
		return all.Gather()
	})
}
