package policy

import (
	"context"
	"fmt"

	"meridian/gateway/expr"
)

// bodyKind is <set-body>: text as it is written, or an expression; of the
// request in inbound and backend, of the response elsewhere.
func bodyKind() kind {
	return kind{
		name: "set-body", in: everywhere, content: anything,
		attributes: []attr{{name: "template"}, {name: "xsi-nil", want: wantChoice, choices: []string{"blank", "null"}}},
		compile:    compileBody,
	}
}

type body struct {
	value    *term
	response bool
}

func compileBody(c *compiler, e *element, t terms) runner {
	for _, name := range []string{"template", "xsi-nil"} {
		if t[name] != nil && (name != "template" || t[name].constant() != "none") {
			c.refuse(e.src, e.attribute(name).at, "%s=%q: Liquid templates are not supported; want text or an expression", name, t[name].literal)
			return nil
		}
	}
	value := c.raw(e, attr{name: "body", code: true})
	if value == nil {
		return nil
	}
	return (&body{value: value, response: c.toResponse()}).run
}

func (o *body) run(_ context.Context, r *run) error {
	data, err := o.bytes(r)
	if err != nil {
		return err
	}
	of := "the request"
	switch {
	case !o.response:
		r.x.Request.SetBody(data)
	case r.into != nil:
		of = "the new response"
		r.into.SetBody(data)
	case r.x.Response == nil:
		return r.did("there is no response to set the body of")
	default:
		of = "the response"
		r.x.Response.SetBody(data)
	}
	return r.did(fmt.Sprintf("%d bytes as the body of %s", len(data), of))
}

// bytes evaluates the body: bytes as they are, anything else as text.
func (o *body) bytes(r *run) ([]byte, error) {
	if o.value.program == nil {
		return []byte(o.value.literal), nil
	}
	value, err := o.value.program.Eval(&r.x.Context)
	if err != nil {
		return nil, err
	}
	data, ok := value.([]byte)
	if !ok {
		data = []byte(expr.ToText(value))
	}
	if r.x.Trace != nil {
		o.value.saw(r, string(data))
	}
	return data, nil
}
