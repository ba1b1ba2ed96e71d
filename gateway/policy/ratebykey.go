package policy

import (
	"context"
	"strings"
	"time"
)

// rateByKeyKind is <rate-limit-by-key>: a counter per key, one for all scopes
// and APIs that name the key.
func rateByKeyKind() kind {
	return kind{
		name: "rate-limit-by-key", in: in(inbound),
		attributes: append(limitAttrs(true),
			attr{name: "counter-key", required: true, code: true},
			attr{name: "increment-condition", code: true, want: wantBool},
			attr{name: "increment-count", code: true, want: wantNumber, min: 0, max: 1 << 30},
		),
		compile: func(_ *compiler, e *element, t terms) runner {
			later := e.attribute("increment-condition").looksAt("Response") || e.attribute("increment-count").looksAt("Response")
			return (&rateByKey{t: t, later: later}).run
		},
	}
}

// looksAt reports whether an attribute is an expression that names a member of
// context.
func (a *attribute) looksAt(member string) bool {
	if a == nil {
		return false
	}
	for _, p := range a.parts {
		if p.code != nil && strings.Contains(strings.Join(strings.Fields(p.code.raw), ""), "context."+member) {
			return true
		}
	}
	return false
}

// rateByKey is a <rate-limit-by-key>. Where what it counts depends on the
// answer, it looks first and counts later.
type rateByKey struct {
	t     terms
	later bool
}

// count is a Count that waits for the answer.
type count struct {
	of   *rateByKey
	what Count
}

func (o *rateByKey) run(ctx context.Context, r *run) error {
	c, err := o.limit(r)
	if err != nil {
		return err
	}
	if o.later {
		err := r.count(ctx, o.t, c)
		if err == nil {
			r.later = append(r.later, count{of: o, what: c})
		}
		return err
	}
	if c.N, err = o.calls(r); err != nil {
		return err
	}
	return r.count(ctx, o.t, c)
}

// limit evaluates the key and the limit.
func (o *rateByKey) limit(r *run) (c Count, err error) {
	if c.Key, err = o.t["counter-key"].text(r); err != nil {
		return c, err
	}
	c.Key = "key\x00" + c.Key
	if c.Calls, err = o.t["calls"].number(r, 1); err != nil {
		return c, err
	}
	period, err := o.t["renewal-period"].number(r, 1)
	c.Period = time.Duration(period) * time.Second
	return c, err
}

// calls evaluates how many calls this request counts for.
func (o *rateByKey) calls(r *run) (int, error) {
	counted, err := o.t["increment-condition"].isTrue(r, true)
	if err != nil || !counted {
		return 0, err
	}
	return o.t["increment-count"].number(r, 1)
}

// settle counts, now that the answer is known. What fails here counts nothing:
// the answer is made, and stands.
func (c count) settle(ctx context.Context, r *run) {
	n, err := c.of.calls(r)
	if err != nil || n == 0 {
		return
	}
	c.what.N, c.what.Later = n, true
	_, _ = r.h.Count(ctx, c.what)
}
