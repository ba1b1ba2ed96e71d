package gateway

import (
	"errors"
	"net"
	"net/http"
	"net/textproto"
	"strconv"
	"sync"
	"syscall"
	"time"

	"meridian/gateway/record"
)

// passage carries an exchange to whatever answers it, streaming both ways: to
// Options.Local, or to a peer. Hop-by-hop fields stay behind (RFC 9110 §7.6.1);
// informational answers, trailers and the switch to a WebSocket pass.
type passage struct {
	next    http.RoundTripper
	failure Reason // where next fails
	slow    Reason // where next does not answer in time
}

// pass sends the request and streams the answer.
func (x *exchange) pass(p passage) {
	if x.body != nil && x.r.ProtoMajor < 2 {
		_ = x.rest().EnableFullDuplex() // there is nothing else to do where it is not supported
	}
	res, err := p.next.RoundTrip(x.r)
	x.early.stop()
	switch {
	case err != nil:
		x.failed(p, err)
	case res.StatusCode == http.StatusSwitchingProtocols:
		x.switchProtocols(p, res)
	default:
		x.respond(res)
	}
}

// failed answers where nobody else did.
func (x *exchange) failed(p passage, err error) {
	var none *unreachableError
	var refusal record.Refusal
	var timeout net.Error
	switch {
	case errors.As(err, &none) && !exhausted(err):
		x.refuseFor(ReasonUnavailable, none.wait)
	case x.body.slow():
		x.refuse(ReasonSlowBody)
	case x.body.malformed():
		x.refuse(ReasonBadBody)
	case x.gone():
		panic(http.ErrAbortHandler)
	case errors.As(err, &refusal):
		x.refuseAs(refusal)
	case exhausted(err):
		x.refuse(ReasonExhausted)
	case errors.As(err, &timeout) && timeout.Timeout():
		x.refuse(p.slow)
	default:
		x.refuse(p.failure)
	}
	x.g.log.Debug("a request was not answered", "request_id", x.arrival.ID, "reason", string(x.reason), "error", err)
}

// exhausted reports whether an error is this machine's own: it has no port, no
// descriptor or no buffer left.
func exhausted(err error) bool {
	for _, e := range []syscall.Errno{syscall.EADDRNOTAVAIL, syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// earlyAnswers passes informational answers on, until there is a final one.
// Whoever sends the request may be late with one.
type earlyAnswers struct {
	mu   sync.Mutex
	over bool
}

func (e *earlyAnswers) stop() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.over = true
}

// informational is an httptrace.ClientTrace's Got1xxResponse.
func (x *exchange) informational(status int, fields textproto.MIMEHeader) error {
	x.early.mu.Lock()
	defer x.early.mu.Unlock()
	if x.early.over || status == http.StatusContinue || !x.r.ProtoAtLeast(1, 1) {
		return nil // the server sends its own 100 when the body is asked for
	}
	h := x.w.Header()
	copyEndToEnd(h, http.Header(fields))
	stripOurs(h) // a backend says nothing in our name, and a peer says it with its answer
	x.w.WriteHeader(status)
	clear(h)
	return nil
}

// respond streams an answer to the client. Where it breaks off the client's
// connection or stream does too.
func (x *exchange) respond(res *http.Response) {
	if res.Body != nil {
		defer res.Body.Close()
	}
	h := x.w.Header()
	copyEndToEnd(h, res.Header)
	x.g.via.answered(h, res)
	announced := announce(h, res.Trailer)
	frame(h, res)
	x.w.WriteHeader(res.StatusCode)
	if err := x.stream(res); err != nil {
		panic(http.ErrAbortHandler)
	}
	if len(res.Trailer) == 0 || res.Body == nil {
		return
	}
	_ = res.Body.Close() // trailers are complete after this
	if len(h["Content-Length"]) == 0 {
		_ = x.w.FlushError() // chunks, however short the body was
	}
	copyTrailer(h, res.Trailer, announced)
}

// frame makes Content-Length say what is going to be sent, and keeps the server
// from guessing a Content-Type.
func frame(h http.Header, res *http.Response) {
	if _, said := h["Content-Type"]; !said {
		h["Content-Type"] = nil
	}
	switch {
	case res.StatusCode == http.StatusNoContent || res.StatusCode == http.StatusNotModified:
		delete(h, "Content-Length") // the one has none, and with the other HTTP/2 clients wait for so many bytes
	case !hasBody(res):
	case res.ContentLength <= 0:
		delete(h, "Content-Length") // the server counts what is short
	case !saysLength(h["Content-Length"], res.ContentLength):
		h["Content-Length"] = []string{lengthText(res.ContentLength)}
	}
}

// saysLength reports whether a Content-Length is there once, and is n.
func saysLength(said []string, n int64) bool {
	if len(said) != 1 || said[0] == "" || said[0][0] == '+' {
		return false
	}
	was, err := strconv.ParseInt(said[0], 10, 64)
	return err == nil && was == n
}

// hasBody reports whether the answer may have a body: not to HEAD, and not with
// a status that has none.
func hasBody(res *http.Response) bool {
	switch {
	case res.Body == nil || res.Body == http.NoBody:
		return false
	case res.Request != nil && res.Request.Method == http.MethodHead:
		return false
	}
	return res.StatusCode != http.StatusNoContent && res.StatusCode != http.StatusNotModified
}

// buffers are what bodies are copied through. Its zero value is ready.
type buffers struct{ pool sync.Pool }

const bufferSize = 32 << 10

func (b *buffers) get() *[bufferSize]byte {
	if p, ok := b.pool.Get().(*[bufferSize]byte); ok {
		return p
	}
	return new([bufferSize]byte)
}

func (b *buffers) put(p *[bufferSize]byte) { b.pool.Put(p) }

// patience is what a client is told to wait where this machine is exhausted.
const patience = time.Second
