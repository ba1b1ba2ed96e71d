package h1

import (
	"fmt"
	"io"
	"net/http"
	"net/textproto"
	"time"
)

// maxInformed bounds the informational answers before an answer.
const maxInformed = 64

// run sends the message and reads the head of its answer.
func (x *exchange) run() (*http.Response, error) {
	if err := x.start(); err != nil {
		return nil, err
	}
	h, err := x.head()
	if err != nil {
		return nil, err
	}
	x.mu.Lock()
	x.answered = true
	refused := x.held
	x.held = false
	x.mu.Unlock()
	if x.watched {
		x.arm()
	}
	x.close = x.m.close || refused // who waits for the body may take the next request for it
	f, err := framingOf(&h, x.r.Method)
	if err != nil {
		return nil, err
	}
	x.fillIn(&h, f)
	if h.code == http.StatusSwitchingProtocols {
		return x.switched()
	}
	x.close = x.close || !f.keep
	if x.form == formNone {
		x.res.Body = http.NoBody
		x.err = io.EOF
		x.finish(true)
		return &x.res, nil
	}
	x.res.Body = x
	return &x.res, nil
}

// start writes what is ready of the message.
func (x *exchange) start() error {
	switch {
	case x.m.body == nil:
		return x.writeAll()
	case x.m.held && x.t.o.ExpectContinueTimeout > 0:
		x.held, x.until = true, time.Now().Add(x.t.o.ExpectContinueTimeout)
		x.watch()
		return x.put()
	}
	x.send(true)
	return nil
}

// writeAll writes a message that is in memory.
func (x *exchange) writeAll() error {
	switch {
	case x.c.raw == nil || len(x.m.out.b) > small:
		x.watch()
	case !x.c.layered:
		return x.ask()
	}
	return x.writeRest(0)
}

// writeRest writes what is left of a message that is in memory.
func (x *exchange) writeRest(sent int) error {
	n, err := x.c.nc.Write(x.m.out.b[sent:])
	if err != nil {
		return x.unsent(sent+n, err)
	}
	x.asked()
	return nil
}

// asked notes that all of a message has been written.
func (x *exchange) asked() {
	x.headWritten()
	x.wrote(x.at, nil)
}

// unsent names the failure of a message of which so much was written.
func (x *exchange) unsent(sent int, err error) error {
	err = x.cause(fmt.Errorf("sending the request: %w", err))
	x.untouched = sent == 0
	x.wrote(x.at, err)
	return err
}

// put writes the message's head.
func (x *exchange) put() error {
	if _, err := x.c.nc.Write(x.m.out.b); err != nil {
		return x.cause(fmt.Errorf("sending the request: %w", err))
	}
	x.headWritten()
	return nil
}

func (x *exchange) headWritten() {
	if x.trace != nil && x.trace.WroteHeaders != nil {
		x.trace.WroteHeaders()
	}
}

// release lets a held body go.
func (x *exchange) release() {
	x.mu.Lock()
	x.held = false
	x.mu.Unlock()
	x.arm()
	x.send(false)
}

// head reads up to the head of the final answer, or of a 101.
func (x *exchange) head() (head, error) {
	for range maxInformed {
		text, lines, err := x.section("HTTP/1.")
		if err != nil {
			return head{}, x.unanswered(err)
		}
		h, err := parseHead(text, lines)
		if err != nil || h.code >= 200 || h.code == http.StatusSwitchingProtocols {
			return h, err
		}
		if err := x.informed(&h); err != nil {
			return h, err
		}
	}
	return head{}, &AnswerError{fmt.Sprintf("more than %d informational answers", maxInformed)}
}

// unanswered names the end of a connection that has not answered.
func (x *exchange) unanswered(err error) error {
	if err == io.EOF { //nolint:errorlint // as Read returns it: what wraps it is another error
		return fmt.Errorf("waiting for the answer: the connection was closed: %w", io.ErrUnexpectedEOF)
	}
	return err
}

// informed passes an informational answer on.
func (x *exchange) informed(h *head) error {
	if h.minor == 0 || h.fields["Content-Length"] != nil || h.fields["Transfer-Encoding"] != nil {
		return &AnswerError{fmt.Sprintf("informational answer %.32q in HTTP/1.0, or with a body", h.status)}
	}
	if h.code == http.StatusContinue && x.held {
		x.release()
	}
	if x.trace == nil {
		return nil
	}
	if x.trace.Got100Continue != nil && h.code == http.StatusContinue {
		x.trace.Got100Continue()
	}
	if x.trace.Got1xxResponse == nil {
		return nil
	}
	return x.trace.Got1xxResponse(h.code, textproto.MIMEHeader(h.fields))
}

// section reads lines up to an empty one. want is how the first one starts.
func (x *exchange) section(want string) (text string, lines int, err error) {
	var s scan
	limit := x.t.o.MaxHeaderBytes
	for {
		in := x.c.in
		b := in.waiting()
		if n := min(len(b), len(want)); string(b[:n]) != want[:n] {
			return "", 0, &AnswerError{fmt.Sprintf("it starts with %.32q", b)}
		}
		n, err := s.end(b)
		if err != nil {
			return "", 0, err
		}
		if x.heads+max(n, s.seen) > limit {
			return "", 0, &AnswerError{fmt.Sprintf("more than %d octets of heads or trailers", limit)}
		}
		if n > 0 {
			x.heads += n
			in.r += n
			return string(b[:n]), s.lines, nil
		}
		if err := x.fill(limit); err != nil {
			return "", 0, err
		}
	}
}

// fillIn makes the http.Response.
func (x *exchange) fillIn(h *head, f framing) {
	x.form, x.left = f.form, f.length
	x.res = http.Response{
		Status: h.status, StatusCode: h.code, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: h.minor,
		Header: h.fields, ContentLength: f.length, Close: !f.keep, Request: x.r, TLS: x.c.state,
	}
	if h.minor == 0 {
		x.res.Proto = "HTTP/1.0"
	}
	x.heads = 0 // trailers have a limit of their own
	if f.form != formChunked {
		return
	}
	x.left = 0
	x.te[0] = "chunked"
	x.res.TransferEncoding = x.te[:]
	x.res.Trailer = announced(h.fields)
}
