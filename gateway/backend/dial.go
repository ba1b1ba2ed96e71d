package backend

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

const (
	proxyAnswer = 64 << 10         // octets of a proxy's answer to CONNECT
	unheard     = 30 * time.Second // after which a connection's other end is taken for gone
)

// dialer makes connections to one address that are ready for HTTP.
type dialer struct {
	way  way
	addr netip.AddrPort
	tcp  func(ctx context.Context, a netip.AddrPort) (net.Conn, error)
	tls  *tls.Config // with ALPN; nil in the clear
	must string      // protocol that ALPN has to choose; "": any

	failed func(err error) // hears of addresses that could not be connected to
}

// dialTCP is what Options.Dial is by default.
func dialTCP(ctx context.Context, a netip.AddrPort) (net.Conn, error) {
	var d net.Dialer
	return d.DialContext(ctx, "tcp", a.String())
}

// mindful makes the kernel give a TCP connection up whose other end is gone
// without a word: no acknowledgement of what was sent, none of what keeps it
// alive, a window that stays shut.
func mindful(c net.Conn) {
	t, ok := c.(*net.TCPConn)
	if !ok {
		return
	}
	_ = t.SetKeepAliveConfig(net.KeepAliveConfig{Enable: true, Idle: unheard / 2, Interval: unheard / 6, Count: 3})
	if raw, err := t.SyscallConn(); err == nil {
		_ = raw.Control(limitUnacknowledged)
	}
}

// dial connects within Timeouts.Connect. Errors are *ConnectError. The address is
// to blame unless the caller went away; that the call's time was over first is no
// excuse.
func (d *dialer) dial(ctx context.Context) (net.Conn, error) {
	short, cancel := context.WithTimeout(ctx, d.way.timeouts.Connect)
	defer cancel()
	c, err := d.connect(short)
	if err == nil {
		return c, nil
	}
	gone := ctx.Err() != nil && !errors.Is(context.Cause(ctx), errCallTime)
	if !gone && !asLocal(err) {
		d.failed(err)
	}
	return nil, &ConnectError{Addr: d.addr, Err: err}
}

func (d *dialer) connect(ctx context.Context) (net.Conn, error) {
	c, err := d.tcp(ctx, d.addr)
	if err != nil {
		return nil, err
	}
	mindful(c)
	ready, err := d.prepare(ctx, c)
	if err != nil {
		_ = c.Close()
		return nil, err
	}
	return ready, nil
}

// prepare brings a connection through the proxy and TLS.
func (d *dialer) prepare(ctx context.Context, c net.Conn) (net.Conn, error) {
	if d.tls == nil {
		return c, nil
	}
	if d.way.proxy != nil {
		if err := tunnel(ctx, c, d.way.target, d.way.proxy.User); err != nil {
			return nil, fmt.Errorf("asking the proxy for %s: %w", d.way.target, err)
		}
	}
	t := tls.Client(c, d.tls)
	if err := t.HandshakeContext(ctx); err != nil {
		return nil, fmt.Errorf("shaking hands: %w", brief(err))
	}
	if got := t.ConnectionState().NegotiatedProtocol; d.must != "" && got != d.must {
		return nil, fmt.Errorf("shaking hands: protocol %q is not %q", got, d.must)
	}
	return t, nil
}

// brief says of a certificate that is not trusted first why: the other gateways
// are told the beginning only.
func brief(err error) error {
	var refused *tls.CertificateVerificationError
	if !errors.As(err, &refused) {
		return err
	}
	var invalid x509.CertificateInvalidError
	switch {
	case !errors.As(err, &invalid) || invalid.Reason != x509.Expired || invalid.Cert == nil:
		return refused.Err
	case time.Now().Before(invalid.Cert.NotBefore):
		return fmt.Errorf("certificate is not valid before %s", invalid.Cert.NotBefore.UTC().Format(time.RFC3339))
	}
	return fmt.Errorf("certificate expired at %s", invalid.Cert.NotAfter.UTC().Format(time.RFC3339))
}

// tunnel asks a proxy to connect c to target (RFC 9110 §9.3.6).
func tunnel(ctx context.Context, c net.Conn, target string, user *url.Userinfo) error {
	stop := context.AfterFunc(ctx, func() { _ = c.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	ask := "CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\n"
	if user != nil {
		ask += "Proxy-Authorization: " + basic(user) + "\r\n"
	}
	if _, err := c.Write([]byte(ask + "\r\n")); err != nil {
		return err
	}
	return granted(c)
}

// granted reads a proxy's answer, octet by octet so that none of the tunnel's
// is taken.
func granted(c net.Conn) error {
	var head strings.Builder
	one := make([]byte, 1)
	for !strings.HasSuffix(head.String(), "\r\n\r\n") {
		if head.Len() >= proxyAnswer {
			return fmt.Errorf("its answer is longer than %d octets", proxyAnswer)
		}
		if _, err := c.Read(one); err != nil {
			return err
		}
		head.WriteByte(one[0])
	}
	res, err := http.ReadResponse(bufio.NewReader(strings.NewReader(head.String())), &http.Request{Method: http.MethodConnect})
	if err != nil {
		return err
	}
	_ = res.Body.Close()
	if res.StatusCode/100 != 2 {
		return errors.New(res.Status)
	}
	return nil
}

func basic(user *url.Userinfo) string {
	password, _ := user.Password()
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(user.Username()+":"+password))
}
