package backend

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

// mostDials is how many connections one request is worth: one that is kept may
// be on its way out, and so may the next.
const mostDials = 4

// bounded is an http.Transport that gives a request up in time. For HTTP/2 it
// asks again by itself where a backend refuses streams, after seconds that
// double, or says goodbye, at once and without an end; each time its own limit
// begins anew.
type bounded struct {
	*http.Transport
	after time.Duration // the start of a request whose body is in memory
}

// dialsKey is the context key of a request's *dials.
type dialsKey struct{}

// dials counts the connections that are made for one request.
type dials struct {
	n      atomic.Int32
	cancel context.CancelCauseFunc
}

var errGoodbyes = errors.New("it says goodbye to each connection")

func newBounded(o TransportOptions) *bounded {
	dial := o.Dial
	o.Dial = func(ctx context.Context) (net.Conn, error) {
		if d, ok := ctx.Value(dialsKey{}).(*dials); ok && d.n.Add(1) > mostDials {
			d.cancel(errGoodbyes)
			return nil, errGoodbyes
		}
		return dial(ctx)
	}
	return &bounded{NewTransport(o), o.Connect + o.Header}
}

// overdue says that a request was given up.
type overdue struct{ after time.Duration }

// Error implements error.
func (e *overdue) Error() string { return "no answer within " + e.after.String() }

// Timeout and Temporary implement net.Error.
func (*overdue) Timeout() bool   { return true }
func (*overdue) Temporary() bool { return true }

// RoundTrip implements http.RoundTripper.
func (b *bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil && r.Body != http.NoBody && r.GetBody == nil {
		return b.Transport.RoundTrip(r) // that can be asked once
	}
	ctx, cancel := context.WithCancelCause(r.Context())
	timer := time.AfterFunc(b.after, func() { cancel(&overdue{b.after}) })
	res, err := b.Transport.RoundTrip(r.WithContext(context.WithValue(ctx, dialsKey{}, &dials{cancel: cancel})))
	timer.Stop()
	if err != nil {
		if r.Context().Err() == nil && ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		cancel(nil)
		return nil, err
	}
	if res.Body == nil || res.Body == http.NoBody {
		cancel(nil)
		return res, nil
	}
	res.Body = &ending{res.Body, func() { cancel(nil) }}
	return res, nil
}

// ending is a body whose context ends with it.
type ending struct {
	io.ReadCloser
	end func()
}

// Close implements io.Closer.
func (e *ending) Close() error {
	defer e.end()
	return e.ReadCloser.Close()
}
