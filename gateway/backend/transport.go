package backend

import (
	"context"
	"net"
	"net/http"
	"time"

	"meridian/gateway/h1"
)

const (
	keptConnections = 256
	pingAfter       = 10 * time.Second // without a frame on an HTTP/2 connection
	pingAnswer      = 5 * time.Second
	continueWait    = time.Second
	mostHeader      = 256 << 10
)

// newClient returns what speaks HTTP to one address: our own client where that is
// HTTP/1.1 without a proxy that wants whole URLs.
func newClient(o TransportOptions) http.RoundTripper {
	switch {
	case o.HTTP2 && o.Header > 0:
		return newBounded(o)
	case o.HTTP2 || o.Proxy != nil:
		return NewTransport(o)
	}
	return h1.New(h1.Options{
		Dial: o.Dial, MaxIdle: o.MaxIdle, IdleTimeout: o.Idle,
		ResponseHeaderTimeout: o.Header, ExpectContinueTimeout: continueWait, MaxHeaderBytes: mostHeader,
	})
}

// NewTransport returns an http.Transport for one address: HTTP/1.1 and HTTP/2,
// whose connections are given up when a ping has no answer.
func NewTransport(o TransportOptions) *http.Transport {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) { return o.Dial(ctx) }
	t := &http.Transport{
		DialContext:            dial,
		DialTLSContext:         dial,
		Protocols:              new(http.Protocols),
		HTTP2:                  &http.HTTP2Config{SendPingTimeout: pingAfter, PingTimeout: pingAnswer},
		DisableCompression:     true,
		MaxIdleConnsPerHost:    o.MaxIdle,
		IdleConnTimeout:        o.Idle,
		ResponseHeaderTimeout:  o.Header,
		ExpectContinueTimeout:  continueWait,
		MaxResponseHeaderBytes: mostHeader,
	}
	if o.Proxy != nil {
		t.Proxy = http.ProxyURL(o.Proxy)
	}
	t.Protocols.SetHTTP1(o.HTTP1)
	t.Protocols.SetHTTP2(o.HTTP2 && o.Secure)
	t.Protocols.SetUnencryptedHTTP2(o.HTTP2 && !o.Secure)
	return t
}

// connect makes what speaks v to a.
func (o *origin) connect(a *address, v version) http.RoundTripper {
	d := &dialer{way: o.way, addr: a.addr, tcp: o.tcp, failed: func(err error) { o.fail(a, err, time.Now()) }}
	options := TransportOptions{
		Dial: d.dial, Secure: o.way.secure, HTTP1: v != http2, HTTP2: v != http1,
		Connect: o.way.timeouts.Connect, Header: o.way.timeouts.Header, Idle: o.way.timeouts.Idle, MaxIdle: keptConnections,
	}
	switch {
	case o.way.secure:
		d.tls = o.way.tls.Clone()
		d.tls.NextProtos = v.alpn()
		if v == http2 {
			d.must = "h2"
		}
	case o.way.absolute():
		options.Proxy = o.way.proxy
	}
	return o.transport(options)
}
