package expr

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

// message is what a request and a response have in common: where net/http
// keeps the body and what is said of it.
type message struct {
	stream   *io.ReadCloser
	length   *int64
	encoding *[]string
	header   http.Header
}

// body is the content of a message: a stream until somebody wants to see it,
// bytes from then on.
type body struct {
	kept   []byte
	known  bool          // kept is the body
	waited time.Duration // for whoever sends it
}

// load returns the whole body and keeps it, reading at most limit bytes of the
// stream. Where it is longer, the message has all of it again.
func (b *body) load(m message, limit int) ([]byte, error) {
	if b.rewind(m) {
		return b.kept, nil
	}
	rest, err := b.take(*m.stream, limit)
	if rest != nil {
		*m.stream = rest
		return nil, err
	}
	b.rewind(m)
	return b.kept, err
}

// take reads the stream. Where it is longer than limit, err says so and rest
// gives the whole stream again.
func (b *body) take(stream io.ReadCloser, limit int) (rest io.ReadCloser, err error) {
	if stream == nil {
		b.known = true
		return nil, nil
	}
	began := time.Now()
	data, err := io.ReadAll(io.LimitReader(stream, int64(limit)+1))
	b.waited += time.Since(began)
	if err == nil && len(data) <= limit {
		b.kept, b.known = data, true
		return nil, stream.Close()
	}
	rest = joined{io.MultiReader(bytes.NewReader(data), stream), stream}
	if err != nil {
		return rest, fail(Body, fmt.Sprintf("reading the body: %v", err))
	}
	return rest, fail(Limit, fmt.Sprintf("The body is longer than %d bytes.", limit))
}

// replace makes data the body, and the message say so.
func (b *body) replace(m message, data []byte) {
	b.kept, b.known = data, true
	*m.length, *m.encoding = int64(len(data)), nil
	if m.header.Get("Content-Length") != "" {
		m.header.Set("Content-Length", strconv.Itoa(len(data)))
	}
	b.rewind(m)
}

// rewind makes the message's stream start anew, where the body is kept.
func (b *body) rewind(m message) bool {
	if !b.known {
		return false
	}
	*m.stream = http.NoBody
	if len(b.kept) > 0 {
		*m.stream = b.reader()
	}
	return true
}

// reader returns the kept body from its start.
func (b *body) reader() io.ReadCloser { return io.NopCloser(bytes.NewReader(b.kept)) }

// joined reads from one place and closes another.
type joined struct {
	io.Reader
	io.Closer
}
