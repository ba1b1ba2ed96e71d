package node

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"meridian/admin/api"
	"meridian/cluster"
	"meridian/configs"
	"meridian/gateway/backend"
	"meridian/gateway/breaker"
	"meridian/intent"
)

// backendsAPI implements admin.BackendSource.
type backendsAPI struct{ *Node }

const (
	// callBackends asks a gateway for its backends.
	callBackends = "backends"
	// backendsTime is how long another gateway may take to tell of its backends.
	backendsTime = time.Second
)

// sightings are the backends as gateways saw them last, by node; those that
// cannot be asked are shown as they were.
type sightings struct {
	mu   sync.Mutex
	last map[cluster.NodeID]sighting
}

// sighting is what a gateway sees of its backends, by name.
type sighting map[string]api.BackendState

// Backends lists the backends of the plan.
func (n backendsAPI) Backends(ctx context.Context) ([]api.Backend, error) {
	l, err := n.serving()
	if err != nil {
		return nil, err
	}
	seen := n.sightings(ctx)
	var out []api.Backend
	for i := range l.service.Backends {
		out = append(out, n.showBackend(l, &l.service.Backends[i], seen))
	}
	return out, nil
}

// Backend shows one.
func (n backendsAPI) Backend(ctx context.Context, name string) (api.Backend, error) {
	l, err := n.serving()
	if err != nil {
		return api.Backend{}, err
	}
	for i := range l.service.Backends {
		if b := &l.service.Backends[i]; strings.EqualFold(b.Name, name) {
			return n.showBackend(l, b, n.sightings(ctx)), nil
		}
	}
	err = api.Errorf(api.NotFound, "backend %q: no such backend in the plan", name)
	return api.Backend{}, l.poolNamed(intent.BackendObject(strings.ToLower(name)), err)
}

// poolNamed returns what to say instead of err where an object that was taken for
// a backend is a pool.
func (l *live) poolNamed(o intent.Object, err error) error {
	if o.Kind() != "backend" {
		return err
	}
	for i := range l.service.Pools {
		p := &l.service.Pools[i]
		if !strings.EqualFold(p.Name, o.Name()) {
			continue
		}
		var members []string
		for _, m := range p.Members {
			members = append(members, m.Backend)
		}
		return api.Errorf(api.NotFound, "%q is a pool: its members are %s", p.Name, strings.Join(members, ", "))
	}
	return err
}

func (n backendsAPI) showBackend(l *live, b *configs.Backend, seen []sighting) api.Backend {
	object := intent.BackendObject(strings.ToLower(b.Name))
	out := api.Backend{
		Name: b.Name, URL: b.URL.Redacted(), Region: b.Region, Rule: ruleText(b.Breaker),
		Settings: n.settings(l, object, intent.BackendStatus, intent.Breaker),
		Disabled: l.outcome.At(intent.Target{Object: object, Property: intent.BackendStatus}).Text == textDisabled,
	}
	for i := range l.service.Pools {
		for _, m := range l.service.Pools[i].Members {
			if strings.EqualFold(m.Backend, b.Name) {
				out.Pools = append(out.Pools, api.PoolMember{Pool: l.service.Pools[i].Name, Priority: m.Priority, Weight: m.Weight})
			}
		}
	}
	for _, s := range seen {
		if state, known := s[strings.ToLower(b.Name)]; known {
			out.Nodes = append(out.Nodes, state)
		}
	}
	slices.SortFunc(out.Nodes, func(a, b api.BackendState) int {
		return compareText(a.Location+"/"+a.Node, b.Location+"/"+b.Node)
	})
	return out
}

// ruleText says in a sentence what trips a breaker.
func ruleText(r *configs.BreakerRule) string {
	switch {
	case r == nil:
		return ""
	case r.Percentage > 0:
		return fmt.Sprintf("%d%% failures in %v, open for %v", r.Percentage, r.Interval, r.TripDuration)
	}
	return fmt.Sprintf("%d failures in %v, open for %v", r.Count, r.Interval, r.TripDuration)
}

// sightings asks every gateway for its backends.
func (n *Node) sightings(ctx context.Context) []sighting {
	ctx, cancel := context.WithTimeout(ctx, backendsTime)
	defer cancel()
	var all sync.WaitGroup
	known := map[cluster.NodeID]bool{}
	for _, r := range n.others() {
		if !r.Has(intent.RoleGateway) {
			continue
		}
		known[r.id] = true
		all.Go(func() { n.look(ctx, r.id) })
	}
	all.Wait()
	var out []sighting
	if n.apis != nil {
		out = append(out, n.sight(time.Now()))
	}
	n.seen.mu.Lock()
	defer n.seen.mu.Unlock()
	for id, s := range n.seen.last {
		if known[id] {
			out = append(out, s)
		}
	}
	return out
}

// look asks a gateway for its backends.
func (n *Node) look(ctx context.Context, id cluster.NodeID) {
	var s sighting
	answer, err := n.cluster.Call(ctx, id, callBackends, nil)
	if err != nil || json.Unmarshal(answer, &s) != nil {
		return // what it said last is shown
	}
	n.seen.mu.Lock()
	defer n.seen.mu.Unlock()
	if n.seen.last == nil {
		n.seen.last = map[cluster.NodeID]sighting{}
	}
	n.seen.last[id] = s
}

// backendsAsked tells another node of the backends here.
func (n *Node) backendsAsked(context.Context, cluster.NodeID, []byte) ([]byte, error) {
	if n.apis == nil {
		return []byte("{}"), nil
	}
	return json.Marshal(n.sight(time.Now()))
}

// sight is the backends as they stand here.
func (n *Node) sight(now time.Time) sighting {
	out := sighting{}
	for _, s := range n.apis.Backends(now) {
		state := api.BackendState{
			Node: n.options.Config.Name, Location: string(n.options.Config.Location), At: now.UTC(),
			Breaker: showBreaker(&s.Breaker), InFlight: s.InFlight, Lookup: s.Lookup,
		}
		host := n.apis.hosts.describe(s.URL)
		state.Lookup = cmp.Or(state.Lookup, host.why)
		for _, a := range s.Addresses {
			state.Addresses = append(state.Addresses, showAddress(a, host, now))
		}
		out[strings.ToLower(s.Backend)] = state
	}
	return out
}

func showBreaker(s *breaker.Status) api.Breaker {
	out := api.Breaker{
		State: s.State.String(), Since: instant(s.Since), Until: instant(s.Until), Cause: s.Cause,
		Failures: s.Failures, Attempts: s.Attempts, Probes: s.Probes, Share: s.Share,
	}
	if e := s.LastError; !e.At.IsZero() {
		out.LastError = &api.BackendError{At: e.At.UTC(), Status: e.Status, Reason: e.Reason.String(), Text: e.Detail}
	}
	return out
}

func showAddress(a backend.AddressStatus, host hostStatus, now time.Time) api.BackendAddress {
	out := api.BackendAddress{
		Address: a.Addr.String(), Source: host.source, Stale: host.stale, Since: instant(a.Since), EjectedUntil: instant(a.Ejected),
		Ejections: a.Failures, InFlight: a.InFlight, LastError: a.LastError, LastAt: instant(a.LastAt),
	}
	if !host.at.IsZero() {
		out.AgeSeconds = now.Sub(host.at).Seconds()
	}
	if _, err := netip.ParseAddr(host.name); err == nil {
		out.Source = "literal"
	}
	return out
}
