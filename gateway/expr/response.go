package expr

import (
	"net/http"
	"strings"
	"time"
)

// Response is context.Response, and what a variable holds for return-response.
type Response struct {
	HTTP    *http.Response
	Reason  string // context.Response.StatusReason; "": HTTP.Status without its number, or the status's own text
	content body
}

func (r *Response) message() message {
	return message{&r.HTTP.Body, &r.HTTP.ContentLength, &r.HTTP.TransferEncoding, r.HTTP.Header}
}

// tunnel reports whether what follows the header is no body but a conversation,
// which nobody may wait for the end of.
func (r *Response) tunnel() bool { return r.HTTP.StatusCode == http.StatusSwitchingProtocols }

// Body returns the whole body and keeps it, with the errors of Request.Body. An
// answer that switches protocols has none.
func (r *Response) Body(limit int) ([]byte, error) {
	if r.tunnel() {
		return nil, nil
	}
	return r.content.load(r.message(), limit)
}

// Waited returns how long Body has waited for the backend.
func (r *Response) Waited() time.Duration { return r.content.waited }

// SetBody replaces the body, if the response has one. data is kept, not copied.
func (r *Response) SetBody(data []byte) {
	if r.tunnel() {
		return
	}
	if r.HTTP.Body != nil && !r.content.known {
		_ = r.HTTP.Body.Close() // the stream that nobody will read
	}
	r.content.replace(r.message(), data)
}

func responseProperties() []property {
	return []property{
		{"StatusCode int", func(_ *frame, v value) (value, error) { return integer(int32(v.o.(*Response).HTTP.StatusCode)), nil }},
		textRow("StatusReason", (*Response).reason),
		{"Headers IReadOnlyDictionary<string,string[]>", func(_ *frame, v value) (value, error) { return object(kHeaders, v.o.(*Response).HTTP.Header), nil }},
		{"Body IMessageBody", func(_ *frame, v value) (value, error) { return object(kBody, v.o), nil }},
	}
}

func (r *Response) reason() string {
	if r.Reason != "" {
		return r.Reason
	}
	if _, text, ok := strings.Cut(r.HTTP.Status, " "); ok {
		return text
	}
	return http.StatusText(r.HTTP.StatusCode)
}
