package node

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"meridian/admin"
	"meridian/admin/api"
	"meridian/configs"
	"meridian/healthprobe"
	"meridian/routing"
)

func (n *Node) newAdmin() (err error) {
	c := &n.options.Config.Admin
	if !n.options.Config.Roles.Admin || c.Listen == "" && c.Socket == "" {
		return nil
	}
	sources := admin.Sources{
		Readiness: statusAPI{n}, Status: statusAPI{n}, Resolver: asking{n}, Geo: asking{n},
		Profiles: showing{n}, Locations: showing{n}, Location: showing{n}, Zone: n.zone, Events: n.journal,
		Switches: switching{n}, Changes: switching{n}, Plan: planAPI{n}, PlanEdit: planAPI{n}, Past: planAPI{n},
		Nodes: nodesAPI{n}, Cluster: clusterAPI{n}, Secrets: secretsAPI{n}, Tokens: secretsAPI{n}, Matrix: matrixAPI{n},
		Drills: drillsAPI{n}, Reports: drillsAPI{n}, Backends: backendsAPI{n}, Requests: requestsAPI{n},
	}
	if n.prober != nil {
		sources.Health = healthAPI{n}
	}
	audit, err := admin.OpenAudit(admin.AuditOptions{
		Dir: AuditDir(n.options.Config.DataDir), Node: n.options.Config.Name, Logger: n.component("audit"),
	})
	if err != nil {
		return fmt.Errorf("opening the audit log: %w", err)
	}
	n.steps.push("audit log", func(context.Context) error { return audit.Close() })
	n.admin, err = admin.New(admin.Options{
		Audit:  audit,
		Listen: c.Listen, Socket: c.Socket, TLS: adminTLS(c), Authenticator: tokenCheck{n}, RequireAuth: c.AuthRequired,
		Sources: sources, Gatherer: n.gatherer(),
		Registerer: n.options.Registry, Logger: n.component("admin"),
	})
	if err != nil {
		return fmt.Errorf("binding the admin API: %w", err)
	}
	n.steps.push("admin API", n.admin.Shutdown)
	return nil
}

// statusAPI implements admin.StatusSource and admin.Readiness.
type statusAPI struct{ *Node }

// NotReady says why the node does not serve.
func (n statusAPI) NotReady() []string {
	if n.pub.current.Load() == nil {
		return []string{"no plan is in service yet"}
	}
	return nil
}

// Status makes the one-screen summary.
func (n statusAPI) Status(ctx context.Context) (api.Status, error) {
	c := n.options.Config
	out := api.Status{
		Node: c.Name, Location: string(c.Location), Roles: rolesOf(n.Node), Version: n.options.Version, Started: n.started.UTC(),
	}
	l := n.pub.current.Load()
	if l == nil {
		out.Problems = append(n.clusterProblems(nil), api.Problem{
			Severity: "critical", Code: "no_plan", Subject: "plan", Text: "no plan is in service yet: questions are refused",
		})
		return out, nil
	}
	out.Serving, out.Zone, out.Generation = true, string(l.service.Zones[0].Origin), l.number
	out.Plan = api.Plan{
		Source: l.source, Hash: l.service.Hash, Serial: l.serial, Applied: instant(l.applied), Rejected: l.rejected, Durable: l.durable,
		Provision: n.clustered() && l.provisional(),
	}
	for _, a := range n.DNSAddrs() {
		out.Listeners = append(out.Listeners, "dns udp "+a.String(), "dns tcp "+a.String())
	}
	for _, a := range n.GatewayAddrs() {
		out.Listeners = append(out.Listeners, "gateway tcp "+a.String())
	}
	if a := n.AdminAddr(); a != "" {
		out.Listeners = append(out.Listeners, "admin tcp "+a)
	}
	if n.dns != nil {
		out.Queries = n.dns.Queries()
	}
	l.count(&out)
	n.countNodes(&out)
	out.Problems = slices.Concat(n.explained(l.problems()), n.rejectedProblem(l), n.clusterProblems(l), n.doubts(), n.damage, n.zone.problems(), n.outages(ctx, l))
	slices.SortStableFunc(out.Problems, func(a, b api.Problem) int { return cmp.Compare(severity(a), severity(b)) })
	out.OK = !slices.ContainsFunc(out.Problems, func(p api.Problem) bool { return p.Severity != "info" })
	return out, nil
}

// severity is less where it is worse.
func severity(p api.Problem) int {
	return slices.Index([]string{"critical", "warning", "info"}, p.Severity)
}

// explained says of targets that are down since when, and why, as far as this
// node's own probes know.
func (n statusAPI) explained(problems []api.Problem) []api.Problem {
	if n.prober == nil {
		return problems
	}
	down := map[string]healthprobe.Verdict{} // by subject
	for _, v := range n.prober.Verdicts() {
		if v.Health == routing.Down {
			down["target/"+string(v.Target)] = v
		}
	}
	for i := range problems {
		p := &problems[i]
		if v, known := down[p.Subject]; known && p.Code == "target_down" {
			p.Since = instant(v.Since)
			p.Text += fmt.Sprintf(" since %s (%s)", v.Since.UTC().Format(time.RFC3339), v.Reason)
		}
	}
	return problems
}

// doubts tells of a prober that does not trust itself: no verdict changes.
func (n statusAPI) doubts() []api.Problem {
	if n.prober == nil {
		return nil
	}
	if row := n.prober.Row(); row.Abstains {
		return []api.Problem{{
			Severity: "warning", Code: "prober_abstains", Subject: "prober",
			Text: "verdicts are held: " + healthAPI(n).proberState(&row).Reason,
		}}
	}
	verdicts := n.prober.Verdicts()
	return append(blind(verdicts), unjudged(verdicts)...)
}

// unjudged tells of targets that have no verdict yet though their last probe
// failed: they are answered, and it does not look good.
func unjudged(verdicts []healthprobe.Verdict) []api.Problem {
	failing := 0
	first := ""
	for _, v := range verdicts {
		if v.Health == routing.Unchecked && v.Last.Reason.Failure() {
			if failing++; failing == 1 {
				first = fmt.Sprintf("%s (%s)", v.Target, v.Last.Reason)
			}
		}
	}
	if failing == 0 {
		return nil
	}
	return []api.Problem{{
		Severity: "warning", Code: "target_unchecked", Subject: "prober",
		Text: fmt.Sprintf("%d targets have no verdict yet and failed their last probe: %s first", failing, first),
	}}
}

// blind tells of a prober whose last probes taught nothing, all of them: it has
// no route, no resolver, no descriptors.
func blind(verdicts []healthprobe.Verdict) []api.Problem {
	for _, v := range verdicts {
		if v.Trouble.At.IsZero() {
			return nil
		}
	}
	if len(verdicts) == 0 {
		return nil
	}
	last := verdicts[0].Trouble
	return []api.Problem{{
		Severity: "warning", Code: "prober_blind", Subject: "prober", Since: instant(last.At),
		Text: fmt.Sprintf("no probe teaches anything, verdicts are held: %s (%s)", last.Reason, last.Detail),
	}}
}

func rolesOf(n *Node) []string {
	var out []string
	for _, r := range []struct {
		name string
		on   bool
	}{{"dns", n.options.Config.Roles.DNS}, {"gateway", n.options.Config.Roles.Gateway}, {"probe", n.options.Config.Roles.Probe}, {"admin", n.options.Config.Roles.Admin}} {
		if r.on {
			out = append(out, r.name)
		}
	}
	return out
}

// count fills in how many of what there are.
func (l *live) count(out *api.Status) {
	for i := range l.snapshot.Plan().Profiles {
		id := routing.ProfileID(i)
		tally(&out.Profiles, l.snapshot.ProfileTier(id), l.state.Profiles[id] == routing.Off)
	}
	for i := range l.state.Endpoints {
		id := routing.EndpointID(i)
		off := l.snapshot.EndpointStatus(id) == routing.Disabled || l.snapshot.EndpointStatus(id) == routing.Inactive
		tally(&out.Endpoints, l.snapshot.EndpointTier(id), off)
	}
	for i := range l.service.Places {
		if !l.service.Places[i].Declared {
			continue
		}
		tier := routing.TierAvailable
		if s := l.snapshot.LocationStatus(l.service.Places[i].Name); s == routing.Degraded || s == routing.Stopped {
			tier = routing.TierDegraded
		}
		tally(&out.Locations, tier, l.state.Locations[i].Switch == routing.Off)
	}
	for id := range l.index.monitor {
		if h := l.health(id); h == routing.Unchecked {
			out.Targets.Total++ // neither good nor bad
		} else {
			tally(&out.Targets, tierOf(h), false)
		}
	}
}

func tierOf(h routing.Health) routing.Tier {
	if h == routing.Down {
		return routing.TierDegraded
	}
	return routing.TierAvailable
}

func tally(c *api.Count, t routing.Tier, off bool) {
	c.Total++
	switch {
	case off:
		c.Off++
	case t >= routing.TierDrill:
		c.Good++
	default:
		c.Bad++
	}
}

// problems lists what needs somebody's attention, worst first.
func (l *live) problems() []api.Problem {
	var critical, warning []api.Problem
	add := func(list *[]api.Problem, severity, code, subject, format string, args ...any) {
		*list = append(*list, api.Problem{Severity: severity, Code: code, Subject: subject, Text: fmt.Sprintf(format, args...)})
	}
	for i := range l.snapshot.Plan().Profiles {
		id, name := routing.ProfileID(i), l.snapshot.Plan().Profiles[i].Name
		switch tier := l.snapshot.ProfileTier(id); {
		case l.state.Profiles[id] == routing.Off:
		case tier == routing.TierOff:
			add(&critical, "critical", "serving_nothing", "profile/"+string(name), "%s has nothing to answer: every endpoint is off or without an address", name)
		case tier == routing.TierDegraded:
			add(&critical, "critical", "serving_best_effort", "profile/"+string(name), "%s answers endpoints that are down, because nothing else is on", name)
		}
	}
	for id := range l.index.monitor {
		if l.health(id) == routing.Down {
			add(&warning, "warning", "target_down", "target/"+string(id), "%s is down", id)
		}
	}
	if !l.durable {
		add(&warning, "warning", "plan_not_durable", "plan", "plan %d is not safe on this node's disk", l.serial)
	}
	warning = append(warning, l.addressProblems()...)
	return append(critical, sorted(warning)...)
}

func sorted(p []api.Problem) []api.Problem {
	slices.SortFunc(p, func(a, b api.Problem) int { return strings.Compare(a.Subject, b.Subject) })
	return p
}

func adminTLS(c *configs.NodeAdmin) admin.TLS {
	var out admin.TLS
	if c.TLS != nil {
		out.Certificate, out.Key = c.TLS.Certificate, c.TLS.Key
	}
	out.ClientCAs = c.ClientCAs
	for name, role := range c.ClientRoles {
		if out.ClientRoles == nil {
			out.ClientRoles = map[string]api.Role{}
		}
		out.ClientRoles[name] = api.Role(role)
	}
	return out
}
