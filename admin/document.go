package admin

import (
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"meridian/admin/api"
)

// finishDocument adds the paths that are served without huma, and takes out the
// schemas of huma's own errors, which never leave the server.
func finishDocument(doc *huma.OpenAPI) {
	delete(doc.Components.Schemas.Map(), "ErrorModel")
	delete(doc.Components.Schemas.Map(), "ErrorDetail")
	for _, schema := range doc.Components.Schemas.Map() {
		for _, p := range schema.Properties {
			allowNull(p)
		}
	}
	text := &huma.Schema{Type: huma.TypeString}
	doc.AddOperation(&huma.Operation{
		OperationID: "getMetrics", Method: http.MethodGet, Path: "/metrics", Summary: "Metrics", Extensions: map[string]any{roleExtension: string(api.Viewer)},
		Description: "Metrics of the node in Prometheus' formats, by content negotiation. Over loopback and the unix socket anybody may ask.",
		Responses: map[string]*huma.Response{"200": {
			Description: "Metrics", Content: map[string]*huma.MediaType{"text/plain": {Schema: text}},
		}},
	})
	doc.AddOperation(&huma.Operation{
		OperationID: "getOpenAPI", Method: http.MethodGet, Path: "/openapi.json", Summary: "This document", Extensions: map[string]any{roleExtension: string(api.Viewer)},
		Responses: map[string]*huma.Response{"200": {
			Description: "OpenAPI 3.1", Content: map[string]*huma.MediaType{"application/openapi+json": {Schema: &huma.Schema{Type: huma.TypeObject}}},
		}},
	})
}

// allowNull adds null to the values of a property that may be null: a list of
// values holds for null too.
func allowNull(p *huma.Schema) {
	if p.Nullable && len(p.Enum) > 0 {
		p.Enum = append(p.Enum, nil)
	}
}
