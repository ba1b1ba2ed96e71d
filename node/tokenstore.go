package node

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"meridian/admin"
	"meridian/admin/api"
	"meridian/secret"
)

// secretsChanged takes the tokens up that are known now, and has the plan
// compiled anew where it names a secret that is not what it was. A document that
// was rejected is read again: a secret may be what it lacked.
func (n *Node) secretsChanged() {
	n.readTokens()
	l := n.pub.current.Load()
	if l == nil {
		return
	}
	if !n.compiler.knows(l.generation) {
		n.spawn(n.recompile)
	}
	if l.rejected != "" {
		n.spawn(n.reread)
	}
}

// reread reads a rejected document again, and once more while other nodes hold
// it back: a secret that has come here may still be on its way to them.
func (n *Node) reread() {
	for _, pause := range [...]time.Duration{0, 200 * time.Millisecond, time.Second, 5 * time.Second} {
		select {
		case <-time.After(pause):
		case <-n.loader.closed:
			return
		}
		_, err := n.Reload(context.Background()) // it says itself why not
		var held *HeldPlan
		if !errors.As(err, &held) || len(held.Refusals) == 0 {
			return
		}
	}
}

func (n *Node) readTokens() {
	n.tokensMu.Lock() // else a list read earlier could replace one read later
	defer n.tokensMu.Unlock()
	var list []secret.Token
	for _, e := range n.replicas.secrets.Entries() {
		if e.Value.token != nil {
			list = append(list, *e.Value.token)
		}
	}
	tokens := secret.NewTokens(list)
	n.tokens.Store(&tokens)
}

// tokenCheck implements admin.Authenticator.
type tokenCheck struct{ *Node }

// Authenticate returns whose token it is.
func (n tokenCheck) Authenticate(_ context.Context, bearer string) (admin.Principal, error) {
	t, err := n.tokens.Load().Lookup(bearer, time.Now())
	if err != nil {
		return admin.Principal{}, api.Errorf(api.Unauthorized, "%v", err)
	}
	n.used.Note(t.Name, time.Now())
	return admin.Principal{Name: string(t.Name), Role: api.Role(t.Role)}, nil
}

// AnyToken reports whether callers must present one.
//
// Where the tokens on disk could not be read there may have been some.
func (n tokenCheck) AnyToken() bool {
	return n.tokens.Load().Len() > 0 || slices.ContainsFunc(n.damage, func(p api.Problem) bool { return p.Subject == "state/"+secretBlob })
}

// Tokens lists the tokens by name.
func (n secretsAPI) Tokens(context.Context) ([]api.Token, error) {
	var out []api.Token
	for _, e := range n.replicas.secrets.Entries() {
		if t := e.Value.token; t != nil && !t.Deleted {
			out = append(out, api.Token{
				Name: string(t.Name), Role: string(t.Role), Created: t.Created.UTC(), By: t.By, Expires: instant(t.Expires),
			})
		}
	}
	slices.SortFunc(out, func(a, b api.Token) int { return cmp.Compare(a.Name, b.Name) })
	return out, nil
}

// DeleteToken says that a token is gone.
func (n secretsAPI) DeleteToken(ctx context.Context, name string, t api.Terms) (api.Change, error) {
	for _, e := range n.replicas.secrets.Of(tokenPrefix + name) {
		if old := e.Value.token; old != nil && !old.Deleted {
			gone := *old
			o := n.origin(tokenPrefix+name, t)
			gone.Version, gone.By, gone.Author, gone.Deleted = o.Version, o.By, o.Author, true
			return n.keepSecret(ctx, tokenPrefix+name, sealedItem{token: &gone}, t)
		}
	}
	return api.Change{}, api.Errorf(api.NotFound, "token %q: there is none of that name", name)
}

// AddToken makes a token.
func (n secretsAPI) AddToken(ctx context.Context, described api.Token, t api.Terms) (clear string, out api.Change, err error) {
	name, err := secret.ParseName(described.Name)
	if err != nil {
		return "", out, api.Errorf(api.Invalid, "%v", err)
	}
	for _, e := range n.replicas.secrets.Of(tokenPrefix + described.Name) {
		if old := e.Value.token; old != nil && !old.Deleted {
			return "", out, api.Errorf(api.Conflict, "token %q: there is one of that name: delete it first, or take another", described.Name)
		}
	}
	o := n.origin(tokenPrefix+described.Name, t)
	token := secret.Token{Name: name, Role: secret.Role(described.Role), Version: o.Version, Created: o.At, By: o.By, Author: o.Author}
	if described.Expires != nil {
		token.Expires = described.Expires.UTC()
	}
	clear, token.Hash = secret.NewToken()
	out, err = n.keepSecret(ctx, tokenPrefix+described.Name, sealedItem{token: &token}, t)
	if t.DryRun || err != nil {
		clear = ""
	}
	return clear, out, err
}
