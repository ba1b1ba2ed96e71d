package h1

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
)

const (
	maxChunkLine  = 256
	freeChunkLine = 16       // octets of a chunk line that cost nothing
	maxExtension  = 16 << 10 // that extensions may take without twice as much data between them
)

// chunks is the place in a chunked body (RFC 9112 §7.1).
type chunks struct {
	behind bool // a chunk's data: CRLF is next
	spent  int  // on extensions
}

// chunked reads from the current chunk, or from the next one.
func (x *exchange) chunked(p []byte) (int, error) {
	if x.left == 0 {
		if err := x.nextChunk(); err != nil {
			return 0, err
		}
	}
	n, err := x.data(p, x.left)
	x.left -= int64(n)
	if err != nil {
		return n, ended(err)
	}
	if x.left == 0 {
		x.body.behind = true
		const end = "\r\n0\r\n\r\n"
		if in := x.c.in; bytes.HasPrefix(in.waiting(), []byte(end)) {
			in.r += len(end)
			return n, io.EOF
		}
	}
	return n, nil
}

// nextChunk goes to the data of the next chunk. io.EOF: there was none left, and
// the trailers are read.
func (x *exchange) nextChunk() error {
	if x.body.behind {
		line, err := x.chunkLine(2)
		if err != nil {
			return err
		}
		if len(line) > 0 {
			return &AnswerError{"a chunk is longer than its size"}
		}
		x.body.behind = false
	}
	line, err := x.chunkLine(maxChunkLine)
	if err != nil {
		return err
	}
	size, err := chunkSize(line)
	if err != nil {
		return err
	}
	if err := x.body.charge(len(line), size); err != nil {
		return err
	}
	x.left = size
	if size > 0 {
		return nil
	}
	return x.trailers()
}

// charge bounds what is sent beside the data.
func (c *chunks) charge(line int, size int64) error {
	c.spent += max(0, line-freeChunkLine)
	c.spent -= int(min(int64(c.spent), 2*min(size, maxExtension)))
	if c.spent > maxExtension {
		return &AnswerError{"more chunk extensions than data"}
	}
	return nil
}

// chunkLine returns the next line without its end, at most n octets with it. It
// holds until the next read.
func (x *exchange) chunkLine(n int) ([]byte, error) {
	for {
		b := x.c.in.waiting()
		end := bytes.IndexByte(b, '\n')
		switch {
		case end > 0 && end < n && b[end-1] == '\r':
			x.c.in.r += end + 1
			return b[:end-1], nil
		case end >= 0 && end < n:
			return nil, &AnswerError{"a chunk line ends without CR"}
		case len(b) >= n:
			return nil, &AnswerError{fmt.Sprintf("a chunk line %.32q of %d octets or more, or a chunk without its end", b, n)}
		}
		if err := x.more(); err != nil {
			return nil, err
		}
	}
}

// more fills the buffer in the middle of a body.
func (x *exchange) more() error { return ended(x.fill(x.t.o.BufferSize)) }

// chunkSize reads 1 to 16 hexadecimal digits, and looks over the extensions
// behind a semicolon.
func chunkSize(line []byte) (int64, error) {
	var size uint64
	digits := 0
	for digits < len(line) {
		d, ok := hexDigit(line[digits])
		if !ok {
			break
		}
		size = size<<4 | uint64(d)
		digits++
	}
	rest := line[digits:]
	if digits == 0 || digits > 16 || size > 1<<62 || len(rest) > 0 && rest[0] != ';' {
		return 0, &AnswerError{fmt.Sprintf("chunk size %.32q, want 0 .. 4000000000000000 in hexadecimal digits", line)}
	}
	if !validText(string(rest)) {
		return 0, &AnswerError{fmt.Sprintf("chunk extension %.32q", rest)}
	}
	return int64(size), nil
}

func hexDigit(b byte) (byte, bool) {
	switch {
	case b >= '0' && b <= '9':
		return b - '0', true
	case b >= 'a' && b <= 'f':
		return b - 'a' + 10, true
	case b >= 'A' && b <= 'F':
		return b - 'A' + 10, true
	}
	return 0, false
}

// trailers reads the section behind the last chunk, and returns io.EOF. Fields
// that say how a message is framed or carried are left out.
func (x *exchange) trailers() error {
	text, lines, err := x.section("")
	if err != nil {
		return ended(err)
	}
	if lines == 0 {
		return io.EOF
	}
	fields, err := parseFields(text, lines)
	if err != nil {
		return err
	}
	for name, values := range fields {
		if isHop(name) {
			continue
		}
		if x.res.Trailer == nil {
			x.res.Trailer = http.Header{}
		}
		x.res.Trailer[name] = values
	}
	return io.EOF
}
