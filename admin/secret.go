package admin

import (
	"context"
	"net/http"

	"meridian/admin/api"
)

// maxSecret is the most bytes of a secret: sealed, it must fit into a record.
const maxSecret = 32 << 10

type setSecretInput struct {
	OrderInput
	Name string `path:"name" minLength:"1" maxLength:"64" pattern:"^[A-Za-z0-9][A-Za-z0-9._-]*$"`
	Body api.SecretValue
}

type rotateSecretInput struct {
	OrderInput
	Name string `path:"name" minLength:"1" maxLength:"64" pattern:"^[A-Za-z0-9][A-Za-z0-9._-]*$"`
	Body *api.Reason
}

type deleteSecretInput struct {
	OrderInput
	ReasonInput
	Name string `path:"name" minLength:"1" maxLength:"64" pattern:"^[A-Za-z0-9][A-Za-z0-9._-]*$"`
}

func (r *routes) addSecrets() {
	present := r.sources.Secrets != nil
	add(r, spec{
		method: http.MethodGet, path: "/v1/secrets", id: "listSecrets", summary: "Secrets by name, without their values", role: api.Admin,
	}, needs(present, "secrets", r.secrets))
	order(r, spec{
		method: http.MethodPut, path: "/v1/secrets/{name}", id: "setSecret", summary: "Set a secret", role: api.Admin,
	}, needs(present, "secrets", r.setSecret))
	order(r, spec{
		method: http.MethodPost, path: "/v1/secrets/{name}/rotate", id: "rotateSecret", summary: "Give a secret a new random value", role: api.Admin,
	}, needs(present, "secrets", r.rotateSecret))
	order(r, spec{
		method: http.MethodDelete, path: "/v1/secrets/{name}", id: "deleteSecret", summary: "Delete a secret", role: api.Admin,
		detail: "409 where the plan names it.",
	}, needs(present, "secrets", r.deleteSecret))
}

func (r *routes) secrets(ctx context.Context, _ *struct{}) (api.Secrets, error) {
	all, err := r.sources.Secrets.Secrets(ctx)
	return api.Secrets{Secrets: all}, err
}

func (r *routes) setSecret(ctx context.Context, in *setSecretInput) (api.Change, error) {
	t, err := in.terms(ctx, "secret/"+in.Name, in.Body.Reason, nil)
	if err != nil {
		return api.Change{}, err
	}
	if n := len(in.Body.Value); n < 1 || n > maxSecret {
		return api.Change{}, api.Errorf(api.Invalid, "value of %d bytes: want 1 to %d", n, maxSecret)
	}
	return r.sources.Secrets.SetSecret(ctx, in.Name, in.Body.Value, t)
}

func (r *routes) rotateSecret(ctx context.Context, in *rotateSecretInput) (api.Change, error) {
	t, err := in.terms(ctx, "secret/"+in.Name, orNone(in.Body).Reason, nil)
	if err != nil {
		return api.Change{}, err
	}
	return r.sources.Secrets.SetSecret(ctx, in.Name, nil, t)
}

func (r *routes) deleteSecret(ctx context.Context, in *deleteSecretInput) (api.Change, error) {
	t, err := in.terms(ctx, "secret/"+in.Name, in.Reason, in.Bypass)
	if err != nil {
		return api.Change{}, err
	}
	return r.sources.Secrets.DeleteSecret(ctx, in.Name, t)
}

// orNone returns what p points to; the zero value for nil.
func orNone[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}
