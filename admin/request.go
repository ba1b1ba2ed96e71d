package admin

import (
	"context"
	"net/http"
	"net/url"

	"meridian/admin/api"
	"meridian/routing"
)

// RequestSource says what would come of a request: the gateway's own code on
// what is in service, with nothing sent and nothing counted. The query has been
// checked: an absolute URL, an address where one is given, Location as an id.
// api.Unavailable: no node of the location can be asked.
type RequestSource interface {
	Request(ctx context.Context, q api.RequestQuery) (api.RequestResult, error)
}

type requestInput struct {
	Body api.RequestQuery
}

func (r *routes) addRequests() {
	add(r, spec{
		method: http.MethodPost, path: "/v1/request", id: "explainRequest", summary: "What would come of a request, and why", role: api.Viewer,
		detail: "The gateway's own code on what is in service; nothing is sent, and nothing is counted.",
	}, needs(r.sources.Requests != nil, "gateway", r.request))
}

func (r *routes) request(ctx context.Context, in *requestInput) (api.RequestResult, error) {
	q := in.Body
	u, err := url.Parse(q.URL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return api.RequestResult{}, api.Errorf(api.Invalid, "url %.200q: want http or https with a host, such as https://contoso.gtm.example.com/suffix/foo", q.URL)
	}
	if _, err := parseAddress("client", q.Client); err != nil {
		return api.RequestResult{}, err
	}
	if q.Method == "" {
		q.Method = http.MethodGet
	}
	if q.Location != "" {
		q.Location = string(routing.ParseLocationName(q.Location))
	}
	return r.sources.Requests.Request(ctx, q)
}
