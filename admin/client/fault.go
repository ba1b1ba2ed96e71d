package client

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"meridian/admin/api"
)

// ConnectError says that no server could be connected to.
type ConnectError struct {
	Servers []string // in the order they were tried
	Errs    []error  // one for each
}

// Error implements error.
func (e *ConnectError) Error() string {
	var b strings.Builder
	b.WriteString("no server could be connected to")
	for i, name := range e.Servers {
		fmt.Fprintf(&b, "%s %s (%v)", [...]string{":", ";"}[min(i, 1)], name, e.Errs[i])
	}
	return b.String()
}

// Unwrap returns what failed at each server.
func (e *ConnectError) Unwrap() []error { return e.Errs }

// maxFault is the most bytes of an error answer that are read.
const maxFault = 1 << 20

// readFault makes the error of an answer with a status of 400 or more, and of
// any other that is not ours.
func readFault(server string, resp *http.Response) error {
	unknown := func(problem string) error {
		return &api.Fault{
			Type: "about:blank", Title: http.StatusText(resp.StatusCode), Status: resp.StatusCode, Code: api.Unknown,
			Detail: fmt.Sprintf("server %s answered %s, %s", server, resp.Status, problem),
		}
	}
	if got := resp.Header.Get("Content-Type"); !strings.HasPrefix(got, "application/problem+json") {
		return unknown(fmt.Sprintf("with content type %q: it does not seem to be a Meridian admin API", got))
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxFault))
	if err != nil {
		return fmt.Errorf("reading the error answer of %s: %w", server, err)
	}
	var f api.Fault
	if err := json.Unmarshal(body, &f); err != nil {
		return unknown("with a broken problem document")
	}
	f.Status = resp.StatusCode
	return &f
}

// KindOf returns the kind of an error answer anywhere in err's tree; "" when
// there is none.
func KindOf(err error) api.Kind {
	var f *api.Fault
	if errors.As(err, &f) {
		return f.Code
	}
	return ""
}
