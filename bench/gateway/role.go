//go:build linux

package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// answerSize is the octets of an answer's body.
const answerSize = 1024

// answerBody is what every backend answers.
func answerBody() []byte { return bytes.Repeat([]byte("0123456789abcdef"), answerSize/16) }

// play is the program in one of its roles.
func play(o options) error {
	var listeners []net.Listener
	for _, text := range strings.Split(o.listen, ",") {
		addr, err := netip.ParseAddrPort(text)
		if err != nil || !addr.Addr().IsLoopback() {
			return fmt.Errorf("listen %q: want a loopback address with a port", text)
		}
		l, err := net.Listen("tcp", text)
		if err != nil {
			return err
		}
		listeners = append(listeners, l)
	}
	if o.role == "control" {
		return control(listeners[0], strings.Split(o.to, ","))
	}
	errs := make(chan error)
	for _, l := range listeners {
		go func() { errs <- backend(l) }()
	}
	return <-errs
}

// backend answers every request with the same octets, at next to no cost. It
// reads requests without a body.
func backend(l net.Listener) error {
	body := answerBody()
	answer := fmt.Appendf(nil, "HTTP/1.1 200 OK\r\nServer: bench\r\nDate: %s\r\nContent-Type: text/plain\r\nCache-Control: no-store\r\nContent-Length: %d\r\n\r\n%s",
		time.Now().UTC().Format(http.TimeFormat), len(body), body)
	for {
		c, err := l.Accept()
		if err != nil {
			return err
		}
		go answerAll(c, answer)
	}
}

func answerAll(c net.Conn, answer []byte) {
	defer c.Close()
	in := bufio.NewReaderSize(c, 16<<10)
	for {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return
		}
		if len(line) > 2 {
			continue
		}
		if _, err := c.Write(answer); err != nil {
			return
		}
	}
}

// control is the plain proxy of the standard library, built as Meridian is: both
// backends in turn, connections kept, buffers kept.
func control(l net.Listener, to []string) error {
	var targets []*url.URL
	for _, t := range to {
		targets = append(targets, &url.URL{Scheme: "http", Host: t})
	}
	if len(targets) == 0 {
		return errors.New("control without backends")
	}
	var next atomic.Uint64
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(targets[next.Add(1)%uint64(len(targets))])
			r.SetXForwarded()
		},
		Transport:  &http.Transport{MaxIdleConnsPerHost: 1024, DisableCompression: true},
		BufferPool: &bufferPool{},
	}
	server := &http.Server{Handler: proxy, ReadHeaderTimeout: 10 * time.Second}
	return server.Serve(l)
}

// bufferPool implements httputil.BufferPool.
type bufferPool struct{ pool sync.Pool }

const copyBuffer = 32 << 10

// Get implements httputil.BufferPool.
func (b *bufferPool) Get() []byte {
	if p, ok := b.pool.Get().(*[copyBuffer]byte); ok {
		return p[:]
	}
	return new([copyBuffer]byte)[:]
}

// Put implements httputil.BufferPool.
func (b *bufferPool) Put(p []byte) { b.pool.Put((*[copyBuffer]byte)(p)) }
