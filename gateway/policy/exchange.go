package policy

import (
	"net/url"

	"meridian/gateway/expr"
)

// Exchange is one request on its way through a Program. Context.Request is set
// by the caller; Context.Response is set when Run returns nil.
type Exchange struct {
	expr.Context
	Target Target
	Trace  func(TraceEntry) // nil: nobody looks

	veil func(string) string // of the run; nil: nobody looks
}

// Target is where set-backend-service sends the request: a backend or pool by
// name, or a URL in place of the API's own. Both empty: the API's own.
type Target struct {
	Backend string
	URL     *url.URL
}

// TraceEntry is one step of a run. Secrets, credentials and what expressions make
// of them are masked (see hidden).
type TraceEntry struct {
	Section string       `json:"section"`
	Scope   string       `json:"scope"`
	Element string       `json:"element"`
	Path    string       `json:"path,omitempty"` // choose[1]/when[2]
	File    string       `json:"file,omitempty"`
	Line    int          `json:"line,omitempty"`
	Column  int          `json:"column,omitempty"`
	Depth   int          `json:"depth"`
	Message string       `json:"message"` // what happened
	Values  []TraceValue `json:"values,omitempty"`
}

// TraceValue is a value an expression had.
type TraceValue struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}
