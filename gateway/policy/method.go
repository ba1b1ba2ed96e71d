package policy

import (
	"context"

	"golang.org/x/net/http/httpguts"
)

// methodKind is <set-method>GET</set-method>, of the request.
func methodKind() kind {
	return kind{
		name: "set-method", in: in(inbound, onError), content: anything,
		compile: func(c *compiler, e *element, _ terms) runner {
			value := c.value(e, attr{name: "method", code: true, want: wantName})
			if value == nil {
				return nil
			}
			if m := value.constant(); m != "" && !httpguts.ValidHeaderFieldName(m) {
				c.refuse(value.src, value.at, "method %q is no method; want GET, POST and the like", m)
				return nil
			}
			return (&method{value: value}).run
		},
	}
}

type method struct{ value *term }

func (o *method) run(_ context.Context, r *run) error {
	value, err := o.value.name(r)
	if err != nil {
		return err
	}
	if !httpguts.ValidHeaderFieldName(value) {
		return o.value.invalid(value)
	}
	r.x.Request.HTTP.Method = value
	return r.did("method " + value)
}
