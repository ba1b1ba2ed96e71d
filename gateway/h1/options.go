package h1

import (
	"context"
	"net"
	"time"
)

// Options is what a Transport needs. Zero numbers are the defaults. Negative
// ones stand for none, and for the default and the least of MaxHeaderBytes and
// BufferSize, which there must be.
type Options struct {
	Dial func(ctx context.Context) (net.Conn, error) // opens a connection to the address, with TLS where that is wanted

	MaxIdle               int           // connections kept; 64
	IdleTimeout           time.Duration // that one is kept without use; 90 s
	MaxAge                time.Duration // after which one serves no further request, less up to a tenth by chance; none
	ResponseHeaderTimeout time.Duration // from the last byte of the request to the head of the answer; none
	ExpectContinueTimeout time.Duration // after which the body goes without a 100; 1 s
	MaxHeaderBytes        int           // of the heads of an answer together, and of its trailers; 64 KiB
	BufferSize            int           // octets a connection in use reads at a time, 512 at least; 4 KiB
}

const (
	defaultMaxIdle     = 64
	defaultIdle        = 90 * time.Second
	defaultContinue    = time.Second
	defaultHeaderBytes = 64 << 10
	defaultBuffer      = 4 << 10
	leastBuffer        = 512
)

func (o Options) withDefaults() Options {
	orElse(&o.MaxIdle, defaultMaxIdle)
	orElse(&o.IdleTimeout, defaultIdle)
	orElse(&o.ExpectContinueTimeout, defaultContinue)
	if o.MaxHeaderBytes <= 0 {
		o.MaxHeaderBytes = defaultHeaderBytes
	}
	orElse(&o.BufferSize, defaultBuffer)
	o.BufferSize = max(o.BufferSize, leastBuffer)
	return o
}

func orElse[T ~int | ~int64](v *T, otherwise T) {
	if *v == 0 {
		*v = otherwise
	}
}
