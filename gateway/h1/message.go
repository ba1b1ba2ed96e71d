package h1

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// inlineBody is the longest body that is written in one piece with the head.
const inlineBody = 16 << 10

// message is a request as it goes over the wire.
type message struct {
	out     *buffer       // the head; and the body, where that is in memory
	body    io.ReadCloser // nil: none, or in out
	length  int64         // of body; -1: in chunks
	held    bool          // body waits for a 100
	upgrade bool
	close   bool // the request asks for the end of the connection
	again   bool // may be sent a second time
	handed  bool // a sender has it
	trailer http.Header
}

// compose writes the head of r, and its body where that is in memory. Whatever
// r holds, what is written is one request: of a field that says where it ends
// there is one, made here.
func (t *Transport) compose(r *http.Request) (*message, error) {
	m := &message{close: r.Close || hasToken(r.Header["Connection"], "close")}
	if err := m.frame(r); err != nil {
		return nil, err
	}
	m.upgrade = m.body == nil && r.Header["Upgrade"] != nil && hasToken(r.Header["Connection"], "upgrade")
	m.out = t.buffers.get()
	b, err := m.appendHead(m.out.b[:0], r)
	if err == nil {
		b, err = m.inline(b, r)
	}
	m.out.b = b
	if err != nil {
		t.buffers.put(m.out)
		return nil, err
	}
	m.again = m.body == nil && repeatable(r)
	return m, nil
}

// frame decides how the body goes.
func (m *message) frame(r *http.Request) error {
	none := r.Body == nil || r.Body == http.NoBody
	switch {
	case none && r.ContentLength > 0:
		return &RequestError{fmt.Sprintf("content length %d without a body", r.ContentLength)}
	case none:
		return nil
	}
	m.body, m.length = r.Body, r.ContentLength
	if m.length <= 0 || slices.Equal(r.TransferEncoding, []string{"chunked"}) {
		m.length, m.trailer = -1, r.Trailer
	}
	m.held = sameValue(r.Header["Expect"], "100-continue")
	return nil
}

// inline puts a body that is in memory behind the head.
func (m *message) inline(b []byte, r *http.Request) ([]byte, error) {
	if m.body == nil || r.GetBody == nil || m.held || m.length < 0 || m.length > inlineBody {
		return b, nil
	}
	start := len(b)
	b = slices.Grow(b, int(m.length))[:start+int(m.length)]
	if _, err := io.ReadFull(m.body, b[start:]); err != nil {
		return b, &BodyError{Err: fmt.Errorf("content length %d: %w", m.length, err)}
	}
	if err := atEnd(m.body); err != nil {
		return b, &BodyError{Err: fmt.Errorf("content length %d: %w", m.length, err)}
	}
	err := m.body.Close()
	m.body = nil
	if err != nil {
		return b, &BodyError{Err: err}
	}
	return b, nil
}

// errLonger says that a body goes on behind its declared length.
var errLonger = errors.New("the body is longer")

// atEnd looks whether nothing follows in body.
func atEnd(body io.Reader) error {
	var one [1]byte
	n, err := io.ReadFull(body, one[:])
	switch {
	case n > 0:
		return errLonger
	case errors.Is(err, io.EOF):
		return nil
	}
	return err
}

func sameValue(values []string, want string) bool {
	return len(values) == 1 && strings.EqualFold(trim(values[0]), want)
}

// repeatable reports whether sending twice does what sending once does (RFC 9110
// §9.2.2).
func repeatable(r *http.Request) bool {
	switch r.Method {
	case "", "GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE":
		return true
	}
	return r.Header["Idempotency-Key"] != nil || r.Header["X-Idempotency-Key"] != nil
}

// appendHead writes request line, Host, framing, connection options, and then
// the fields.
func (m *message) appendHead(b []byte, r *http.Request) ([]byte, error) {
	b, err := appendLine(b, r)
	if err != nil {
		return b, err
	}
	b = m.appendFraming(b, r)
	b = m.appendOptions(b, r)
	if m.upgrade {
		if b, err = appendLines(b, "Upgrade", r.Header["Upgrade"]); err != nil {
			return b, err
		}
	}
	for name, values := range r.Header {
		if b, err = appendField(b, name, values); err != nil {
			return b, err
		}
	}
	return append(b, "\r\n"...), nil
}

func (m *message) appendFraming(b []byte, r *http.Request) []byte {
	switch {
	case m.body == nil:
		if r.Method == http.MethodPost || r.Method == http.MethodPut || r.Method == http.MethodPatch {
			b = append(b, "Content-Length: 0\r\n"...)
		}
		return b
	case m.length < 0:
		b = append(b, "Transfer-Encoding: chunked\r\n"...)
		b = appendTrailerNames(b, m.trailer)
	default:
		b = append(b, "Content-Length: "...)
		b = strconv.AppendInt(b, m.length, 10)
		b = append(b, "\r\n"...)
	}
	if m.held {
		b = append(b, "Expect: 100-continue\r\n"...)
	}
	return b
}

// appendOptions writes what concerns this connection: no option that a field of
// r names stays, but those that are understood here.
func (m *message) appendOptions(b []byte, r *http.Request) []byte {
	trailers := hasToken(r.Header["Te"], "trailers")
	if !m.close && !m.upgrade && !trailers {
		return b
	}
	var options []string
	if m.close {
		options = append(options, "close")
	}
	if m.upgrade {
		options = append(options, "Upgrade")
	}
	if trailers {
		options = append(options, "TE")
		b = append(b, "TE: trailers\r\n"...)
	}
	b = append(b, "Connection: "...)
	b = append(b, strings.Join(options, ", ")...)
	return append(b, "\r\n"...)
}
