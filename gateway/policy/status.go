package policy

import (
	"context"
	"net/http"
	"strconv"
	"strings"
)

// statusKind is <set-status code="…" reason="…" />, of the response.
func statusKind() kind {
	return kind{
		name: "set-status", in: everywhere,
		attributes: []attr{
			{name: "code", required: true, code: true, want: wantNumber, min: 200, max: 599},
			{name: "reason", code: true},
		},
		compile: func(_ *compiler, _ *element, t terms) runner {
			return (&status{code: t["code"], reason: t["reason"]}).run
		},
	}
}

type status struct{ code, reason *term }

func (o *status) run(_ context.Context, r *run) error {
	code, err := o.code.number(r, http.StatusOK)
	if err != nil {
		return err
	}
	reason := ""
	if o.reason != nil {
		if reason, err = o.reason.text(r); err != nil {
			return err
		}
	}
	if reason == "" {
		reason = http.StatusText(code)
	}
	resp := r.x.Response
	if r.into != nil {
		resp = r.into
	}
	if resp == nil {
		return r.did("there is no response to set the status of")
	}
	resp.Reason = strings.NewReplacer("\r", " ", "\n", " ").Replace(reason)
	resp.HTTP.StatusCode = code
	resp.HTTP.Status = strconv.Itoa(code) + " " + resp.Reason
	return r.did("status " + resp.HTTP.Status)
}
