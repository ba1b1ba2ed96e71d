package expr

import (
	"bytes"
	"fmt"
	"io"
)

// body is the content of a message: a stream until somebody wants to see it,
// bytes from then on.
type body struct {
	kept  []byte
	known bool // kept is the body
}

// take returns the body, reading at most limit bytes of stream. Where it is
// longer, err says so and rest gives the whole stream again.
func (b *body) take(stream io.ReadCloser, limit int) (rest io.ReadCloser, err error) {
	if b.known {
		return nil, nil
	}
	if stream == nil {
		b.known = true
		return nil, nil
	}
	data, err := io.ReadAll(io.LimitReader(stream, int64(limit)+1))
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

// reader returns the kept body from its start.
func (b *body) reader() io.ReadCloser { return io.NopCloser(bytes.NewReader(b.kept)) }

// joined reads from one place and closes another.
type joined struct {
	io.Reader
	io.Closer
}
