package client

import (
	"context"
	"net/http"
	"net/url"

	"meridian/admin/api"
)

// Nodes lists the registered nodes.
func (c *Client) Nodes(ctx context.Context) (out api.Nodes, err error) {
	err = c.get(ctx, "/v1/nodes", nil, &out)
	return out, err
}

// ForgetNode forgets a node for good, by id or name.
func (c *Client) ForgetNode(ctx context.Context, node string, t api.Terms) (api.Change, error) {
	return c.remove(ctx, "/v1/nodes/"+url.PathEscape(node), reasonQuery(t), t)
}

// Promote makes a node the writer of the plan, by id or name.
func (c *Client) Promote(ctx context.Context, node string, t api.Terms) (api.Change, error) {
	return c.change(ctx, http.MethodPost, "/v1/management/promote", api.PromoteOrder{Node: node, Reason: t.Reason, Bypass: t.Bypass}, t)
}

// Cluster shows what the node that is asked sees of the others.
func (c *Client) Cluster(ctx context.Context) (out api.Cluster, err error) {
	err = c.get(ctx, "/v1/cluster", nil, &out)
	return out, err
}

// ChangeKeys changes the gossip keys of all nodes.
func (c *Client) ChangeKeys(ctx context.Context, o api.KeyOrder, t api.Terms) (api.Change, error) {
	o.Reason = t.Reason
	return c.change(ctx, http.MethodPost, "/v1/cluster/keys", o, t)
}

// Secrets lists secrets without values.
func (c *Client) Secrets(ctx context.Context) (out api.Secrets, err error) {
	err = c.get(ctx, "/v1/secrets", nil, &out)
	return out, err
}

// SetSecret sets a secret.
func (c *Client) SetSecret(ctx context.Context, name string, value []byte, t api.Terms) (api.Change, error) {
	return c.change(ctx, http.MethodPut, "/v1/secrets/"+url.PathEscape(name), api.SecretValue{Value: value, Reason: t.Reason}, t)
}

// RotateSecret gives a secret a new random value.
func (c *Client) RotateSecret(ctx context.Context, name string, t api.Terms) (api.Change, error) {
	return c.change(ctx, http.MethodPost, "/v1/secrets/"+url.PathEscape(name)+"/rotate", api.Reason{Reason: t.Reason}, t)
}

// DeleteSecret deletes a secret.
func (c *Client) DeleteSecret(ctx context.Context, name string, t api.Terms) (api.Change, error) {
	return c.remove(ctx, "/v1/secrets/"+url.PathEscape(name), reasonQuery(t), t)
}

// Tokens lists bearer tokens.
func (c *Client) Tokens(ctx context.Context) (out api.Tokens, err error) {
	err = c.get(ctx, "/v1/tokens", nil, &out)
	return out, err
}

// AddToken makes a bearer token; its text is in the answer and nowhere else.
func (c *Client) AddToken(ctx context.Context, o api.TokenOrder, t api.Terms) (out api.NewToken, err error) {
	o.Reason = t.Reason
	err = c.order(ctx, call{method: http.MethodPost, path: "/v1/tokens", body: o}, t, &out)
	return out, err
}

// DeleteToken deletes a bearer token.
func (c *Client) DeleteToken(ctx context.Context, name string, t api.Terms) (api.Change, error) {
	return c.remove(ctx, "/v1/tokens/"+url.PathEscape(name), reasonQuery(t), t)
}
