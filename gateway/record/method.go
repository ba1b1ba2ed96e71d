package record

import "net/http"

// Reasons of a method that no backend is asked with, answered 501: the values of
// Meridian-Reason.
const (
	ReasonConnect = "connect_refused" // CONNECT: this is no tunnel
	ReasonTrace   = "trace_refused"   // TRACE: a backend would repeat what was added for its eyes
)

// RefusesMethod returns why no backend is asked with a method; "": one may be.
func RefusesMethod(method string) string {
	switch method {
	case http.MethodConnect:
		return ReasonConnect
	case http.MethodTrace:
		return ReasonTrace
	}
	return ""
}
