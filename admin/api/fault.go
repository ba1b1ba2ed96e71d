package api

import (
	"fmt"
	"net/http"
	"strings"
)

// Kind is the kind of an error: stable, in snake_case, the problem's code.
type Kind string

// The kinds of error. Kind.Status is the table from kinds to HTTP statuses.
const (
	Invalid     Kind = "invalid"     // the request says something that cannot be
	NotFound    Kind = "not_found"   // no such name
	NotAllowed  Kind = "not_allowed" // the path exists, the method does not
	Forbidden   Kind = "forbidden"   // a cross-origin request of a browser
	Misdirected Kind = "misdirected" // the Host header names somebody else
	TooLarge    Kind = "too_large"   // body above the limit
	Busy        Kind = "busy"        // too many requests at once
	Unavailable Kind = "unavailable" // cannot be answered now, and can later
	Unsupported Kind = "unsupported" // this node has no such role
	Timeout     Kind = "timeout"     // took too long
	Internal    Kind = "internal"    // a defect; details are in the log

	Unauthorized Kind = "unauthorized"        // nobody in particular asks, or with credentials that are none
	NotPermitted Kind = "not_permitted"       // the caller is known, and its role is too low
	Conflict     Kind = "conflict"            // what is there, or a safety rule, stands against it
	Precondition Kind = "precondition_failed" // If-Match names another version than the present one
	TooMany      Kind = "too_many"            // too many requests of this caller lately
	Unknown      Kind = "unknown"             // an answer that is not ours (client side)
)

// Status returns the HTTP status of a kind; 500 for kinds without one.
func (k Kind) Status() int {
	if status, ok := statuses()[k]; ok {
		return status
	}
	return http.StatusInternalServerError
}

func statuses() map[Kind]int {
	return map[Kind]int{
		Invalid:      http.StatusUnprocessableEntity,
		NotFound:     http.StatusNotFound,
		NotAllowed:   http.StatusMethodNotAllowed,
		Forbidden:    http.StatusForbidden,
		NotPermitted: http.StatusForbidden,
		Unauthorized: http.StatusUnauthorized,
		Conflict:     http.StatusConflict,
		Precondition: http.StatusPreconditionFailed,
		TooMany:      http.StatusTooManyRequests,
		Misdirected:  http.StatusMisdirectedRequest,
		TooLarge:     http.StatusRequestEntityTooLarge,
		Busy:         http.StatusServiceUnavailable,
		Unavailable:  http.StatusServiceUnavailable,
		Unsupported:  http.StatusNotImplemented,
		Timeout:      http.StatusGatewayTimeout,
	}
}

// Error is an error with a kind. Sources return it (wrapped or not) to choose
// the answer's status; any other error is Internal, and its text stays in the
// log.
type Error struct {
	Kind   Kind
	Detail string // for the caller: quotes the bad value and the allowed range
}

// Errorf makes an Error.
func Errorf(kind Kind, format string, args ...any) *Error {
	return &Error{Kind: kind, Detail: fmt.Sprintf(format, args...)}
}

// Error implements error.
func (e *Error) Error() string { return e.Detail }

// Fault is a problem document (RFC 9457), the body of every error answer.
type Fault struct {
	Type   string           `json:"type" format:"uri-reference" doc:"URI of the kind of problem" example:"about:blank"`
	Title  string           `json:"title" doc:"Summary of the kind"`
	Status int              `json:"status" minimum:"400" maximum:"599"`
	Detail string           `json:"detail" doc:"What is wrong with this request, for people"`
	Code   Kind             `json:"code" doc:"The kind, in snake_case" example:"not_found"`
	Errors List[FaultField] `json:"errors,omitempty" nullable:"false" doc:"The single findings, where there are several"`
}

// FaultField is one finding about a request.
type FaultField struct {
	Location string `json:"location,omitempty" doc:"Where, such as query.client"`
	Message  string `json:"message"`
	Value    any    `json:"value,omitempty" doc:"What was given"`
}

// GetStatus returns the HTTP status.
func (f *Fault) GetStatus() int { return f.Status }

// ContentType returns the media type of problem documents.
func (f *Fault) ContentType(string) string { return "application/problem+json" }

// Error implements error: the detail and the single findings, on one line.
func (f *Fault) Error() string {
	var b strings.Builder
	b.WriteString(f.Detail)
	for i, field := range f.Errors {
		b.WriteString([...]string{": ", "; "}[min(i, 1)])
		if field.Location != "" {
			b.WriteString(field.Location + ": ")
		}
		b.WriteString(field.Message)
		if field.Value != nil {
			fmt.Fprintf(&b, " (got %q)", fmt.Sprint(field.Value))
		}
	}
	return b.String()
}
