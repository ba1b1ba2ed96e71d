package pipeline

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"meridian/gateway/backend"
	"meridian/gateway/breaker"
	"meridian/gateway/expr"
	"meridian/gateway/policy"
	"meridian/gateway/record"
)

// Explanation is what would come of a request now.
type Explanation struct {
	API       string            // name; "": none claims it
	Path      string            // of the API
	Operation string            // name; "": none
	Template  string            // of the operation
	Params    map[string]string // of the template
	Below     string            // the path below the API's, as the backend gets it unless policies change it
	Plain     bool              // policies do nothing but forward
	Policies  []policy.TraceEntry
	Forwards  []Forwarding // in order; with retries more than one
	Status    int          // of the answer; 0: the backend's
	Reason    string       // why the answer is made here; "": it is a policy's or the backend's
	Message   string       // the same for people
	Version   uint64       // of the generation: grows with each Apply
}

// Forwarding is a request to a backend that would be made.
type Forwarding struct {
	Method string
	Host   string // that would be sent; "": the backend's
	Path   string // below the backend's URL
	Query  string
	backend.Explanation
}

// Explain takes a request through the live generation and sends nothing: every
// backend is taken to answer 200 with no body. Limits are looked at and not
// counted, pauses are not made.
func (p *Pipeline) Explain(ctx context.Context, r *http.Request, a Arrival) Explanation {
	g := p.live.Load()
	if g == nil {
		return explainRefusal(Explanation{}, refusePlanless())
	}
	e := explaining{exchange: exchange{p: p, g: g, in: r.WithContext(ctx)}, arrival: a, now: p.o.Now()}
	e.out.Version = g.number
	return e.explain()
}

// explaining is an exchange that sends nothing. It implements policy.Host.
type explaining struct {
	exchange
	arrival Arrival
	now     time.Time
	out     Explanation
}

func (e *explaining) explain() Explanation {
	if reason := record.RefusesMethod(e.in.Method); reason != "" {
		return explainRefusal(e.out, refuseMethod(e.in.Method, reason))
	}
	claimed, no := e.g.claim(&e.match, e.in)
	switch {
	case no != nil:
		return explainRefusal(e.out, no)
	case !claimed:
		return e.unclaimed()
	}
	e.out.API, e.out.Path, e.out.Below = e.api.about.Name, e.api.config.Path, e.path.plain(e.rest)
	if e.op != nil {
		e.out.Operation, e.out.Template, e.out.Params = e.op.name, e.op.text, e.matched()
	}
	program, plain := e.program()
	e.out.Plain = plain
	if !plain {
		return e.run(program)
	}
	if e.api.target.target == nil {
		return explainRefusal(e.out, refuseTargetless())
	}
	out := e.outgoing()
	out.Host = ""
	return e.answer(e.send(e.api.target.target, out))
}

// unclaimed explains what no API claims.
func (e *explaining) unclaimed() Explanation {
	if e.g.unclaimed == nil || e.api != nil {
		if e.api != nil {
			e.out.API, e.out.Path = e.api.about.Name, e.api.config.Path
		}
		return e.unmatched()
	}
	return e.answer(e.send(e.g.unclaimed, e.in))
}

// unmatched explains the 404, and what on-error makes of it.
func (e *explaining) unmatched() Explanation {
	if !e.handled() {
		return explainRefusal(e.out, refuseNotFound())
	}
	y := e.watched()
	if err := e.handle(e.in.Context(), y, e); err != nil {
		return e.answer(err)
	}
	out := explainRefusal(e.out, refuseNotFound())
	out.Status = y.Response.HTTP.StatusCode
	return out
}

func (e *explaining) answer(err error) Explanation {
	if err != nil {
		return explainRefusal(e.out, refusalOf(context.Background(), err))
	}
	return e.out
}

func explainRefusal(out Explanation, r *refusal) Explanation {
	out.Status, out.Reason, out.Message = r.status, r.reason, r.message
	return out
}

// send notes what would be sent.
func (e *explaining) send(t *backend.Target, r *http.Request) error {
	f := Forwarding{Method: r.Method, Host: r.Host, Path: r.URL.Path, Query: r.URL.RawQuery, Explanation: t.Explain(e.now)}
	e.out.Forwards = append(e.out.Forwards, f)
	switch {
	case f.URL != "":
		return nil
	case f.Refused != "":
		out := attemptRefusal(&backend.AttemptError{Backend: f.Target, Reason: breaker.BackendConnectionFailure})
		out.message += ": " + f.Refused
		return out
	}
	open := &backend.OpenError{Target: f.Target, Retry: f.Retry}
	for i := range f.Members {
		open.Skipped = append(open.Skipped, backend.Skip{Member: f.Members[i].Backend, Why: f.Members[i].Why, Wait: f.Members[i].Wait})
	}
	return open
}

// run takes the request through its policies.
func (e *explaining) run(program *policy.Program) Explanation {
	y := e.watched()
	switch err := program.Run(e.in.Context(), y, e); {
	case err != nil:
		return explainRefusal(e.out, &refusal{status: http.StatusInternalServerError, reason: ReasonInternal, message: err.Error()})
	case y.Response == nil || y.Response.HTTP == nil:
		return explainRefusal(e.out, &refusal{status: http.StatusInternalServerError, reason: ReasonInternal, message: "the policies left no answer"})
	case len(e.out.Forwards) == 0 || y.Response.HTTP.StatusCode != http.StatusOK:
		e.out.Status = y.Response.HTTP.StatusCode
	}
	return e.out
}

// watched is what policies see before they run, with each step noted.
func (e *explaining) watched() *policy.Exchange {
	y := e.begin(e.arrival)
	if y.Request.HTTP.Body == nil {
		y.Request.HTTP.Body = http.NoBody
	}
	y.Tracing = true
	y.Trace = func(entry policy.TraceEntry) {
		entry.Message = assumed(entry.Message)
		e.out.Policies = append(e.out.Policies, entry)
	}
	return y
}

// assumed says of an answer that nobody gave that it is taken for granted.
func assumed(message string) string {
	if sent, _, answered := strings.Cut(message, ": 200 after "); answered {
		return sent + ": taken to answer 200, nothing is sent"
	}
	return message
}

// Forward implements policy.Host.
func (e *explaining) Forward(_ context.Context, y *policy.Exchange, _ policy.Forward) error {
	target, err := e.targetOf(y)
	if err == nil {
		before := len(e.out.Forwards)
		err = e.send(target, y.Request.HTTP)
		e.veil(e.out.Forwards[before:], y)
	}
	if err != nil {
		r := refusalOf(context.Background(), err)
		e.out.Reason, e.out.Message = r.reason, y.Veil(r.message)
		r.show(y)
		return r.failure()
	}
	e.out.Reason, e.out.Message = "", ""
	y.Response = &expr.Response{HTTP: &http.Response{
		StatusCode: http.StatusOK, Status: "200 OK", ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{}, Body: http.NoBody,
	}}
	return nil
}

// veil takes secrets out of what policies made of the requests.
func (e *explaining) veil(forwards []Forwarding, y *policy.Exchange) {
	for i := range forwards {
		f := &forwards[i]
		for _, text := range []*string{&f.Host, &f.Path, &f.Query, &f.Target, &f.URL} {
			*text = y.Veil(*text)
		}
	}
}

// Count implements policy.Host: it looks, and takes nothing.
func (e *explaining) Count(_ context.Context, c policy.Count) (policy.Verdict, error) {
	if c.Later {
		return policy.Verdict{Allowed: true}, nil
	}
	c.N = 0
	return count(e.p.o.Limiter, c, e.now), nil
}

// Wait implements policy.Host: it does not.
func (e *explaining) Wait(ctx context.Context, _ time.Duration) error { return ctx.Err() }

// asRefusal finds the refusal in an error.
func asRefusal(err error, to **refusal) bool { return errors.As(err, to) }
