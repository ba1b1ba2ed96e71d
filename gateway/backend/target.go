package backend

import (
	"errors"
	"net/http"
	"time"
)

// Target is what requests are sent to: a backend, a pool, or a URL.
type Target struct{}

// Do sends r and returns the answer, whose Body streams. r.URL is the path below
// the target's URL and the query; r.Host is sent as it is, "" is the backend's.
// r itself is not changed. c is filled in. Errors are *OpenError, *AttemptError,
// *LocalError, *BodyError or the context's.
func (t *Target) Do(r *http.Request, c *Call) (*http.Response, error) {
	return nil, errors.ErrUnsupported
}

// Explain returns how the target would choose at now.
func (t *Target) Explain(now time.Time) Explanation { return Explanation{} }
