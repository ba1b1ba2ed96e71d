package admin

import (
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

const eventStream = "text/event-stream"

// plainAccept is a request whose Accept header says either event stream or
// JSON: there is nothing else to negotiate, and huma's parser of the header
// panics on some values (FuzzRequest).
type plainAccept struct{ exchange }

// exchange names the embedded field, because Context is one of its methods.
type exchange = huma.Context

// withPlainAccept is a huma middleware.
func withPlainAccept(c huma.Context, next func(huma.Context)) { next(plainAccept{c}) }

// Header returns a header's value.
func (p plainAccept) Header(name string) string {
	value := p.exchange.Header(name)
	if name != "Accept" {
		return value
	}
	if strings.Contains(value, eventStream) {
		return eventStream
	}
	return "application/json"
}

// Unwrap is for humago.Unwrap.
func (p plainAccept) Unwrap() huma.Context { return p.exchange }
