package admin

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"meridian/admin/api"
)

// roleExtension is the member of an operation in the OpenAPI document that says
// which role it needs.
const roleExtension = "x-meridian-role"

// Names of the security schemes in the OpenAPI document.
const (
	bearerScheme      = "bearer"
	certificateScheme = "certificate"
)

// securitySchemes are the ways to show who asks. None of them is needed over
// the unix socket, and over loopback where no authentication is in force.
func securitySchemes() map[string]*huma.SecurityScheme {
	return map[string]*huma.SecurityScheme{
		bearerScheme:      {Type: "http", Scheme: "bearer", Description: "A token (POST /v1/tokens). Needed over TCP as soon as one exists, beyond loopback always."},
		certificateScheme: {Type: "mutualTLS", Description: "A client certificate whose common name has a role in the node file."},
	}
}

// open is the role of operations that need none.
const open api.Role = "none"

// least returns the role an operation needs: what its spec says, else viewer to
// read and admin to change.
func (s spec) least() api.Role {
	switch {
	case s.role != "":
		return s.role
	case s.method == http.MethodGet:
		return api.Viewer
	default:
		return api.Admin
	}
}

// restrict writes an operation's role into it.
func restrict(op *huma.Operation, need api.Role) {
	op.Extensions = map[string]any{roleExtension: string(need)}
	if need == open {
		op.Security = []map[string][]string{{}}
	}
}

// withRole is a huma middleware: it refuses callers whose role is too low, and
// notes which operation is asked for.
func (r *routes) withRole(c huma.Context, next func(huma.Context)) {
	op := c.Operation()
	v := visitOf(c.Context())
	v.operation = op.OperationID
	need, _ := op.Extensions[roleExtension].(string)
	if f := refusal(v, api.Role(need)); f != nil {
		c.SetHeader("Content-Type", f.ContentType(""))
		c.SetStatus(f.Status)
		_ = json.NewEncoder(c.BodyWriter()).Encode(f) // the caller has gone if this fails
		return
	}
	next(c)
}

// permit is withRole for what is served without huma.
func permit(need api.Role, operation string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := visitOf(r.Context())
		v.operation = operation
		if f := refusal(v, need); f != nil {
			writeFault(w, f.Code, f.Detail)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// refusal returns the answer to a caller whose role is too low, and nil to others.
func refusal(v *visit, need api.Role) *api.Fault {
	if need == open || v.principal.Role.Allows(need) {
		return nil
	}
	v.refused = api.NotPermitted
	return newFault(api.NotPermitted, fmt.Sprintf("%s is %s: want role %s", v.principal.Name, v.principal.Role, need))
}
