package expr

import (
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"time"
)

// Request is context.Request. Policies change HTTP in place.
type Request struct {
	HTTP     *http.Request
	Original *url.URL          // as the client sent it, with scheme and host; nil: HTTP.URL
	Client   netip.Addr        // context.Request.IpAddress
	Matched  map[string]string // context.Request.MatchedParameters
	content  body
}

func (r *Request) message() message {
	return message{&r.HTTP.Body, &r.HTTP.ContentLength, &r.HTTP.TransferEncoding, r.HTTP.Header}
}

// Body returns the whole body and keeps it: HTTP.Body starts anew afterwards,
// and HTTP.GetBody is set. A body longer than limit bytes is an *Error of kind
// Limit, one that breaks off an *Error of kind Body; HTTP.Body still gives all
// that there is.
func (r *Request) Body(limit int) ([]byte, error) {
	data, err := r.content.load(r.message(), limit)
	r.Rewind()
	return data, err
}

// Waited returns how long Body has waited for the client.
func (r *Request) Waited() time.Duration { return r.content.waited }

// SetBody replaces the body. data is kept, not copied.
func (r *Request) SetBody(data []byte) {
	r.content.replace(r.message(), data)
	r.Rewind()
}

// Rewind makes HTTP.Body start anew, for another attempt. It reports whether
// the body is kept; without Body or SetBody before it is a stream and cannot
// be sent twice.
func (r *Request) Rewind() bool {
	if !r.content.rewind(r.message()) {
		return false
	}
	r.HTTP.GetBody = func() (io.ReadCloser, error) { return r.content.reader(), nil }
	return true
}

func requestProperties() []property {
	return []property{
		textRow("Method", func(r *Request) string { return methodOf(r.HTTP) }),
		textRow("IpAddress", func(r *Request) string {
			if !r.Client.IsValid() {
				return ""
			}
			return r.Client.Unmap().String()
		}),
		{"Headers IReadOnlyDictionary<string,string[]>", func(_ *frame, v value) (value, error) { return object(kHeaders, v.o.(*Request).HTTP.Header), nil }},
		{"Body IMessageBody", func(_ *frame, v value) (value, error) {
			r := v.o.(*Request)
			empty := !r.content.known && (r.HTTP.Body == nil || r.HTTP.Body == http.NoBody) || r.content.known && len(r.content.kept) == 0
			return objectOrNull(kBody, r, empty), nil
		}},
		{"MatchedParameters IReadOnlyDictionary<string,string>", func(_ *frame, v value) (value, error) { return object(kMatched, v.o.(*Request).Matched), nil }},
		{"Url IUrl", func(_ *frame, v value) (value, error) { return object(kURL, currentURL(v.o.(*Request).HTTP)), nil }},
		{"OriginalUrl IUrl", func(_ *frame, v value) (value, error) {
			r := v.o.(*Request)
			if r.Original != nil {
				return object(kURL, r.Original), nil
			}
			return object(kURL, currentURL(r.HTTP)), nil
		}},
		{"Certificate X509Certificate2", certificateOf},
	}
}

func methodOf(r *http.Request) string {
	if r.Method == "" {
		return http.MethodGet
	}
	return r.Method
}
