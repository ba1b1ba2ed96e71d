package admin

import (
	"context"

	"meridian/admin/api"
)

// Principal is who makes a request. Its name has a prefix for how it is known:
// "token:", "cert:", "socket:" (a user id), or is "loopback" where no
// authentication is in force.
type Principal struct {
	Name string
	Role api.Role // empty: nobody known
}

// Authenticator knows the bearer tokens. Node implements it over the secret
// store. Its methods may be called by many goroutines at once.
//
// Authenticate returns whose token it is; an *api.Error of kind
// api.Unauthorized for one that is none, and of kind api.Unavailable where it
// cannot tell. Principal.Name is the token's, without a prefix. AnyToken
// reports whether at least one token exists: from then on, callers over TCP
// must present one.
type Authenticator interface {
	Authenticate(ctx context.Context, bearer string) (Principal, error)
	AnyToken() bool
}
