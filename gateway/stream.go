package gateway

import (
	"errors"
	"io"
	"net/http"
	"strconv"
)

var (
	errShort = errors.New("the answer has less than its Content-Length")
	errLong  = errors.New("the answer has more than its Content-Length")
)

// stream copies the body of an answer. What is not whole yet is flushed after
// each piece; an answer that fits into one piece leaves in one write.
func (x *exchange) stream(res *http.Response) error {
	if !hasBody(res) || x.in.Method == http.MethodHead {
		return nil
	}
	if res.ContentLength < 0 {
		if err := x.w.FlushError(); err != nil { // a stream: its header does not wait for its first byte
			return err
		}
	}
	buffer := x.g.buffers.get()
	defer x.g.buffers.put(buffer)
	sent := int64(0)
	for {
		n, err := res.Body.Read(buffer[:])
		sent += int64(n)
		if res.ContentLength > 0 && sent > res.ContentLength { // 0 is also what those answers say that never thought of it
			return errLong
		}
		if err := x.piece(buffer[:n], sent == res.ContentLength); err != nil {
			return err
		}
		if err != nil {
			return whole(res, sent, err)
		}
	}
}

// whole reports why a body that has ended is not whole.
func whole(res *http.Response, sent int64, err error) error {
	switch {
	case !errors.Is(err, io.EOF):
		return err
	case sent < res.ContentLength:
		return errShort
	}
	return nil
}

// piece writes a part of the body. The end of an answer leaves with the end of
// the handler, but over HTTP/2, where it may wait for the client.
func (x *exchange) piece(p []byte, last bool) error {
	if len(p) == 0 {
		return nil
	}
	if last && x.in.ProtoMajor >= 2 && x.w.sent == 0 && len(p) <= briefest {
		return x.w.brief(p)
	}
	if _, err := x.w.Write(p); err != nil {
		return err
	}
	if last && x.in.ProtoMajor < 2 {
		return nil
	}
	return x.w.FlushError()
}

func lengthText(n int64) string { return strconv.FormatInt(n, 10) }
