package policy

import (
	"context"

	"meridian/gateway/expr"
)

// variableKind is <set-variable>. A literal is a string, an expression keeps
// its type: later casts are judged by that.
func variableKind() kind {
	return kind{
		name: "set-variable", in: everywhere,
		attributes: []attr{
			{name: "name", required: true, want: wantName},
			{name: "value", required: true, code: true},
		},
		compile: func(_ *compiler, _ *element, t terms) runner {
			return (&variable{name: t["name"].constant(), value: t["value"]}).run
		},
	}
}

type variable struct {
	name  string
	value *term
}

func (o *variable) run(_ context.Context, r *run) error {
	var value expr.Value = o.value.literal
	if o.value.program != nil {
		var err error
		if value, err = o.value.program.Eval(&r.x.Context); err != nil {
			return err
		}
	}
	r.store(o.name, value)
	if r.x.Trace != nil {
		o.value.saw(r, expr.ToText(value))
		if o.value.secret(r) {
			r.hidden.name(o.name)
		}
		r.note("variable " + o.name)
	}
	return nil
}

// store sets context.Variables[name].
func (r *run) store(name string, value expr.Value) {
	if r.x.Variables == nil {
		r.x.Variables = map[string]expr.Value{}
	}
	r.x.Variables[name] = value
}
