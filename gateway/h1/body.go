package h1

import (
	"errors"
	"io"
	"math"
	"net/http"
	"strings"
)

// errFrozen ends a look at what has come already.
var errFrozen = errors.New("nothing more is read")

// Read implements io.Reader: the body of the answer. The octets at its end come
// together with io.EOF.
func (x *exchange) Read(p []byte) (int, error) {
	if err := x.enter(); err != nil {
		return 0, err
	}
	n, err := x.decode(p)
	if closed := x.leave(err); closed || err != nil {
		x.finish(!closed && errors.Is(err, io.EOF))
	}
	return n, err
}

// enter begins a read.
func (x *exchange) enter() error {
	x.mu.Lock()
	defer x.mu.Unlock()
	switch {
	case x.closed:
		return http.ErrBodyReadAfterClose
	case x.err != nil:
		return x.err
	}
	x.reading = true
	return nil
}

// leave ends a read. closed: Close was called meanwhile.
func (x *exchange) leave(err error) (closed bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.reading, x.err = false, err
	return x.closed
}

// Close implements io.Closer. A connection whose answer is complete in the
// buffer serves on; the others are closed.
func (x *exchange) Close() error {
	switch reading, over := x.shut(); {
	case reading:
		x.c.abort() // the reader gives the connection up
	case !over:
		x.finish(x.drained())
	}
	return nil
}

// shut marks the body as closed. reading: somebody reads it; over: its
// connection was given up before.
func (x *exchange) shut() (reading, over bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	reading, over = x.reading, x.err != nil || x.closed
	x.closed = true
	return reading, over
}

// drained reports whether the rest of the answer had come already, and skips it.
func (x *exchange) drained() bool {
	x.frozen = true
	var skipped [512]byte
	for range 2 * x.t.o.BufferSize {
		if _, err := x.decode(skipped[:]); err != nil {
			return errors.Is(err, io.EOF)
		}
	}
	return false
}

// decode reads the body by its form.
func (x *exchange) decode(p []byte) (int, error) {
	switch {
	case len(p) == 0:
		return 0, nil
	case x.form == formChunked:
		return x.chunked(p)
	case x.form == formClose:
		return x.data(p, math.MaxInt64)
	}
	n, err := x.data(p, x.left)
	x.left -= int64(n)
	if err == nil && x.left == 0 {
		return n, io.EOF
	}
	return n, ended(err)
}

// data reads at most left octets: from the buffer, or past it where p is larger.
func (x *exchange) data(p []byte, left int64) (int, error) {
	p = p[:min(int64(len(p)), left)]
	in := x.c.in
	if in.r == in.w {
		if len(p) >= len(in.b) && !x.frozen {
			return x.receive(p)
		}
		if err := x.fill(len(in.b)); err != nil {
			return 0, err
		}
	}
	n := copy(p, in.waiting())
	in.r += n
	return n, nil
}

// ended makes an early end of what it is.
func ended(err error) error {
	if err == io.EOF { //nolint:errorlint // as Read returns it: what wraps it is another error
		return io.ErrUnexpectedEOF
	}
	return err
}

// announced takes the names of trailers out of the fields of a head.
func announced(fields http.Header) http.Header {
	lists, ok := fields["Trailer"]
	if !ok {
		return nil
	}
	delete(fields, "Trailer")
	var out http.Header
	for _, list := range lists {
		for name := range strings.SplitSeq(list, ",") {
			name = http.CanonicalHeaderKey(trim(name))
			if !validName(name) || isHop(name) || len(out) == maxFields {
				continue
			}
			if out == nil {
				out = http.Header{}
			}
			out[name] = nil
		}
	}
	return out
}
