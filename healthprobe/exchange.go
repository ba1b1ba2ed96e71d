package healthprobe

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"time"
)

// exchange is all that was said between us and one address of a target. One
// goroutine fills it.
type exchange struct {
	target Target
	addr   netip.Addr
	full   bool // read a body even if the status is bad, and keep its head

	phase     phase
	phases    Phases
	connected bool
	request   []byte
	tls       *tls.ConnectionState
	response  *http.Response
	body      []byte

	reason Reason
	detail string
}

// attempt carries x out: connect, TLS, request, answer.
func (p *NetProber) attempt(ctx context.Context, x *exchange) {
	start := time.Now()
	defer func() { x.phases.Total = time.Since(start) }()
	conn, err := p.connect(ctx, x)
	if err != nil {
		p.fail(ctx, x, err)
		return
	}
	defer conn.Close() //nolint:errcheck // nothing is left to lose
	unblock := context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })
	defer unblock()
	if err := p.converse(ctx, x, conn); err != nil {
		p.fail(ctx, x, err)
		return
	}
	x.judgeStatus()
}

// connect opens the TCP connection.
func (p *NetProber) connect(ctx context.Context, x *exchange) (net.Conn, error) {
	x.phase = phaseConnect
	start := time.Now()
	conn, err := p.opt.Dialer.DialContext(ctx, "tcp", x.hostPort())
	x.phases.Connect = time.Since(start)
	x.connected = err == nil
	return conn, err
}

func (x *exchange) hostPort() string {
	return net.JoinHostPort(x.addr.String(), strconv.Itoa(int(x.target.Check.Port)))
}

// converse does what the protocol has after the connection: nothing for TCP.
func (p *NetProber) converse(ctx context.Context, x *exchange, conn net.Conn) error {
	switch x.target.Check.Protocol {
	case TCP:
		return nil
	case HTTPS:
		secure, err := p.secure(ctx, x, conn)
		if err != nil {
			return err
		}
		conn = secure
	}
	return p.talk(x, conn)
}

// judgeStatus decides an exchange in which nothing broke.
func (x *exchange) judgeStatus() {
	x.reason = ReasonOK
	if x.response == nil {
		return
	}
	x.detail = "status " + strconv.Itoa(x.response.StatusCode)
	if x.switchedOff() {
		x.detail += ", switched off"
	} else if !x.target.Check.accepts(x.response.StatusCode) {
		x.reason = ReasonStatus
	}
	if to := x.response.Header.Get("Location"); to != "" && x.reason == ReasonStatus {
		x.detail = clip(x.detail + ", redirect not followed: " + strconv.Quote(to))
	}
}

// switchedOff reports whether a gateway of ours said that an operator has
// disabled it: its health is another matter, and it is alive. The header needs
// no proof of origin, for who can send it could as well send a 200.
func (x *exchange) switchedOff() bool {
	return x.target.Check.Gateway && x.response.StatusCode == http.StatusServiceUnavailable &&
		x.response.Header.Get("Meridian-Gateway") == "disabled"
}

// fail records why x broke off.
func (p *NetProber) fail(ctx context.Context, x *exchange, err error) {
	x.reason = classify(ctx, x.phase, err)
	x.detail = clip(err.Error())
	if x.reason == ReasonUnreachable && !p.hasRoute(ctx, x) {
		x.reason = ReasonNoRoute
	}
}

// hasRoute reports whether this machine has a way to x's network at all: a
// datagram socket is connected, which sends nothing.
func (p *NetProber) hasRoute(ctx context.Context, x *exchange) bool {
	conn, err := p.opt.Dialer.DialContext(ctx, "udp", x.hostPort())
	if err != nil {
		return false
	}
	conn.Close()
	return true
}

// result is x without what only people want to see.
func (x *exchange) result() Result {
	r := Result{
		Phases: x.phases, Addr: x.addr, Reason: x.reason, Detail: x.detail,
		Answered: x.connected || x.reason.Answered(),
	}
	if x.response != nil {
		r.Status = x.response.StatusCode
	}
	return r
}
