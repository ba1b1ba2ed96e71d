package h1

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// form is how the end of an answer's body is found.
type form uint8

const (
	formNone form = iota
	formLength
	formChunked
	formClose
)

// framing is what follows a head.
type framing struct {
	form   form
	length int64 // as http.Response.ContentLength
	keep   bool  // the connection serves on behind it
}

// framingOf reads how an answer to a request with this method is framed, by RFC
// 9112 §6.3 without its concessions.
func framingOf(h *head, method string) (framing, error) {
	length, chunked, err := announcedBody(h)
	if err != nil {
		return framing{}, err
	}
	f := framing{form: formClose, length: -1, keep: keeps(h)}
	switch {
	case f.bodiless(h.code, method, length):
		f.keep = f.keep && !(forbidden(h.code) && (chunked || length > 0)) // who announces a body there may send one
	case chunked:
		f.form = formChunked
	case length == 0:
		f.form, f.length = formNone, 0
	case length > 0:
		f.form, f.length = formLength, length
	default:
		f.keep = false
	}
	return f, nil
}

// announcedBody reads what a head says of its body. length: -1 where it does not.
func announcedBody(h *head) (length int64, chunked bool, err error) {
	if length, err = contentLength(h.fields); err != nil {
		return 0, false, err
	}
	if chunked, err = isChunked(h); err != nil {
		return 0, false, err
	}
	if chunked && length >= 0 {
		return 0, false, &AnswerError{"both Content-Length and Transfer-Encoding"}
	}
	return length, chunked, nil
}

// forbidden reports whether an answer with this status must not announce a body.
func forbidden(code int) bool { return code < 200 || code == http.StatusNoContent }

// bodiless reports whether an answer has no body whatever it says, and notes so.
func (f *framing) bodiless(code int, method string, length int64) bool {
	switch {
	case method == http.MethodHead:
		f.form, f.length = formNone, length
	case forbidden(code) || code == http.StatusNotModified:
		f.form, f.length = formNone, 0
	default:
		return false
	}
	return true
}

// contentLength returns the length that fields name, -1 where they do not. Equal
// lines become one.
func contentLength(fields http.Header) (int64, error) {
	lines := fields["Content-Length"]
	if len(lines) == 0 {
		return -1, nil
	}
	for _, other := range lines[1:] {
		if other != lines[0] {
			return 0, &AnswerError{fmt.Sprintf("Content-Length %.24q and %.24q", lines[0], other)}
		}
	}
	n, err := strconv.ParseUint(lines[0], 10, 63)
	if err != nil || lines[0][0] == '+' {
		return 0, &AnswerError{fmt.Sprintf("Content-Length %.24q, want 0 .. 9223372036854775807", lines[0])}
	}
	if len(lines) > 1 {
		fields["Content-Length"] = lines[:1:1]
	}
	return int64(n), nil
}

// isChunked reports whether a body comes in chunks, and takes Transfer-Encoding
// out of the fields. There is no other coding, and none in HTTP/1.0.
func isChunked(h *head) (bool, error) {
	lines, ok := h.fields["Transfer-Encoding"]
	if !ok {
		return false, nil
	}
	if h.minor == 0 {
		return false, &AnswerError{"Transfer-Encoding in HTTP/1.0"}
	}
	if len(lines) != 1 || !strings.EqualFold(lines[0], "chunked") {
		return false, &AnswerError{fmt.Sprintf("Transfer-Encoding %.64q, want chunked", lines)}
	}
	delete(h.fields, "Transfer-Encoding")
	return true, nil
}

// keeps reports whether an answer leaves its connection open.
func keeps(h *head) bool {
	options := h.fields["Connection"]
	if h.minor == 0 {
		return hasToken(options, "keep-alive") && !hasToken(options, "close")
	}
	return !hasToken(options, "close")
}
