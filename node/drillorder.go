package node

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"meridian/admin/api"
	"meridian/cluster"
	"meridian/drill"
	"meridian/intent"
	"meridian/routing"
)

// drillsAPI implements admin.DrillSource and admin.DrillReports.
type drillsAPI struct{ *Node }

// termsOf are the terms of what nobody waits for.
func termsOf(by, why string) api.Terms {
	return api.Terms{By: by, Reason: why, Wait: api.WaitNone, Timeout: pushTime}
}

// StartDrill starts a drill.
func (n drillsAPI) StartDrill(ctx context.Context, o api.DrillOrder, t api.Terms) (api.Change, error) {
	spec, err := specOf(o, t, time.Now())
	if err != nil {
		return api.Change{}, api.Errorf(api.Invalid, "%v", err)
	}
	return n.startDrill(ctx, spec, t, nil)
}

// specOf makes the plan of a drill that an operator orders.
func specOf(o api.DrillOrder, t api.Terms, now time.Time) (drill.Spec, error) {
	name := routing.ParseLocationName(o.Location)
	length, err := api.ParseDuration(o.For)
	if err != nil {
		return drill.Spec{}, fmt.Errorf("for: %w", err)
	}
	spec := drill.Spec{
		ID:       fmt.Sprintf("%s-%s", name, strings.ToLower(now.UTC().Format("20060102t150405.000z"))),
		Location: name, Mode: drill.Mode(o.Mode), For: length, Force: o.Force, Reason: t.Reason, By: t.By,
	}
	spec.ID = strings.ReplaceAll(spec.ID, ".", "-")
	if o.Mode == "" {
		spec.Mode = drill.Drain
	}
	if spec.Share, err = shareOf(o.Share); err != nil {
		return spec, err
	}
	if h := o.Hypothesis; h != nil {
		spec.Hypothesis = drill.Hypothesis{MaxErrorRate: h.MaxErrorRate, MaxShiftSeconds: h.MaxShiftSeconds, MaxP99Millis: h.MaxP99Ms}
		if h.MaxErrors != nil {
			most := uint64(max(0, *h.MaxErrors))
			spec.Hypothesis.MaxErrors = &most
		}
	}
	if spec.Signals.Block, err = signalsOf(o.Block); err != nil {
		return spec, err
	}
	if spec.Signals.Abort, err = signalsOf(o.Abort); err != nil {
		return spec, err
	}
	return spec, spec.Validate()
}

func signalsOf(list []api.DrillSignal) ([]drill.Signal, error) {
	var out []drill.Signal
	for _, s := range list {
		x := drill.Signal{Name: s.Name, URL: s.URL, Status: s.Status, Metric: s.Metric, Op: s.Op, Failures: s.Failures}
		if s.Limit != nil {
			x.Threshold = *s.Limit
		}
		if s.Every != "" {
			every, err := api.ParseDuration(s.Every)
			if err != nil {
				return nil, fmt.Errorf("signal %q: every: %w", s.Name, err)
			}
			x.Every = every
		}
		out = append(out, x)
	}
	return out, nil
}

// startDrill checks what speaks against a drill and writes it.
func (n *Node) startDrill(ctx context.Context, spec drill.Spec, t api.Terms, blocked []drill.Interval) (api.Change, error) {
	l, err := n.serving()
	if err != nil {
		return api.Change{}, err
	}
	findings := n.precheck(ctx, l, spec, t, blocked)
	if f, refused := drill.Refusal(findings); refused && !t.DryRun {
		return api.Change{}, api.Errorf(api.Conflict, "drill of %s refused by %s: %s", spec.Location, f.Rule, f.Text)
	}
	detail, err := spec.Encode()
	if err != nil {
		return api.Change{}, api.Errorf(api.Invalid, "%v", err)
	}
	command := intent.Command{
		Object: intent.LocationObject(string(spec.Location)), Property: intent.DisableGateway, Text: textTrue,
		For: spec.For, Drill: true, By: t.By, Reason: t.Reason, Bypass: t.Bypass, Detail: detail,
	}
	if spec.Portion() < 1 {
		command.Property, command.Text = intent.Shed, fmt.Sprint(int(spec.Portion()*routing.Slots))
	}
	out, err := n.order(ctx, []intent.Command{command}, t)
	out.Kind, out.Object, out.Findings = "drill", "drill/"+spec.ID, showFindings(findings)
	return out, err
}

// precheck looks at what speaks against a drill.
func (n *Node) precheck(ctx context.Context, l *live, spec drill.Spec, t api.Terms, blocked []drill.Interval) []drill.Finding {
	in := drill.Inquiry{
		Spec: spec, Now: time.Now(), MinEnabled: l.service.MinEnabledLocations, Blocked: blocked,
		Bypass: slices.Contains(t.Bypass, intent.BypassMinEnabled),
	}
	loads := n.loads()
	members := n.members()
	for i := range l.service.Places {
		if p := &l.service.Places[i]; p.Declared {
			in.Locations = append(in.Locations, n.locationState(l, routing.LocationID(i), loads, members))
		}
	}
	for id, h := range running(l.outcome) {
		in.Running = append(in.Running, drill.Standing{ID: id, Location: routing.LocationName(h.Object.Name())})
	}
	reader := drill.Reader{Fetcher: signalFetcher{}, Metrics: signalMetrics{n}}
	in.Signals = reader.ReadAll(ctx, spec.Signals.Block)
	return drill.Precheck(in)
}

func (n *Node) locationState(
	l *live, id routing.LocationID, loads map[routing.LocationName]float64, members map[cluster.NodeID]cluster.Member,
) drill.LocationState {
	name := l.service.Places[id].Name
	tier := l.locationTier(id)
	out := drill.LocationState{
		Name: name, Enabled: l.state.Locations[id].Switch != routing.Off, Drilled: l.state.Locations[id].Switch == routing.Drill,
		Healthy: tier == routing.TierAvailable || tier == routing.TierDrill,
	}
	out.Load, out.LoadKnown = loads[name]
	for _, r := range l.service.Regions {
		if r.Name == name {
			out.Internal, out.UnitRPS = r.Internal, float64(r.UnitRPS)
		}
	}
	for _, r := range n.registered() {
		if r.location == name && r.Has(intent.RoleGateway) && (r.id == n.replicas.id() || members[r.id].State == "alive") {
			out.Nodes++
		}
	}
	return out
}

func showFindings(list []drill.Finding) []api.Finding {
	var out []api.Finding
	for _, f := range list {
		severity := "warning"
		if f.Severity == drill.Refuse {
			severity = "refusal"
		}
		out = append(out, api.Finding{Rule: f.Rule, Severity: severity, Text: f.Text})
	}
	return out
}

// AbortDrill ends a drill, from any node.
func (n drillsAPI) AbortDrill(ctx context.Context, id string, t api.Terms) (api.Change, error) {
	return n.clearDrill(ctx, id, drill.Aborted, t.Reason, t)
}

// clearDrill takes a drill out of the register.
func (n *Node) clearDrill(ctx context.Context, id string, cause drill.Cause, why string, t api.Terms) (api.Change, error) {
	l, err := n.serving()
	if err != nil {
		return api.Change{}, err
	}
	h := running(l.outcome)[id]
	if h == nil {
		return api.Change{}, api.Errorf(api.NotFound, "drill %q: no such drill is running", id)
	}
	detail, err := json.Marshal(drillEnd{Drill: id, Cause: cause, Why: why})
	if err != nil {
		return api.Change{}, err
	}
	out, err := n.order(ctx, []intent.Command{{
		Object: h.Object, Property: h.Property, Reset: true, Drill: true, By: t.By, Reason: t.Reason, Detail: detail,
	}}, t)
	out.Kind, out.Object = "drill", "drill/"+id
	return out, err
}

var errShare = errors.New("share: want 1% .. 100%")

// shareOf reads a share of the clients; 0: all of them.
func shareOf(text string) (float64, error) {
	if text == "" {
		return 0, nil
	}
	var percent float64
	if _, err := fmt.Sscanf(text, "%f%%", &percent); err != nil || percent <= 0 || percent > 100 {
		return 0, fmt.Errorf("%q: %w", text, errShare)
	}
	return percent / 100, nil
}
