package admin

import (
	"context"
	"net/http"

	"meridian/admin/api"
)

type forgetInput struct {
	OrderInput
	ReasonInput
	ID string `path:"id" minLength:"1" maxLength:"255" doc:"Id or name of the node" example:"westus2-1"`
}

type promoteInput struct {
	OrderInput
	Body api.PromoteOrder
}

type keysInput struct {
	OrderInput
	Body api.KeyOrder
}

func (r *routes) addNodes() {
	present := r.sources.Nodes != nil
	add(r, spec{
		method: http.MethodGet, path: "/v1/nodes", id: "listNodes", summary: "The registered nodes",
		detail: "A node is registered for ever: silence takes none off the list. It goes when it leaves for good, or when an operator forgets it.",
	}, needs(present, "cluster", r.nodes))
	order(r, spec{
		method: http.MethodDelete, path: "/v1/nodes/{id}", id: "forgetNode", summary: "Forget a node for good", role: api.Admin,
	}, needs(present, "cluster", r.forget))
	order(r, spec{
		method: http.MethodPost, path: "/v1/management/promote", id: "promoteNode", summary: "Make another node the writer of the plan", role: api.Admin,
		detail: "Raises the term. The writer until now steps down when it sees that; it need not be reachable.",
	}, needs(present, "cluster", r.promote))
	add(r, spec{
		method: http.MethodGet, path: "/v1/cluster", id: "getCluster", summary: "What this node sees of the others, and their gossip keys",
	}, needs(r.sources.Cluster != nil, "cluster", r.cluster))
	order(r, spec{
		method: http.MethodPost, path: "/v1/cluster/keys", id: "changeGossipKeys", summary: "Add, use, remove or rotate gossip keys on all nodes", role: api.Admin,
	}, needs(r.sources.Cluster != nil, "cluster", r.changeKeys))
}

func (r *routes) nodes(ctx context.Context, _ *struct{}) (api.Nodes, error) {
	all, err := r.sources.Nodes.Nodes(ctx)
	return api.Nodes{Nodes: all}, err
}

func (r *routes) forget(ctx context.Context, in *forgetInput) (api.Change, error) {
	t, err := in.terms(ctx, "node/"+in.ID, in.Reason, in.Bypass)
	if err != nil {
		return api.Change{}, err
	}
	return r.sources.Nodes.ForgetNode(ctx, in.ID, t)
}

func (r *routes) promote(ctx context.Context, in *promoteInput) (api.Change, error) {
	t, err := in.terms(ctx, "node/"+in.Body.Node, in.Body.Reason, in.Body.Bypass)
	if err != nil {
		return api.Change{}, err
	}
	return r.sources.Nodes.Promote(ctx, in.Body.Node, t)
}

func (r *routes) cluster(ctx context.Context, _ *struct{}) (api.Cluster, error) {
	return r.sources.Cluster.Cluster(ctx)
}

func (r *routes) changeKeys(ctx context.Context, in *keysInput) (api.Change, error) {
	t, err := in.terms(ctx, "cluster/keys", in.Body.Reason, nil)
	if err != nil {
		return api.Change{}, err
	}
	if err := checkKeys(&in.Body); err != nil {
		return api.Change{}, err
	}
	return r.sources.Cluster.ChangeKeys(ctx, in.Body, t)
}

// checkKeys checks that an order for keys says what it needs, and no more.
func checkKeys(o *api.KeyOrder) error {
	named := o.Do == "use" || o.Do == "remove"
	switch {
	case named && o.Fingerprint == "":
		return api.Errorf(api.Invalid, "fingerprint: %s needs one, as GET /v1/cluster shows it", o.Do)
	case !named && o.Fingerprint != "":
		return api.Errorf(api.Invalid, "fingerprint %q: want it with use and remove only", o.Fingerprint)
	case o.Do != "add" && o.Key != nil:
		return api.Errorf(api.Invalid, "key: want it with add only")
	}
	switch len(o.Key) {
	case 0, 16, 24, 32:
		return nil
	}
	return api.Errorf(api.Invalid, "key of %d bytes: want 16, 24 or 32", len(o.Key))
}
