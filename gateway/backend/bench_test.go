package backend_test

import (
	"net/http"
	"testing"
	"time"

	"meridian/gateway/backend"
)

// BenchmarkDo is one pick and one attempt with a round tripper that does
// nothing: go test -bench Do -benchmem ./gateway/backend
func BenchmarkDo(b *testing.B) {
	f := newFarm(b, rule(3, time.Hour), "a", "b")
	res := answer(200)
	same := &trip{do: func(*http.Request) (*http.Response, error) {
		res.Body = http.NoBody
		return res, nil
	}}
	f.config.Pools = []backend.Pool{pool("p", "a", "b")}
	s := build(b, start(b, backend.Options{Transport: func(backend.TransportOptions) http.RoundTripper { return same }}), f.config)
	for _, name := range []string{"a", "p"} {
		target, _ := s.Find(name)
		r := get(b, "/foo?x=y")
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			var c backend.Call
			for b.Loop() {
				c = backend.Call{Retry: true}
				res, err := target.Do(r, &c)
				if err != nil {
					b.Fatal(err)
				}
				_ = res.Body.Close()
			}
		})
	}
}

// BenchmarkPickParallel is many goroutines on one schedule.
func BenchmarkPickParallel(b *testing.B) {
	f := newFarm(b, rule(3, time.Hour), "a", "b")
	same := &trip{do: func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Body: http.NoBody}, nil
	}}
	f.config.Pools = []backend.Pool{pool("p", "a", "b")}
	target := find(b, build(b, start(b, backend.Options{Transport: func(backend.TransportOptions) http.RoundTripper { return same }}), f.config), "p")
	b.ReportAllocs()
	b.RunParallel(func(p *testing.PB) {
		r := get(b, "/foo")
		for p.Next() {
			res, err := target.Do(r, &backend.Call{})
			if err != nil {
				b.Error(err)
				return
			}
			_ = res.Body.Close()
		}
	})
}
