package node

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"meridian/admin/api"
	"meridian/cluster"
	"meridian/dnswire"
	"meridian/gateway"
	"meridian/intent"
	"meridian/routing"
)

// newGateway binds the gateway, as the node file says.
func (n *Node) newGateway() (err error) {
	c := n.options.Config.Gateway
	if c == nil {
		return nil
	}
	o := gateway.Options{
		Local: n.apis, Deep: n.apis.Healthy, Claims: n.apis.Claims, Router: arriving{n}, Peers: &relays{node: n, transports: map[cluster.NodeID]*http.Transport{}},
		Node: n.options.Config.Name, Location: string(n.options.Config.Location),
		Limits: gateway.Limits{
			Connections: c.Limits.MaxConnections, HeaderBytes: c.Limits.MaxHeaderBytes, Header: c.Limits.HeaderTimeout,
			Idle: c.Limits.IdleTimeout, Stall: c.Limits.StallTimeout, Relays: c.Limits.MaxRelays, LogRate: logRate(c),
		},
		Trusted: c.TrustedProxies,
		Logger:  n.component("gateway"), Registerer: n.options.Registry,
	}
	for _, l := range c.Listen {
		o.Listen = append(o.Listen, gateway.Listener{Address: l.Address, TLS: l.TLS != nil})
		if l.TLS != nil {
			o.Certificates = append(o.Certificates, gateway.Certificate{CertFile: l.TLS.Certificate, KeyFile: l.TLS.Key})
		}
	}
	if o.AccessLog, err = n.openAccessLog(); err != nil {
		return err
	}
	if n.cluster != nil {
		o.Relays, o.PeerOf = n.cluster.Relays(), n.peerOf
	}
	if n.gateway, err = gateway.New(o); err != nil {
		return fmt.Errorf("binding the gateway: %w", err)
	}
	n.steps.push("gateway", n.gateway.Shutdown)
	return nil
}

// peerOf names the node at the other end of a relay connection.
func (n *Node) peerOf(c net.Conn) string {
	if p, proved := c.(interface{ Peer() cluster.NodeID }); proved {
		return n.nameOf(p.Peer())
	}
	return ""
}

// gatewayPort is the port clients reach the gateway at: that of the listener
// with TLS, where there is one.
func (n *Node) gatewayPort() int {
	c := n.options.Config.Gateway
	at := slices.Index(c.Listen, c.Public())
	if a, ok := n.gateway.Addrs()[at].(*net.TCPAddr); ok {
		return a.Port
	}
	return 0
}

// GatewayAddrs returns the addresses the gateway is bound to.
func (n *Node) GatewayAddrs() []net.Addr {
	if n.gateway == nil {
		return nil
	}
	return n.gateway.Addrs()
}

// relays implements gateway.Peers over the cluster's streams.
type relays struct {
	node       *Node
	mu         sync.Mutex
	transports map[cluster.NodeID]*http.Transport
}

// RelayTransport returns what carries requests to a node, by name; nil where
// no node of that name is registered.
func (r *relays) RelayTransport(node string) http.RoundTripper {
	m, known := (*r.node.names.Load())[node]
	if !known || r.node.cluster == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	t := r.transports[m]
	if t == nil {
		t = gateway.NewTransport(func(ctx context.Context) (net.Conn, error) { return r.node.cluster.DialRelay(ctx, m) })
		r.transports[m] = t
	}
	return t
}

// arriving implements gateway.Router with the live snapshot.
type arriving struct{ *Node }

// Arrive says where a request is to be served.
func (n arriving) Arrive(host string, client netip.Addr) gateway.Route {
	l := n.pub.current.Load()
	here := n.options.Config.Location
	if l == nil {
		return gateway.Route{Refuse: true, Reason: gateway.ReasonUnavailable}
	}
	if l.directHost(host, here) {
		return n.arriveDirect(here, client)
	}
	if !l.off(here) && !n.departing.Load() && !n.unassigned(l.generation) {
		return gateway.Route{Location: here, Here: true}
	}
	return n.elsewhere(l, host, client, here)
}

// directHost reports whether a host is a location's direct name.
func (l *live) directHost(host string, here routing.LocationName) bool {
	name := l.service.Name + "-" + string(here) + "-01.direct."
	rest, ok := strings.CutPrefix(host, name)
	return ok && dnswire.Name(rest+".") == l.service.Zones[0].Origin
}

// arriveDirect serves who may test a location that is off.
func (n *Node) arriveDirect(here routing.LocationName, client netip.Addr) gateway.Route {
	for _, p := range n.options.Config.Gateway.Direct {
		if p.Contains(client) {
			return gateway.Route{Location: here, Here: true, Direct: true}
		}
	}
	return gateway.Route{Refuse: true, Reason: gateway.ReasonDirectDenied, Direct: true}
}

// off reports whether a location is switched off, by an operator or a drill
// that has not yielded.
func (l *live) off(name routing.LocationName) bool {
	id, known := l.structure.LocationID(name)
	return known && l.state.Locations[id].Switch != routing.On
}

// elsewhere decides for a request that came to a location that is off: the
// decision that DNS would take for the client now.
func (n *Node) elsewhere(l *live, host string, client netip.Addr, here routing.LocationName) gateway.Route {
	profile, ok := l.profileOf(host)
	if !ok {
		return gateway.Route{Location: here, Here: true} // a service without locations to answer
	}
	bits := uint8(client.BitLen())
	var d routing.Decision
	l.snapshot.Decide(&routing.Query{
		Profile: profile, Family: routing.IPv4, Client: routing.Client{Addr: client, Bits: bits}, Draw: rand.Uint64(),
	}, &d)
	out := gateway.Route{Late: true, OffSince: n.offSince(l, here), TTL: time.Duration(d.TTL) * time.Second}
	if d.Set == routing.NoSet {
		out.Refuse, out.Reason = true, gateway.ReasonNoMatch
		if d.Reason != routing.ReasonNoMatch {
			out.Reason = gateway.ReasonUnavailable
		}
		return out
	}
	out.Location = here
	if set := l.snapshot.Set(d.Set); set.Location != routing.NoLocation {
		out.Location = l.service.Plan.Locations[set.Location].Name
	}
	nodes := n.gatewaysAt(l, out.Location)
	switch {
	case out.Location == here && (!n.departing.Load() || len(nodes) == 0): // nothing else is up
		out.Here, out.Late = true, false
	case l.lossDrill(here):
		out.Refuse, out.Reason = true, gateway.ReasonDrillLoss
	default:
		out.Nodes = nodes
	}
	return out
}

// profileOf finds the profile that answers a host, the gateway profile for
// hosts that are none of ours.
func (l *live) profileOf(host string) (routing.ProfileID, bool) {
	if name, err := dnswire.ParseHostName(host); err == nil {
		if id, ok := l.view.Lookup(name); ok {
			return id, true
		}
	}
	return l.structure.ProfileID(routing.ProfileName(l.service.Name))
}

// gatewaysAt lists the nodes whose gateways can take a request for a location,
// those that are not down first.
func (n *Node) gatewaysAt(l *live, location routing.LocationName) []string {
	id, known := l.structure.LocationID(location)
	if !known {
		return nil
	}
	var up, down []string
	for _, g := range l.state.Locations[id].Gateways {
		switch {
		case g.Node == n.options.Config.Name || slices.Contains(up, g.Node) || slices.Contains(down, g.Node):
		case g.Health == routing.Down:
			down = append(down, g.Node)
		default:
			up = append(up, g.Node)
		}
	}
	return append(up, down...)
}

// lossDrill reports whether a drill plays that a location is lost.
func (l *live) lossDrill(name routing.LocationName) bool {
	e, said := l.outcome.Effective[intent.Target{Object: intent.LocationObject(string(name)), Property: intent.DisableGateway}]
	if !said || e.Drill == nil {
		return false
	}
	var d struct {
		Mode string `json:"mode"`
	}
	return json.Unmarshal(e.Drill.Detail, &d) == nil && d.Mode == "loss"
}

// offSince returns when a location went off, by our clock.
func (n *Node) offSince(l *live, name routing.LocationName) time.Time {
	e, said := l.outcome.Effective[intent.Target{Object: intent.LocationObject(string(name)), Property: intent.DisableGateway}]
	if said {
		if h := counting(&e); h != nil {
			return l.folded.Add(-h.Age)
		}
	}
	return l.applied
}

// tellGateway has the gateway follow whether its location is off.
func (n *Node) tellGateway(l *live) {
	if n.gateway == nil {
		return
	}
	here := n.options.Config.Location
	s := gateway.State{Off: l.off(here) || n.unassigned(l.generation)}
	if s.Off {
		s.Since, s.TTL = n.offSince(l, here), l.largestTTL()
	}
	n.gateway.Apply(s)
}

// largestTTL is the largest TTL of the names that answer locations.
func (l *live) largestTTL() time.Duration {
	most := uint32(0)
	for i := range l.service.Plan.Profiles {
		for j := range l.service.Plan.Profiles[i].Endpoints {
			if l.service.Plan.Profiles[i].Endpoints[j].Target.Kind == routing.TargetLocation {
				most = max(most, l.service.Plan.Profiles[i].TTL)
				break
			}
		}
	}
	return time.Duration(most) * time.Second
}

// relayable refuses to switch a location off whose late clients nobody could
// carry on: a relay of another location has to answer.
func (n *Node) relayable(ctx context.Context, l *live, off routing.LocationName) error {
	if n.cluster == nil {
		return nil
	}
	relays := slices.DeleteFunc(n.others(), func(r registration) bool {
		return r.location == off || !r.Has(intent.RoleGateway) || l.off(r.location)
	})
	if len(relays) == 0 || n.hasGatewayOutside(off) {
		return nil
	}
	errs := n.dialRelays(ctx, relays)
	if len(errs) < len(relays) {
		return nil
	}
	return api.Errorf(api.Conflict, "no relay of another location answers: late clients of %s would be refused (%s); say --bypass %s with a reason to disable it all the same",
		off, strings.Join(errs, "; "), ruleRelay)
}

// dialRelays returns why relays cannot be reached, those that cannot; it returns
// as soon as one can.
func (n *Node) dialRelays(ctx context.Context, relays []registration) (errs []string) {
	ctx, cancel := context.WithTimeout(ctx, pushTime)
	defer cancel()
	outcomes := make(chan error, len(relays))
	for _, r := range relays {
		n.spawn(func() {
			c, err := n.cluster.DialRelay(ctx, r.id)
			if err == nil {
				_ = c.Close() // it has answered
			} else {
				err = fmt.Errorf("%s: %w", r.Name, err)
			}
			outcomes <- err
		})
	}
	for range relays {
		err := <-outcomes
		if err == nil {
			return errs
		}
		errs = append(errs, err.Error())
	}
	return errs
}

// hasGatewayOutside reports whether this node's own gateway can take requests of
// a location.
func (n *Node) hasGatewayOutside(off routing.LocationName) bool {
	return n.gateway != nil && n.options.Config.Location != off
}

// arrivalCounts are the requests that came to this node's gateway, by outcome.
func (n *Node) arrivalCounts() map[string]uint64 {
	if n.gateway == nil {
		return nil
	}
	out := map[string]uint64{}
	for outcome, c := range n.gateway.Counts().Outcomes {
		out[string(outcome)] = c.Requests
	}
	return out
}

// answerCounts are the answers this node gave, by location.
func (n *Node) answerCounts(l *live) map[string]uint64 {
	if n.dns == nil || l.view == nil {
		return nil
	}
	out := map[string]uint64{}
	for name, count := range l.view.LocationAnswers() {
		out[string(name)] = count
	}
	return out
}
