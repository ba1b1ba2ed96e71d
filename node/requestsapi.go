package node

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"meridian/admin/api"
	"meridian/cluster"
	"meridian/gateway/breaker"
	"meridian/gateway/pipeline"
	"meridian/gateway/policy"
	"meridian/intent"
	"meridian/routing"
)

// requestsAPI implements admin.RequestSource.
type requestsAPI struct{ *Node }

const (
	// callRequest asks a gateway what would come of a request.
	callRequest = "request"
	// requestTime is how long it may take to say so.
	requestTime = 3 * time.Second
)

// requestOrder is a request to be explained by another node.
type requestOrder struct {
	Query   api.RequestQuery `json:"query"`
	Relayed bool             `json:"relayed,omitempty"` // it is served there, whatever the location's state
}

// Request says what would come of a request at a location's gateway.
func (n requestsAPI) Request(ctx context.Context, q api.RequestQuery) (api.RequestResult, error) {
	l, err := n.serving()
	if err != nil {
		return api.RequestResult{}, err
	}
	here := n.options.Config.Location
	if q.Location == "" {
		q.Location = string(here)
	}
	if q.Location == string(here) && n.apis != nil {
		return n.predict(ctx, requestOrder{Query: q})
	}
	if !l.declares(routing.LocationName(q.Location)) {
		return api.RequestResult{}, api.Errorf(api.NotFound, "location %q: the plan has none of that name", q.Location)
	}
	var nodes []string
	for _, r := range n.others() {
		if string(r.location) == q.Location && r.Has(intent.RoleGateway) {
			nodes = append(nodes, r.Name)
		}
	}
	return n.askGateway(ctx, nodes, requestOrder{Query: q})
}

// askGateway has the first of some nodes that can say what would come of a
// request.
func (n *Node) askGateway(ctx context.Context, nodes []string, o requestOrder) (out api.RequestResult, err error) {
	body, err := json.Marshal(o)
	if err != nil {
		return out, err
	}
	ctx, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	why := "none is registered"
	for _, name := range nodes {
		id, known := (*n.names.Load())[name]
		if !known || n.cluster == nil {
			continue
		}
		answer, err := n.cluster.Call(ctx, id, callRequest, body)
		if err == nil {
			err = json.Unmarshal(answer, &out)
		}
		if err == nil {
			return out, nil
		}
		why = name + ": " + err.Error()
	}
	return out, api.Errorf(api.Unavailable, "no gateway of location %s can be asked: %s", o.Query.Location, why)
}

// requestAsked says what would come of a request here, for another node.
func (n *Node) requestAsked(ctx context.Context, _ cluster.NodeID, body []byte) ([]byte, error) {
	var o requestOrder
	if err := json.Unmarshal(body, &o); err != nil {
		return nil, fmt.Errorf("reading a request to explain: %w", err)
	}
	if n.apis == nil || n.pub.current.Load() == nil {
		return nil, fmt.Errorf("node %s serves no requests", n.options.Config.Name)
	}
	out, err := n.predict(ctx, o)
	if err != nil {
		return nil, err
	}
	return json.Marshal(out)
}

// predict says what would come of a request that arrives here.
func (n *Node) predict(ctx context.Context, o requestOrder) (api.RequestResult, error) {
	r, a, err := requestOf(ctx, &o.Query)
	if err != nil {
		return api.RequestResult{}, api.Errorf(api.Invalid, "%v", err)
	}
	out := api.RequestResult{
		Node: n.options.Config.Name, Location: string(n.options.Config.Location), Method: r.Method, URL: o.Query.URL,
		Forwards: api.List[api.Forward]{},
	}
	route := arriving{n}.Arrive(strings.ToLower(strings.TrimSuffix(r.URL.Hostname(), ".")), a.Client)
	switch {
	case o.Relayed || route.Here:
		e := n.apis.Explain(ctx, r, a)
		return explainedRequest(out, &e, o.Query.Explain), nil
	case route.Refuse:
		out.Relay = &api.RequestRelay{Why: "the location is off, and the request is refused"}
		out.Status, out.Reason, out.Text = route.Reason.Status(), string(route.Reason), "refused: "+string(route.Reason)
		return out, nil
	}
	return n.predictRelay(ctx, o, string(route.Location), route.Nodes)
}

// predictRelay says what would come of a request that is carried to another
// location.
func (n *Node) predictRelay(ctx context.Context, o requestOrder, to string, nodes []string) (api.RequestResult, error) {
	from := string(n.options.Config.Location)
	o.Query.Location, o.Relayed = to, true
	out, err := n.askGateway(ctx, nodes, o)
	if err != nil {
		return out, err
	}
	out.Relay = &api.RequestRelay{To: to, Node: out.Node, Why: "location " + from + " is off"}
	out.Location = from
	return out, nil
}

// requestOf makes the request that a query is about.
func requestOf(ctx context.Context, q *api.RequestQuery) (*http.Request, pipeline.Arrival, error) {
	u, err := url.Parse(q.URL)
	if err != nil {
		return nil, pipeline.Arrival{}, fmt.Errorf("url %.200q: %w", q.URL, err)
	}
	client := netip.AddrFrom4([4]byte{127, 0, 0, 1})
	if q.Client != "" {
		if client, err = netip.ParseAddr(q.Client); err != nil {
			return nil, pipeline.Arrival{}, fmt.Errorf("client %.64q: %w", q.Client, err)
		}
	}
	r, err := http.NewRequestWithContext(ctx, cmp.Or(q.Method, http.MethodGet), q.URL, http.NoBody)
	if err != nil {
		return nil, pipeline.Arrival{}, fmt.Errorf("url %.200q: %w", q.URL, err)
	}
	for _, h := range q.Headers {
		r.Header.Add(h.Name, h.Value)
	}
	r.URL.Scheme, r.URL.User = u.Scheme, nil
	return r, pipeline.Arrival{ID: "explain", Client: client.Unmap().WithZone(""), Scheme: u.Scheme}, nil
}

// explainedRequest shows what the pipeline says of a request.
func explainedRequest(out api.RequestResult, e *pipeline.Explanation, full bool) api.RequestResult {
	out.Generation, out.API, out.APIPath, out.Operation, out.Template = e.Version, e.API, e.Path, e.Operation, e.Template
	out.Plain, out.Status, out.Reason = e.Plain, e.Status, e.Reason
	for name, value := range e.Params {
		out.Params = append(out.Params, api.Header{Name: name, Value: value})
	}
	slices.SortFunc(out.Params, func(a, b api.Header) int { return compareText(a.Name, b.Name) })
	for i := range e.Forwards {
		out.Forwards = append(out.Forwards, showForward(&e.Forwards[i], full))
	}
	if full {
		for i := range e.Policies {
			out.Policies = append(out.Policies, showStep(&e.Policies[i]))
		}
	}
	out.Text = outcomeText(e)
	return out
}

// outcomeText is the outcome in a sentence.
func outcomeText(e *pipeline.Explanation) string {
	switch {
	case e.Reason != "":
		return fmt.Sprintf("answered here with %d, %s: %s", e.Status, e.Reason, e.Message)
	case e.Status != 0:
		return fmt.Sprintf("answered here with %d, by policy", e.Status)
	case len(e.Forwards) == 0:
		return "nothing is sent"
	}
	f := &e.Forwards[len(e.Forwards)-1]
	return fmt.Sprintf("sent to %s (%s) as %s %s", cmp.Or(f.Chosen, f.Target), f.Addr, f.Method, forwardURL(f))
}

// forwardURL is where a request would go.
func forwardURL(f *pipeline.Forwarding) string {
	to, err := url.Parse(f.URL)
	if err != nil || f.URL == "" {
		return f.Path
	}
	out := strings.TrimSuffix(to.Scheme+"://"+to.Host+to.EscapedPath(), "/") + (&url.URL{Path: f.Path}).EscapedPath()
	if f.Query != "" {
		out += "?" + f.Query
	}
	return out
}

func showForward(f *pipeline.Forwarding, full bool) api.Forward {
	out := api.Forward{
		Method: f.Method, URL: forwardURL(f), Host: f.Host, Target: f.Target, Pool: f.Pool, Chosen: f.Chosen,
		RetryAfter: f.Retry.Seconds(),
	}
	if out.Target == unclaimedBackend {
		out.Target, out.Chosen = "gateway.backend", "gateway.backend"
	}
	if f.Addr.IsValid() {
		out.Address = f.Addr.String()
	}
	for i := range f.Members {
		m := &f.Members[i]
		if !full && m.Why != "chosen" {
			continue
		}
		shown := api.RequestMember{Backend: m.Backend, Priority: m.Priority, Weight: m.Weight, Rank: m.Rank, Why: m.Why, Breaker: showBreaker(&m.Status.Breaker)}
		if m.Wait != breaker.Never {
			shown.RetryAfter = m.Wait.Seconds()
		}
		out.Members = append(out.Members, shown)
	}
	return out
}

func showStep(t *policy.TraceEntry) api.PolicyStep {
	out := api.PolicyStep{
		Section: t.Section, Scope: t.Scope, Element: t.Element, Path: t.Path, File: t.File, Line: t.Line, Column: t.Column,
		Depth: t.Depth, Text: t.Message,
	}
	for _, v := range t.Values {
		out.Values = append(out.Values, api.Header(v))
	}
	return out
}
