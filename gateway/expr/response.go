package expr

import (
	"net/http"
	"strconv"
)

// Response is context.Response, and what send-request leaves in a variable.
type Response struct {
	HTTP    *http.Response
	Reason  string // context.Response.StatusReason; "": HTTP.Status without its number, or the status's own text
	content body
}

// Body returns the whole body and keeps it, as Request.Body does.
func (r *Response) Body(limit int) ([]byte, error) {
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
func (r *Response) SetBody(data []byte) {
	if r.HTTP.Body != nil && !r.content.known {
		_ = r.HTTP.Body.Close() // the stream that nobody will read
	}
	r.content = body{kept: data, known: true}
	r.HTTP.ContentLength = int64(len(data))
	r.HTTP.TransferEncoding = nil
	if r.HTTP.Header != nil && r.HTTP.Header.Get("Content-Length") != "" {
		r.HTTP.Header.Set("Content-Length", strconv.Itoa(len(data)))
	}
	r.Rewind()
}

// Rewind makes HTTP.Body start anew and reports whether the body is kept.
func (r *Response) Rewind() bool {
	if !r.content.known {
		return false
	}
	r.HTTP.Body = http.NoBody
	if len(r.content.kept) > 0 {
		r.HTTP.Body = r.content.reader()
	}
	return true
}
