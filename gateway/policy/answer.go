package policy

import (
	"context"
	"net/http"
	"strconv"

	"meridian/gateway/expr"
)

// returnKind is <return-response>: it ends the run with 200 without a body, or
// with what its children and the response of a variable say.
func returnKind() kind {
	return kind{
		name: "return-response", in: everywhere, content: elements,
		attributes: []attr{{name: "response-variable-name", want: wantName}},
		compile:    compileReturn,
	}
}

type answer struct {
	variable string
	steps    []step
}

func compileReturn(c *compiler, e *element, t terms) runner {
	if !c.only(e, "set-status", "set-header", "set-body") {
		return nil
	}
	outer := c.response
	c.response = true
	o := &answer{variable: t["response-variable-name"].constant(), steps: c.steps(e.children)}
	c.response = outer
	return o.run
}

// run makes the new response beside the one there is, which expressions still
// see.
func (o *answer) run(ctx context.Context, r *run) error {
	into := newResponse(&r.x.Context, http.StatusOK)
	if o.variable != "" {
		if held, ok := r.x.Variables[o.variable].(*expr.Response); ok && held != nil {
			into = held
		}
	}
	self := r.step
	r.into = into
	err := r.steps(ctx, o.steps)
	r.into = nil
	if err != nil {
		return err
	}
	if r.x.Response != into {
		r.drop()
	}
	r.x.Response = into
	if r.x.Trace != nil {
		r.step = self
		r.note("returned with status " + strconv.Itoa(into.HTTP.StatusCode))
	}
	return errReturned
}
