package policy

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// maxPeriod is the longest renewal period, in seconds.
const maxPeriod = 300

// limitAttrs are the attributes that rate-limit and rate-limit-by-key share.
func limitAttrs(code bool) []attr {
	return []attr{
		{name: "calls", required: true, code: code, want: wantNumber, min: 1, max: 1 << 30},
		{name: "renewal-period", required: true, code: code, want: wantNumber, min: 1, max: maxPeriod},
		{name: "retry-after-header-name", want: wantName},
		{name: "retry-after-variable-name", want: wantName},
		{name: "remaining-calls-header-name", want: wantName},
		{name: "remaining-calls-variable-name", want: wantName},
		{name: "total-calls-header-name", want: wantName},
	}
}

// rateKind is <rate-limit>: per subscription, and callers without one together.
func rateKind() kind {
	return kind{
		name: "rate-limit", in: in(inbound), content: elements, once: true,
		attributes: limitAttrs(false),
		compile:    compileRate,
	}
}

// rate is a <rate-limit> with the limits of APIs and operations in it.
type rate struct {
	t      terms
	limits []limit
}

// limit is one counter of a <rate-limit>.
type limit struct {
	api, operation string // id or name; "": any
	calls          int
	period         time.Duration
}

func compileRate(c *compiler, e *element, t terms) runner {
	if c.scope == ScopeGlobal {
		c.refuse(e.src, e.at, "<rate-limit> in the global document; it may stand in those of a product, an API or an operation. <rate-limit-by-key> may stand here")
		return nil
	}
	o := &rate{t: t, limits: []limit{limitOf(t)}}
	if !c.only(e, "api") {
		return nil
	}
	for _, api := range e.children {
		above, ok := o.child(c, api, limit{})
		if !ok || !c.only(api, "operation") {
			return nil
		}
		for _, operation := range api.children {
			if _, ok := o.child(c, operation, above); !ok || !c.holds(operation, nothing) {
				return nil
			}
		}
	}
	return o.run
}

// limitOf returns the limit of literal attributes.
func limitOf(t terms) limit {
	calls, _ := strconv.Atoi(strings.TrimSpace(t["calls"].constant())) // checked by the table
	period, _ := strconv.Atoi(strings.TrimSpace(t["renewal-period"].constant()))
	return limit{calls: calls, period: time.Duration(period) * time.Second}
}

// child compiles <api> or <operation>, by id or by name.
func (o *rate) child(c *compiler, e *element, above limit) (limit, bool) {
	table := append([]attr{{name: "name"}, {name: "id"}}, limitAttrs(false)[:2]...)
	t, ok := c.terms(e, table)
	if !ok || !c.room(e) {
		return limit{}, false
	}
	l := limitOf(t)
	who := t["id"].constant()
	if who == "" {
		who = t["name"].constant()
	}
	if who == "" {
		c.refuse(e.src, e.at, "<%s> has neither id nor name; want one", e.name)
		return limit{}, false
	}
	l.api = who
	if e.name == "operation" {
		l.api, l.operation = above.api, who
	}
	o.limits = append(o.limits, l)
	return l, true
}

func (o *rate) run(ctx context.Context, r *run) error {
	subscription := ""
	if r.x.Subscription != nil {
		subscription = r.x.Subscription.ID
	}
	for _, l := range o.limits {
		if !l.meets(r.x) {
			continue
		}
		key := strings.Join([]string{"rate-limit", r.place(l), l.api, l.operation, subscription}, "\x00")
		if err := r.count(ctx, o.t, Count{Key: key, Calls: l.calls, Period: l.period, N: 1}); err != nil {
			return err
		}
	}
	return nil
}

// place names the document that counts: the counter of an API's document is
// that API's.
func (r *run) place(l limit) string {
	scope := r.step.scope
	switch {
	case scope == ScopeOperation:
		return scope.String() + "/" + r.x.API.ID + "/" + r.x.Operation.ID
	case scope == ScopeAPI:
		return scope.String() + "/" + r.x.API.ID
	case scope == ScopeProduct && r.x.Product != nil:
		return scope.String() + "/" + r.x.Product.ID
	}
	return scope.String()
}

// meets reports whether a limit is for this request.
func (l limit) meets(x *Exchange) bool {
	api := l.api == "" || l.api == x.API.ID || l.api == x.API.Name
	return api && (l.operation == "" || l.operation == x.Operation.ID || l.operation == x.Operation.Name)
}

// count takes calls and refuses what is over the limit: 429, Retry-After.
func (r *run) count(ctx context.Context, t terms, c Count) error {
	v, err := r.h.Count(ctx, c)
	if err != nil {
		return err
	}
	r.keep(t["remaining-calls-variable-name"], v.Remaining)
	r.announce(t["remaining-calls-header-name"], v.Remaining)
	r.announce(t["total-calls-header-name"], c.Calls)
	if r.x.Trace != nil {
		r.note(fmt.Sprintf("%d of %d calls in %v, %d remain", c.N, c.Calls, c.Period, v.Remaining))
	}
	if v.Allowed {
		return nil
	}
	wait := seconds(v.RetryAfter)
	r.keep(t["retry-after-variable-name"], wait)
	name := t["retry-after-header-name"].constant()
	if name == "" {
		name = "Retry-After"
	}
	return &Failure{
		Reason: ReasonRateLimit, Status: http.StatusTooManyRequests, RetryAfter: v.RetryAfter,
		Message: fmt.Sprintf("Rate limit is exceeded. Try again in %d seconds.", wait),
		Header:  http.Header{http.CanonicalHeaderKey(name): {strconv.Itoa(wait)}},
	}
}

// keep puts a number into the variable that an attribute names, if it is there.
func (r *run) keep(name *term, n int) {
	if variable := name.constant(); variable != "" {
		r.store(variable, int32(min(n, 1<<31-1)))
	}
}

// announce puts a number into the answer's field that an attribute names, if it
// is there.
func (r *run) announce(name *term, n int) {
	if header := name.constant(); header != "" {
		r.fields = append(r.fields, field{header, strconv.Itoa(n)})
	}
}
