package gateway

import (
	"bufio"
	"net"
	"net/http"
	"time"
)

// answer is the writer of an exchange: it notes the status, and tells the
// connection to go elsewhere where that is due.
type answer struct {
	http.ResponseWriter
	x        *exchange
	status   int // 0: not answered yet
	failed   bool
	tunnel   bool
	sent     int64 // bytes of body, or of a tunnel
	progress watch // HTTP/2: writes wait for the client's flow control
}

// WriteHeader implements http.ResponseWriter.
func (a *answer) WriteHeader(status int) {
	if status == http.StatusContinue {
		return // the server sends its own when the body is asked for
	}
	if status < 200 && status != http.StatusSwitchingProtocols {
		a.ResponseWriter.WriteHeader(status)
		return
	}
	a.status = status
	if a.endsConnection() {
		a.Header()["Connection"] = []string{"close"} // HTTP/2: net/http sends GOAWAY
	}
	a.ResponseWriter.WriteHeader(status)
}

func (a *answer) endsConnection() bool {
	if a.x.last {
		return true
	}
	g, c := a.x.g, a.x.conn
	if g.presence.word() != "" && g.presence.due(c, time.Now()) {
		g.account.closes.Add(1)
		return true
	}
	return c.crowd.full()
}

// Write implements http.ResponseWriter.
func (a *answer) Write(p []byte) (int, error) {
	if a.status == 0 {
		a.WriteHeader(http.StatusOK)
	}
	a.wait()
	n, err := a.ResponseWriter.Write(p)
	a.sent += int64(n)
	a.done(n)
	if err != nil {
		a.failed = true
	}
	return n, err
}

// briefest is what net/http keeps of an HTTP/2 answer until its handler ends.
const briefest = 4 << 10

// brief writes all of a short HTTP/2 answer, which leaves with its last frame
// when the handler ends: in fewer frames than a flush makes. What waits for the
// client's flow control then waits in the server, which gives the stream up.
func (a *answer) brief(p []byte) error {
	_ = a.x.rest().SetWriteDeadline(time.Now().Add(a.x.g.o.Limits.Stall)) // HTTP/2 streams have one
	n, err := a.ResponseWriter.Write(p)
	a.sent += int64(n)
	a.failed = a.failed || err != nil
	return err
}

// FlushError is for http.ResponseController.
func (a *answer) FlushError() error {
	a.wait()
	err := a.x.rest().Flush()
	a.done(0)
	if err != nil {
		a.failed = true
	}
	return err
}

// wait begins a write. An HTTP/1.1 write is bounded by the conn.
func (a *answer) wait() {
	if a.x.in.ProtoMajor < 2 {
		return
	}
	a.progress.begin(a.x.g.o.Limits, func() { _ = a.x.rest().SetWriteDeadline(time.Unix(1, 0)) }, nil)
}

// done ends a write.
func (a *answer) done(n int) {
	if a.x.in.ProtoMajor >= 2 {
		a.progress.done(n)
	}
}

// finish ends what watches.
func (a *answer) finish() {
	if a.x.in.ProtoMajor >= 2 {
		a.progress.stop()
	}
}

// hijack takes the connection over: the exchange has become a tunnel.
func (a *answer) hijack() (net.Conn, error) {
	a.x.ctx.release()
	c, brw, err := a.x.rest().Hijack()
	if err != nil {
		return nil, err
	}
	a.status, a.tunnel = http.StatusSwitchingProtocols, true
	a.x.conn.debt.waive()
	a.x.conn.armed.Store(0) // the server has taken the deadlines off
	a.x.g.account.tunnels.Add(1)
	a.x.g.account.tunnelsEver.Add(1)
	if early := brw.Reader.Buffered(); early > 0 {
		c = &prefixed{Conn: c, early: brw.Reader, left: early}
	}
	return c, nil
}

// prefixed is a connection of which some bytes have been read ahead.
type prefixed struct {
	net.Conn
	early *bufio.Reader
	left  int
}

// Read implements net.Conn.
func (p *prefixed) Read(b []byte) (int, error) {
	if p.left == 0 {
		return p.Conn.Read(b)
	}
	n, err := p.early.Read(b[:min(len(b), p.left)])
	p.left -= n
	return n, err
}

// CloseWrite half-closes, for tunnels.
func (p *prefixed) CloseWrite() error {
	half, ok := p.Conn.(interface{ CloseWrite() error })
	if !ok {
		return http.ErrNotSupported
	}
	return half.CloseWrite()
}
