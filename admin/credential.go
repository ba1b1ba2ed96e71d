package admin

import (
	"context"
	"net/http"
	"time"

	"meridian/admin/api"
)

type addTokenInput struct {
	OrderInput
	Body api.TokenOrder
}

type deleteTokenInput struct {
	OrderInput
	ReasonInput
	Name string `path:"name" minLength:"1" maxLength:"64" pattern:"^[A-Za-z0-9][A-Za-z0-9._-]*$"`
}

func (r *routes) addTokens() {
	present := r.sources.Tokens != nil
	add(r, spec{
		method: http.MethodGet, path: "/v1/tokens", id: "listTokens", summary: "Bearer tokens by name", role: api.Admin,
	}, needs(present, "tokens", r.tokens))
	order(r, spec{
		method: http.MethodPost, path: "/v1/tokens", id: "addToken", summary: "Make a bearer token", role: api.Admin, unkept: true,
		detail: "The answer is the only place the token is ever shown; a repeated Idempotency-Key does not show it again.",
	}, needs(present, "tokens", r.addToken))
	order(r, spec{
		method: http.MethodDelete, path: "/v1/tokens/{name}", id: "deleteToken", summary: "Delete a bearer token", role: api.Admin,
	}, needs(present, "tokens", r.deleteToken))
}

func (r *routes) tokens(ctx context.Context, _ *struct{}) (api.Tokens, error) {
	all, err := r.sources.Tokens.Tokens(ctx)
	return api.Tokens{Tokens: all}, err
}

func (r *routes) addToken(ctx context.Context, in *addTokenInput) (api.NewToken, error) {
	b := in.Body
	t, err := in.terms(ctx, "token/"+b.Name, b.Reason, nil)
	if err != nil {
		return api.NewToken{}, err
	}
	life, err := parseLease(b.For)
	if err != nil {
		return api.NewToken{}, err
	}
	role, err := api.ParseRole(b.Role)
	if err != nil {
		return api.NewToken{}, api.Errorf(api.Invalid, "%v", err)
	}
	out := api.NewToken{Token: api.Token{Name: b.Name, Role: string(role), Created: time.Now().UTC(), By: t.By}}
	if life > 0 {
		end := out.Token.Created.Add(life)
		out.Token.Expires = &end
	}
	out.Clear, out.Change, err = r.sources.Tokens.AddToken(ctx, out.Token, t)
	return out, err
}

func (r *routes) deleteToken(ctx context.Context, in *deleteTokenInput) (api.Change, error) {
	t, err := in.terms(ctx, "token/"+in.Name, in.Reason, in.Bypass)
	if err != nil {
		return api.Change{}, err
	}
	return r.sources.Tokens.DeleteToken(ctx, in.Name, t)
}
