package h1_test

import (
	"context"
	"net"
	"net/http"
	"testing"
	"time"

	"meridian/gateway/h1"
	"meridian/gateway/h1/conformance"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	conformance.Test(t, func(dial func(context.Context) (net.Conn, error)) http.RoundTripper {
		return h1.New(h1.Options{Dial: dial, ExpectContinueTimeout: 200 * time.Millisecond, ResponseHeaderTimeout: 3 * time.Second})
	})
}

func TestConformanceOfTheStandardLibrary(t *testing.T) {
	t.Parallel()
	conformance.Test(t, func(dial func(context.Context) (net.Conn, error)) http.RoundTripper {
		return &http.Transport{
			DialContext:            func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx) },
			DisableCompression:     true,
			MaxIdleConnsPerHost:    16,
			ExpectContinueTimeout:  200 * time.Millisecond,
			ResponseHeaderTimeout:  3 * time.Second,
			MaxResponseHeaderBytes: 64 << 10,
		}
	})
}
