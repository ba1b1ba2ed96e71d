package expr

import (
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
)

// Request is context.Request. Policies change HTTP in place.
type Request struct {
	HTTP     *http.Request
	Original *url.URL          // as the client sent it, with scheme and host; nil: HTTP.URL
	Client   netip.Addr        // context.Request.IpAddress
	Matched  map[string]string // context.Request.MatchedParameters
	content  body
}

// Body returns the whole body and keeps it: HTTP.Body starts anew afterwards,
// and HTTP.GetBody is set. A body longer than limit bytes is an *Error of kind
// Limit, and HTTP.Body still gives all of it.
func (r *Request) Body(limit int) ([]byte, error) {
	if r.content.known {
		return r.content.kept, nil
	}
	rest, err := r.content.take(r.HTTP.Body, limit)
	if rest != nil {
		r.HTTP.Body = rest
		return nil, err
	}
	r.Rewind()
	return r.content.kept, err
}

// SetBody replaces the body. data is kept, not copied.
func (r *Request) SetBody(data []byte) {
	r.content = body{kept: data, known: true}
	r.HTTP.ContentLength = int64(len(data))
	r.HTTP.TransferEncoding = nil
	if r.HTTP.Header != nil && r.HTTP.Header.Get("Content-Length") != "" {
		r.HTTP.Header.Set("Content-Length", strconv.Itoa(len(data)))
	}
	r.Rewind()
}

// Rewind makes HTTP.Body start anew, for another attempt. It reports whether
// the body is kept; without Body or SetBody before it is a stream and cannot
// be sent twice.
func (r *Request) Rewind() bool {
	if !r.content.known {
		return false
	}
	r.HTTP.Body = http.NoBody
	if len(r.content.kept) > 0 {
		r.HTTP.Body = r.content.reader()
	}
	r.HTTP.GetBody = func() (io.ReadCloser, error) { return r.content.reader(), nil }
	return true
}
