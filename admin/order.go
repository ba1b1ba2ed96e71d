package admin

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"meridian/admin/api"
)

// maxWait is the longest time an order may wait for nodes.
const maxWait = 5 * time.Minute

// OrderInput are the parameters of every mutating operation. The type is
// exported because huma looks at exported fields only.
type OrderInput struct {
	Wait    string `query:"wait" default:"reachable" enum:"none,reachable,all" doc:"Which registered nodes to wait for until they serve the change"`
	Timeout string `query:"timeout" default:"10s" maxLength:"32" doc:"How long to wait at most: 0s to 5m. The change stands whatever was waited for"`
	DryRun  bool   `query:"dryRun" doc:"Return what would change; nothing does"`
	Key     string `header:"Idempotency-Key" maxLength:"128" pattern:"^[!-~]*$" doc:"A repeated order with the same key, at the same node and of the same caller, is carried out once; its outcome is kept for a day"`
}

// ReasonInput are the parameters of mutating operations without a body. The type
// is exported because huma looks at exported fields only.
type ReasonInput struct {
	Reason string   `query:"reason" maxLength:"1024"`
	Bypass []string `query:"bypass" maxItems:"8" nullable:"false" doc:"Safety rules that shall not hold it; needs a reason"`
}

// input is there for types that embed OrderInput.
func (in *OrderInput) input() *OrderInput { return in }

// isRule reports whether a rule that shall be bypassed has the form of a name.
func isRule(name string) bool {
	return name != "" && len(name) <= 64 && strings.IndexFunc(name, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '_'
	}) < 0
}

// terms checks the terms of an order, and notes them and its target for the
// audit log.
func (in *OrderInput) terms(ctx context.Context, target, reason string, bypass []string) (api.Terms, error) {
	d := deedOf(ctx)
	d.target, d.reason, d.bypass, d.dryRun = target, reason, bypass, in.DryRun
	timeout, err := parseTimeout(in.Timeout)
	if err != nil {
		return api.Terms{}, err
	}
	for _, rule := range bypass {
		if !isRule(rule) {
			return api.Terms{}, api.Errorf(api.Invalid, "bypass %.80q: want the name of a rule, such as minEnabledLocations", rule)
		}
	}
	if len(bypass) > 0 && reason == "" {
		return api.Terms{}, api.Errorf(api.Invalid, "bypass %q: a safety rule is bypassed with a reason only", bypass)
	}
	return api.Terms{
		By: PrincipalOf(ctx).Name, Reason: reason, Bypass: bypass,
		Wait: in.Wait, Timeout: timeout, DryRun: in.DryRun, Key: in.Key,
	}, nil
}

// parseTimeout reads how long to wait for nodes.
func parseTimeout(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if err != nil {
		d, err = api.ParseDuration(text)
	}
	if err != nil || d < 0 || d > maxWait {
		return 0, api.Errorf(api.Invalid, "timeout %.40q: want 0s to %v", text, maxWait)
	}
	return d, nil
}

// outcome is what an order answers with.
type outcome interface{ Ordered() api.Change }

// orderAnswer is 200 where what was waited for is the case, 202 where it is not
// yet.
type orderAnswer[O outcome] struct {
	Status   int
	Location string `header:"Location" doc:"Where to ask how it went on; with 202"`
	Body     O
}

func newOrderAnswer[O outcome](out O) *orderAnswer[O] {
	a := &orderAnswer[O]{Status: http.StatusOK, Body: out}
	if c := out.Ordered(); !c.Reached && !c.Noop && !c.DryRun {
		a.Status, a.Location = http.StatusAccepted, "/v1/changes/"+url.PathEscape(c.ID)
	}
	return a
}

// order registers a mutating operation: as add, but handle may take the time
// the order waits, a repeated Idempotency-Key is answered without it, and the
// answer may be 202.
func order[I any, P interface {
	*I
	input() *OrderInput
}, O outcome](r *routes, s spec, handle func(context.Context, P) (O, error)) {
	op := r.operation(s)
	op.Middlewares = append(op.Middlewares, withControl)
	schema := r.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[O](), true, "")
	content := map[string]*huma.MediaType{"application/json": {Schema: schema}}
	op.Responses["200"] = &huma.Response{Description: "What was waited for is the case, nothing had to change, or it was a dry run", Content: content}
	op.Responses["202"] = &huma.Response{
		Description: "Accepted, and not yet in what every node waited for serves", Content: content,
		Headers: map[string]*huma.Param{"Location": {Description: "Where to ask how it went on", Schema: &huma.Schema{Type: huma.TypeString}}},
	}
	huma.Register(r.huma, op, func(ctx context.Context, in *I) (*orderAnswer[O], error) {
		ctx, done := r.patient(ctx, P(in).input().Timeout)
		defer done()
		out, err := once(ctx, r.replays, s, in, P(in).input().Key, func() (O, error) { return handle(ctx, in) })
		if err != nil {
			return nil, faultOf(ctx, r.log, err)
		}
		deedOf(ctx).change = out.Ordered().ID
		return newOrderAnswer(out), nil
	})
}

// patient returns a context for a handler that waits for nodes: it ends when
// the time for that and the time of every handler are over, and when the server
// shuts down. The connection's deadlines are set to it.
func (r *routes) patient(ctx context.Context, timeout string) (context.Context, func()) {
	wait, _ := parseTimeout(timeout) // refused by terms where it cannot be read
	total := wait + r.limits.Handle
	if c, ok := ctx.Value(controlKey{}).(*http.ResponseController); ok {
		// A deadline that stays as it was cuts the answer short, no more.
		_ = c.SetReadDeadline(time.Time{})
		_ = c.SetWriteDeadline(time.Now().Add(total + r.limits.Write))
	}
	ctx, cancel := context.WithTimeout(ctx, total)
	var watch sync.WaitGroup
	watch.Go(func() {
		select {
		case <-r.closing:
			cancel()
		case <-ctx.Done():
		}
	})
	return ctx, func() {
		cancel()
		watch.Wait()
	}
}

// controlKey is the context's key of the connection's controller.
type controlKey struct{}

// withControl lets handlers set the deadlines of their connection.
func withControl(ctx huma.Context, next func(huma.Context)) {
	_, w := humago.Unwrap(ctx)
	next(huma.WithValue(ctx, controlKey{}, http.NewResponseController(w)))
}

// fewPlans bounds how many plans are in memory at once: it takes the place of
// one before its body is read.
func (r *routes) fewPlans(ctx huma.Context, next func(huma.Context)) {
	select {
	case r.plans <- struct{}{}:
		defer func() { <-r.plans }()
		next(ctx)
	default:
		_, w := humago.Unwrap(ctx)
		writeFault(w, api.Busy, fmt.Sprintf("%d plans are being handled, no more are taken now", cap(r.plans)))
	}
}
