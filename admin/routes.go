package admin

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"meridian/admin/api"
)

// apiVersion is the version of the API in the OpenAPI document; it is raised
// when a client written for an older one would break.
const apiVersion = "1.0.0"

// routes are the handlers and what they need.
type routes struct {
	sources Sources
	limits  Limits
	metrics *metrics
	log     *slog.Logger
	closing <-chan struct{} // ends event streams; Server closes it
	probes  chan struct{}   // one for each probe on demand
	streams chan struct{}   // one for each event stream
	plans   chan struct{}   // one for each plan that is sent
	replays *replays
	trail   *trail
	audit   *AuditLog // nil: none is kept
	huma    huma.API
}

// newHandler builds everything between a listener and the sources.
func newHandler(o Options, m *metrics, closing <-chan struct{}, gate *gate) (http.Handler, error) {
	mux := http.NewServeMux()
	r := newRoutes(o, m, closing, mux)
	document, err := json.Marshal(r.huma.OpenAPI())
	if err != nil {
		return nil, fmt.Errorf("writing OpenAPI document: %w", err)
	}
	mux.Handle("GET /openapi.json", permit(api.Viewer, "getOpenAPI", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/openapi+json")
		_, _ = w.Write(document) // the caller has gone if this fails
	})))
	mux.Handle("GET /metrics", promhttp.HandlerFor(o.Gatherer, promhttp.HandlerOpts{
		ErrorLog: slog.NewLogLogger(o.Logger.Handler(), slog.LevelWarn), ErrorHandling: promhttp.ContinueOnError,
		MaxRequestsInFlight: 4, Timeout: o.Limits.Handle,
	}))
	if err := addPage(r, gate, mux); err != nil {
		return nil, err
	}
	mux.HandleFunc("/", noRoute(mux))
	g := &guard{
		limits: o.Limits, metrics: m, log: o.Logger, slots: make(chan struct{}, o.Limits.Requests),
		gate: gate, trail: r.trail, rates: newRates(float64(o.Limits.Changes), o.Limits.ChangeBurst),
	}
	return g.wrap(mux), nil
}

// OpenAPI returns the OpenAPI 3.1 document of the API, indented.
func OpenAPI() ([]byte, error) {
	m, err := newMetrics(nil)
	if err != nil {
		return nil, err
	}
	r := newRoutes(Options{}.withDefaults(), m, nil, http.NewServeMux())
	document, err := json.MarshalIndent(r.huma.OpenAPI(), "", "  ")
	return append(document, '\n'), err
}

// newRoutes registers every operation on the mux.
func newRoutes(o Options, m *metrics, closing <-chan struct{}, mux *http.ServeMux) *routes {
	r := &routes{
		sources: o.Sources, limits: o.Limits, metrics: m, log: o.Logger, closing: closing,
		probes: make(chan struct{}, o.Limits.Probes), streams: make(chan struct{}, o.Limits.Streams),
		plans: make(chan struct{}, o.Limits.Plans), replays: newReplays(),
		huma: humago.New(mux, humaConfig()), audit: o.Audit, trail: newTrail(o.Audit, m),
	}
	r.huma.UseMiddleware(withPlainAccept, r.withRole)
	r.addStatus()
	r.addResolve()
	r.addHealth()
	r.addProfiles()
	r.addLocations()
	r.addGeo()
	r.addZone()
	r.addEvents()
	r.addAudit()
	r.addSwitches()
	r.addChanges()
	r.addPlan()
	r.addPlanEdits()
	r.addNodes()
	r.addSecrets()
	r.addTokens()
	r.addDrills()
	r.addMatrix()
	r.addBackends()
	r.addRequests()
	finishDocument(r.huma.OpenAPI())
	return r
}

// humaConfig is huma without its documentation pages, link headers and content
// negotiation.
func humaConfig() huma.Config {
	c := huma.DefaultConfig("Meridian admin API", apiVersion)
	c.OpenAPIPath, c.DocsPath, c.SchemasPath = "", "", ""
	c.CreateHooks = nil
	c.Transformers = []huma.Transformer{asFault}
	c.RejectUnknownQueryParameters = true
	c.Info.Description = "What a Meridian node answers, why, and what it knows. Errors are problem documents (RFC 9457)."
	c.Components.SecuritySchemes = securitySchemes()
	c.Security = []map[string][]string{{bearerScheme: {}}, {certificateScheme: {}}, {}}
	c.Info.License = &huma.License{Name: "Apache-2.0", Identifier: "Apache-2.0"}
	return c
}

// spec is what an operation's registration says beyond its types.
type spec struct {
	method, path, id, summary, detail string
	role                              api.Role                  // least role of the caller; empty: viewer to read, admin to change
	large                             bool                      // the body may be a whole plan
	unkept                            bool                      // outcomes are not kept for a repeated Idempotency-Key
	responses                         map[string]*huma.Response // beside 200 and the default
}

func (r *routes) operation(s spec) huma.Operation {
	fault := r.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[api.Fault](), true, "")
	op := huma.Operation{
		OperationID: s.id, Method: s.method, Path: s.path, Summary: s.summary, Description: s.detail,
		MaxBodyBytes: r.limits.Body,
		Responses: map[string]*huma.Response{"default": {
			Description: "Problem document",
			Content:     map[string]*huma.MediaType{"application/problem+json": {Schema: fault}},
		}},
	}
	if s.large {
		op.MaxBodyBytes, op.BodyReadTimeout = r.limits.Plan, r.limits.Read
		op.Middlewares = append(op.Middlewares, r.fewPlans)
	}
	for status, response := range s.responses {
		op.Responses[status] = response
	}
	restrict(&op, s.least())
	return op
}

// answer is a 200 with a JSON body.
type answer[T any] struct{ Body T }

// add registers an operation: handle runs under the deadline for sources, its
// error becomes a problem document.
func add[I, O any](r *routes, s spec, handle func(context.Context, *I) (O, error)) {
	huma.Register(r.huma, r.operation(s), func(ctx context.Context, in *I) (*answer[O], error) {
		ctx, cancel := context.WithTimeout(ctx, r.limits.Handle)
		defer cancel()
		out, err := handle(ctx, in)
		if err != nil {
			return nil, faultOf(ctx, r.log, err)
		}
		return &answer[O]{Body: out}, nil
	})
}

// needs returns handle, or where its source is not present a handler that says
// so.
func needs[I, O any](present bool, what string, handle func(context.Context, *I) (O, error)) func(context.Context, *I) (O, error) {
	if present {
		return handle
	}
	return func(context.Context, *I) (O, error) {
		var none O
		return none, absent(what)
	}
}

// absent is the error of a path whose source this node does not have.
func absent(what string) error {
	return api.Errorf(api.Unsupported, "this node has no %s: it lacks the role", what)
}

// noRoute answers what no pattern takes: 405 where another method would do.
func noRoute(mux *http.ServeMux) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var allowed []string
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
			other := &http.Request{Method: method, URL: r.URL, Host: r.Host}
			if _, pattern := mux.Handler(other); pattern != "/" && method != r.Method {
				allowed = append(allowed, method)
			}
		}
		if len(allowed) > 0 {
			w.Header().Set("Allow", strings.Join(allowed, ", "))
			writeFault(w, api.NotAllowed, fmt.Sprintf("method %q: want %s", shown(r.Method), strings.Join(allowed, " or ")))
			return
		}
		writeFault(w, api.NotFound, fmt.Sprintf("path %q: no such path", shown(r.URL.Path)))
	}
}
