package admin

import (
	"context"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"meridian/admin/api"
)

type eventsInput struct {
	Accept      string `header:"Accept" hidden:"true"`
	LastEventID string `header:"Last-Event-ID" maxLength:"64" doc:"Id of the last event received; streams go on behind it"`
	After       string `query:"after" maxLength:"64" doc:"The same for lists"`
	Limit       int    `query:"limit" default:"1000" minimum:"1" maximum:"10000" doc:"Most events to list; streams ignore it"`
}

// start returns the id behind which events are wanted.
func (in *eventsInput) start() string {
	if in.LastEventID != "" {
		return in.LastEventID
	}
	return in.After
}

func (r *routes) addEvents() {
	schemas := r.huma.OpenAPI().Components.Schemas
	op := r.operation(spec{
		method: http.MethodGet, path: "/v1/events", id: "listEvents", summary: "What happened lately, or happens now",
		detail: "A list of the events kept; with Accept: text/event-stream a stream of server-sent events, which starts with those kept behind Last-Event-ID. The data of each is an Event. Where events in between are gone, the stream starts with one of kind events_lost.",
	})
	op.Responses["200"] = &huma.Response{
		Description: "Events, oldest first",
		Content: map[string]*huma.MediaType{
			"application/json": {Schema: schemas.Schema(reflect.TypeFor[api.Events](), true, "")},
			eventStream:        {Schema: &huma.Schema{Type: huma.TypeString}},
		},
	}
	huma.Register(r.huma, op, r.events)
}

func (r *routes) events(ctx context.Context, in *eventsInput) (*huma.StreamResponse, error) {
	if r.sources.Events == nil {
		return nil, faultOf(ctx, r.log, absent("event log"))
	}
	if in.Accept != eventStream {
		events, lost := r.sources.Events.Since(in.start(), in.Limit)
		return jsonStream(r.huma, api.Events{Events: events, Lost: lost}), nil
	}
	select {
	case r.streams <- struct{}{}:
	default:
		return nil, faultOf(ctx, r.log, api.Errorf(api.Busy, "%d event streams are open, no more are taken now", cap(r.streams)))
	}
	return &huma.StreamResponse{Body: func(c huma.Context) {
		defer func() { <-r.streams }()
		r.metrics.streams.Inc()
		defer r.metrics.streams.Dec()
		_, w := humago.Unwrap(c)
		s := &stream{
			w: w, control: http.NewResponseController(w), source: r.sources.Events, after: in.start(),
			heartbeat: r.limits.Heartbeat, patience: r.limits.StreamWrite,
		}
		s.run(c.Context().Done(), r.closing)
	}}, nil
}

// jsonStream answers JSON where the operation may also stream.
func jsonStream(h huma.API, v any) *huma.StreamResponse {
	return &huma.StreamResponse{Body: func(c huma.Context) {
		c.SetHeader("Content-Type", "application/json")
		_ = h.Marshal(c.BodyWriter(), "application/json", v) // the caller has gone if this fails
	}}
}
