package admin

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"meridian/admin/api"
)

// maxBearer is the longest bearer token that is looked at, in bytes.
const maxBearer = 512

// loopbackName is the principal where no authentication is in force.
const loopbackName = "loopback"

// gate finds out who makes a request.
type gate struct {
	tokens       Authenticator // nil: there are none
	required     bool
	certificates *certificates // nil: no TLS
	roles        map[string]api.Role
	failures     *rates // by source
	sessions     *sessions
}

func newGate(o Options, c *certificates) *gate {
	return &gate{
		tokens: o.Authenticator, required: o.RequireAuth, certificates: c, roles: o.TLS.ClientRoles,
		failures: newRates(float64(o.Limits.BadTokens), o.Limits.BadTokens), sessions: newSessions(),
	}
}

// inForce reports whether a caller must show who it is.
func (g *gate) inForce(c *caller) bool {
	if c.socket {
		return false
	}
	return g.required || c.beyond || g.clientCAs() || g.tokens != nil && g.tokens.AnyToken()
}

func (g *gate) clientCAs() bool { return g.certificates != nil && g.certificates.files.ClientCAs != "" }

// identify returns who makes a request: by the socket's peer; else a bearer
// token, a session or a client certificate, whichever comes first; else, where
// no authentication is in force, an admin. The zero Principal is a caller who
// shows nothing. Credentials that are wrong are an error.
func (g *gate) identify(r *http.Request) (Principal, error) {
	c := callerOf(r.Context())
	switch {
	case c.socket:
		return socketPrincipal(c)
	case !g.inForce(c):
		return Principal{Name: loopbackName, Role: api.Admin}, nil
	case r.Header.Get("Authorization") != "":
		bearer, err := bearerOf(r)
		if err != nil {
			return Principal{}, err
		}
		return g.authenticate(r.Context(), c, bearer)
	}
	if p, found, err := g.sessions.identify(r, g); found || err != nil {
		return p, err
	}
	return g.certified(r)
}

// socketPrincipal lets root and the process's own user in. The socket's mode
// keeps others out; where that was changed, this does.
func socketPrincipal(c *caller) (Principal, error) {
	if c.uid != 0 && c.uid != os.Geteuid() {
		return Principal{}, api.Errorf(api.Unauthorized, "user id %d: the socket is for root and for user id %d", c.uid, os.Geteuid())
	}
	return Principal{Name: "socket:" + strconv.Itoa(c.uid), Role: api.Admin}, nil
}

func bearerOf(r *http.Request) (string, error) {
	scheme, bearer, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	bearer = strings.TrimSpace(bearer)
	if !strings.EqualFold(scheme, "Bearer") || bearer == "" || len(bearer) > maxBearer {
		return "", api.Errorf(api.Unauthorized, "Authorization header: want \"Bearer TOKEN\", of at most %d bytes", maxBearer)
	}
	return bearer, nil
}

// authenticate asks whose a token is. A source that has failed too often lately
// is not listened to.
func (g *gate) authenticate(ctx context.Context, c *caller, bearer string) (Principal, error) {
	if g.tokens == nil {
		return Principal{}, api.Errorf(api.Unauthorized, "this node takes no tokens")
	}
	if wait, ok := g.failures.allows(c.source); !ok {
		return Principal{}, &tooMany{wait: wait, text: "too many failed authentications from this address"}
	}
	p, err := g.tokens.Authenticate(ctx, bearer)
	if err != nil {
		var known *api.Error
		if errors.As(err, &known) && known.Kind == api.Unauthorized {
			g.failures.take(c.source)
		}
		return Principal{}, err
	}
	return Principal{Name: "token:" + p.Name, Role: p.Role}, nil
}

// certified returns who a client certificate is. It is verified again, for it
// may have expired, and the CAs changed, while the connection stood.
func (g *gate) certified(r *http.Request) (Principal, error) {
	if r.TLS == nil || len(r.TLS.PeerCertificates) == 0 || g.certificates == nil {
		return Principal{}, nil
	}
	if err := g.certificates.get().verify(r.TLS.PeerCertificates); err != nil {
		return Principal{}, api.Errorf(api.Unauthorized, "client certificate: %v", err)
	}
	name := r.TLS.PeerCertificates[0].Subject.CommonName
	role, ok := g.roles[name]
	if !ok {
		return Principal{}, api.Errorf(api.Unauthorized, "client certificate of %.64q: the node file gives no role to that name", name)
	}
	return Principal{Name: "cert:" + name, Role: role}, nil
}

// tooMany is the refusal of a caller who comes too often.
type tooMany struct {
	wait time.Duration
	text string
}

// Error implements error.
func (t *tooMany) Error() string { return t.text }

// challenge is the WWW-Authenticate header of a 401.
func challenge(detail string) string {
	return fmt.Sprintf("Bearer realm=\"meridian\", error_description=%q", strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || r == '"' || r == '\\' {
			return '\''
		}
		return r
	}, detail))
}
