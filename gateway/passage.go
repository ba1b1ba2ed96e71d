package gateway

import (
	"errors"
	"net"
	"net/http"
	"net/http/httputil"
	"strings"
	"sync"
)

// passage carries an exchange to whatever answers it, streaming both ways: to
// Options.Local, or to a peer. Hop-by-hop fields stay behind (RFC 9110 §7.6.1);
// informational answers, trailers and the switch to a WebSocket pass.
type passage struct {
	x       *exchange
	next    http.RoundTripper
	rewrite func(*httputil.ProxyRequest)
	failure Reason // where next fails
	slow    Reason // where next does not answer in time
}

func (x *exchange) pass(p *passage) {
	plainUpgrade(x.r)
	if x.body != nil && x.r.ProtoMajor < 2 {
		_ = x.rest().EnableFullDuplex() // there is nothing else to do where it is not supported
	}
	front := httputil.ReverseProxy{
		Rewrite: p.prepare, Transport: p.next, ErrorHandler: p.failed,
		FlushInterval: -1, BufferPool: &x.g.buffers, ErrorLog: x.g.quietLog,
	}
	front.ServeHTTP(x.w, x.r)
}

// plainUpgrade leaves an upgrade to a WebSocket, and takes off every other one:
// an "h2c" tunnel would lead past all that looks at requests.
func plainUpgrade(r *http.Request) {
	if strings.EqualFold(r.Header.Get("Upgrade"), "websocket") && len(r.Header["Upgrade"]) == 1 &&
		r.Method == http.MethodGet && r.ContentLength == 0 {
		return
	}
	r.Header.Del("Upgrade")
	r.Header.Del("Http2-Settings")
}

// prepare makes the outgoing request of the incoming one.
func (p *passage) prepare(pr *httputil.ProxyRequest) {
	pr.Out.URL.RawQuery = pr.In.URL.RawQuery
	if p.x.body != nil {
		p.x.body.trailer.Store(&pr.Out.Trailer)
	}
	p.rewrite(pr)
}

// failed answers where nobody else did.
func (p *passage) failed(_ http.ResponseWriter, _ *http.Request, err error) {
	x := p.x
	var none *unreachableError
	var timeout net.Error
	switch {
	case x.w.tunnel:
		return // the answer has begun; the tunnel ends here
	case errors.As(err, &none):
		x.refuseFor(ReasonUnavailable, none.wait)
	case x.body.slow():
		x.refuse(ReasonSlowBody)
	case x.body.malformed():
		x.refuse(ReasonBadBody)
	case x.gone():
		panic(http.ErrAbortHandler)
	case errors.As(err, &timeout) && timeout.Timeout():
		x.refuse(p.slow)
	default:
		x.refuse(p.failure)
	}
	x.g.log.Debug("a request was not answered", "request_id", x.arrival.ID, "reason", string(x.reason), "error", err)
}

// buffers are what bodies are copied through. Its zero value is ready.
type buffers struct{ pool sync.Pool }

const bufferSize = 32 << 10

// Get implements httputil.BufferPool.
func (b *buffers) Get() []byte {
	if p, ok := b.pool.Get().(*[bufferSize]byte); ok {
		return p[:]
	}
	return new([bufferSize]byte)[:]
}

// Put implements httputil.BufferPool.
func (b *buffers) Put(p []byte) { b.pool.Put((*[bufferSize]byte)(p)) }
