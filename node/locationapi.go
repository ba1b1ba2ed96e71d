package node

import (
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
	"meridian/gateway"
	"meridian/intent"
	"meridian/routing"
)

// Locations lists the service's locations.
func (n showing) Locations(context.Context) ([]api.Location, error) {
	l, err := n.serving()
	if err != nil {
		return nil, err
	}
	var out []api.Location
	for i := range l.service.Places {
		if l.service.Places[i].Declared {
			out = append(out, n.location(l, routing.LocationID(i)))
		}
	}
	return out, nil
}

// Location shows one location with its arrivals, over all its nodes.
func (n showing) Location(ctx context.Context, id string) (api.Location, error) {
	l, err := n.serving()
	if err != nil {
		return api.Location{}, err
	}
	name := routing.ParseLocationName(id)
	if !l.declares(name) {
		return api.Location{}, api.Errorf(api.NotFound, "location %q: no such location in plan %d", id, l.serial)
	}
	at, _ := l.structure.LocationID(name)
	out := n.location(l, at)
	out.Arrivals = n.arrivalsOf(ctx, l, name)
	return out, nil
}

func (n *Node) location(l *live, id routing.LocationID) api.Location {
	place, plan, st := &l.service.Places[id], &l.snapshot.Plan().Locations[id], &l.state.Locations[id]
	out := api.Location{
		ID: string(plan.Name), Name: plan.Display, Primary: l.service.Primary == plan.Name,
		DisableGateway: st.Switch == routing.Off, MinHealthy: max(1, plan.MinHealthyGateways),
		Settings: n.settings(l, intent.LocationObject(string(plan.Name)), intent.DisableGateway, intent.Shed),
	}
	if place.Known {
		out.Latitude, out.Longitude = &place.Latitude, &place.Longitude
	}
	n.staff(l, &out)
	for _, r := range l.service.Regions {
		if r.Name == plan.Name {
			out.Capacity, out.Zones, out.NetworkType = r.Capacity, r.Zones, networkType(r.Internal)
		}
	}
	stem := l.service.Name + "-" + string(plan.Name) + "-01"
	zone := "." + string(l.service.Zones[0].Origin)
	out.Regional, out.Direct = stem+".regional"+zone, stem+".direct"+zone
	out.Status, out.Why = l.whyLocation(&out, st.Switch)
	return out
}

func networkType(internal bool) string {
	if internal {
		return "Internal"
	}
	return "External"
}

// staff fills in a location's nodes and gateways.
func (n *Node) staff(l *live, out *api.Location) {
	states, members := map[string]string{}, n.members()
	for _, r := range n.registered() {
		states[r.Name] = string(r.State)
		if string(r.location) != out.ID {
			continue
		}
		out.Nodes = append(out.Nodes, r.Name)
		if r.State == intent.Active && (r.id == n.replicas.id() || members[r.id].State == "alive") {
			out.LiveNodes++
		}
	}
	for _, gw := range l.index.gateways {
		if string(gw.location) == out.ID {
			out.Gateways = append(out.Gateways, api.Gateway{
				Node: gw.name, Address: gw.addr.String(), Verdict: l.health(gw.target).String(), HealthTarget: string(gw.target),
				State: states[gw.name],
			})
		}
	}
}

// whyLocation returns a location's status and why it has it.
func (l *live) whyLocation(out *api.Location, s routing.Switch) (status, why string) {
	up := 0
	for _, g := range out.Gateways {
		if g.Verdict == routing.Up.String() {
			up++
		}
	}
	why = fmt.Sprintf("%d of %d gateway addresses are up", up, len(out.Gateways))
	who := "the plan"
	if len(out.Settings) > 0 && out.Settings[0].Intent != nil {
		who = out.Settings[0].Intent.By
		if r := out.Settings[0].Intent.Reason; r != "" {
			who += " (" + r + ")"
		}
	}
	switch s {
	case routing.Off:
		return routing.Disabled.String(), "disabled by " + who + "; " + why
	case routing.Drill:
		return routing.Disabled.String(), "in a drill by " + who + "; " + why
	}
	return l.snapshot.LocationStatus(routing.LocationName(out.ID)).String(), why
}

// arrivalTime is how long one node may take to hand over its counts.
const arrivalTime = time.Second

// arriveAsked hands over what arrived at this node's gateway.
func (n *Node) arriveAsked(context.Context, cluster.NodeID, []byte) ([]byte, error) {
	if n.gateway == nil {
		return nil, fmt.Errorf("node %s has no gateway", n.options.Config.Name)
	}
	c := n.gateway.Counts()
	return json.Marshal(&c)
}

// countsAt asks every node of a location what arrived at its gateway; missing
// are the nodes that did not say.
func (n *Node) countsAt(ctx context.Context, name routing.LocationName) (all []gateway.Counts, missing []string) {
	var mu sync.Mutex
	var asked sync.WaitGroup
	for _, r := range n.registered() {
		if r.location != name || !r.Has(intent.RoleGateway) {
			continue
		}
		asked.Go(func() {
			c, err := n.countsFrom(ctx, r.id)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				missing = append(missing, r.Name)
				return
			}
			all = append(all, c)
		})
	}
	asked.Wait()
	slices.Sort(missing)
	return all, missing
}

func (n *Node) countsFrom(ctx context.Context, id cluster.NodeID) (c gateway.Counts, err error) {
	if id == n.replicas.id() && n.gateway != nil {
		return n.gateway.Counts(), nil
	}
	if n.cluster == nil {
		return c, fmt.Errorf("node %s: no cluster", n.nameOf(id))
	}
	ctx, cancel := context.WithTimeout(ctx, arrivalTime)
	defer cancel()
	body, err := n.cluster.Call(ctx, id, callArrive, nil)
	if err == nil {
		err = json.Unmarshal(body, &c)
	}
	return c, err
}

// safeQuiet is how long no late client has come before a location is safe to
// stop (DESIGN §7).
const safeQuiet = 10 * time.Minute

// shownNetworks is how many networks of late clients are listed.
const shownNetworks = 20

// arrivalsOf puts the counts of a location's nodes together.
func (n *Node) arrivalsOf(ctx context.Context, l *live, name routing.LocationName) *api.Arrivals {
	counts, missing := n.countsAt(ctx, name)
	out := &api.Arrivals{Unknown: missing}
	var ages gateway.Histogram
	var last time.Time
	networks := map[netip.Prefix]time.Time{}
	for i := range counts {
		c := &counts[i]
		out.Served += c.Outcomes[gateway.OutcomeHere].Requests
		out.Relayed += c.Outcomes[gateway.OutcomeRelayed].Requests
		out.Refused += c.Outcomes[gateway.OutcomeRefused].Requests
		ages = ages.Plus(c.Late.Ages)
		if c.Late.Last.After(last) {
			last = c.Late.Last
		}
		for _, w := range c.Late.Networks {
			networks[w.Prefix] = w.Last
		}
	}
	out.Networks, out.From, out.LastLate = len(networks), newestNetworks(networks), instant(last)
	if ages.Count() > 0 {
		for _, q := range []struct {
			of   float64
			into **float64
		}{{0.5, &out.T50}, {0.95, &out.T95}, {0.99, &out.T99}} {
			age := ages.Quantile(q.of).Seconds()
			*q.into = &age
		}
	}
	n.judgeArrivals(l, name, last, out)
	return out
}

// judgeArrivals says whether a location can be stopped.
func (n *Node) judgeArrivals(l *live, name routing.LocationName, last time.Time, out *api.Arrivals) {
	if !l.off(name) {
		out.Text = fmt.Sprintf("%d requests served", out.Served)
		return
	}
	since := n.offSince(l, name)
	out.OffSince, out.Mode = instant(since), "relay"
	if l.lossDrill(name) {
		out.Mode = "refuse"
	}
	if last.Before(since) {
		last = since
	}
	quiet := time.Since(last)
	switch {
	case len(out.Unknown) > 0:
		out.Text = "not known whether it is safe to stop: " + strings.Join(out.Unknown, ", ") + " cannot be asked"
	case quiet >= safeQuiet:
		out.SafeToStop, out.Text = true, "safe to stop: no late client for 10 min"
	default:
		out.Text = fmt.Sprintf("not yet safe to stop: the last late client, or the switch, was %s ago", quiet.Round(time.Second))
	}
}

func newestNetworks(networks map[netip.Prefix]time.Time) []string {
	var all []netip.Prefix
	for p := range networks {
		all = append(all, p)
	}
	slices.SortFunc(all, func(a, b netip.Prefix) int { return networks[b].Compare(networks[a]) })
	var out []string
	for _, p := range all[:min(shownNetworks, len(all))] {
		out = append(out, p.String())
	}
	return out
}
