package h1_test

import (
	"bufio"
	"bytes"
	"context"
	"net"
	"net/http"
	"testing"

	"meridian/gateway/h1"
)

// BenchmarkRoundTrip compares this client with the standard library's, against
// a backend that costs next to nothing.
func BenchmarkRoundTrip(b *testing.B) {
	for _, c := range []struct {
		name string
		make func(dial func(context.Context) (net.Conn, error)) http.RoundTripper
	}{
		{"h1", func(dial func(context.Context) (net.Conn, error)) http.RoundTripper {
			return h1.New(h1.Options{Dial: dial})
		}},
		{"net", standard},
	} {
		b.Run(c.name, func(b *testing.B) { benchmark(b, c.make) })
	}
}

func benchmark(b *testing.B, make func(dial func(context.Context) (net.Conn, error)) http.RoundTripper) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	go echo(l)
	t := make(func(ctx context.Context) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", l.Addr().String())
	})
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, "GET", "http://backend.test/orders/7?x=1", nil)
	if err != nil {
		b.Fatal(err)
	}
	for _, name := range []string{"Accept", "Accept-Language", "User-Agent", "X-Forwarded-For", "X-Request-Id"} {
		r.Header.Set(name, "0123456789abcdef")
	}
	buf := bytes.NewBuffer(nil)
	b.ReportAllocs()
	for b.Loop() {
		res, err := t.RoundTrip(r)
		if err != nil {
			b.Fatal(err)
		}
		buf.Reset()
		_, err = buf.ReadFrom(res.Body)
		res.Body.Close()
		if err != nil || buf.Len() != 1024 {
			b.Fatalf("got %d octets, error %v", buf.Len(), err)
		}
	}
}

// echo answers every request of one connection alike.
func echo(l net.Listener) {
	c, err := l.Accept()
	if err != nil {
		return
	}
	defer c.Close()
	answer := []byte("HTTP/1.1 200 OK\r\nServer: test\r\nDate: Sun, 22 Nov 2026 05:00:00 GMT\r\nContent-Type: text/plain\r\nContent-Length: 1024\r\n\r\n" + string(make([]byte, 1024)))
	in := bufio.NewReader(c)
	for {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return
		}
		if len(line) == 2 {
			if _, err := c.Write(answer); err != nil {
				return
			}
		}
	}
}

func standard(dial func(context.Context) (net.Conn, error)) http.RoundTripper {
	return &http.Transport{
		DialContext:        func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx) },
		DisableCompression: true, MaxIdleConnsPerHost: 64,
	}
}
