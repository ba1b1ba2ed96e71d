package gateway

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"
)

// relay carries the request to a node of the location that clients are sent to
// now.
func (x *exchange) relay() bool {
	under := x.g.relaying.Add(1)
	defer x.g.relaying.Add(-1)
	if under > int64(x.g.o.Limits.Relays) {
		return x.refuse(ReasonOverload)
	}
	x.outcome = OutcomeRelayed
	x.toPeer()
	x.pass(passage{next: &carrier{x: x}, failure: ReasonRelayFailed, slow: ReasonRelayTimeout})
	return true
}

// carrier is the pool @locations for one request: it tries the members of the
// route in order, the next one only where it is certain that no byte of the
// request has left for the one before.
type carrier struct{ x *exchange }

// RoundTrip implements http.RoundTripper. An *unreachableError means that no
// byte has left.
func (c *carrier) RoundTrip(r *http.Request) (*http.Response, error) {
	none := &unreachableError{wait: ejectFor}
	for _, node := range c.x.route.Nodes {
		t := c.x.g.o.Peers.RelayTransport(node)
		if t == nil {
			none.note(node, errors.New("not known"), retryAfter)
			continue
		}
		m := c.x.g.members.of(node)
		wait, ok := m.admit(time.Now())
		if !ok {
			none.note(node, errors.New("out after failed connects"), wait)
			continue
		}
		res, certain, err := c.attempt(t, m, r)
		if err == nil {
			c.x.g.account.relayedTo(c.x.route.Location)
			return res, nil
		}
		if !certain || r.Context().Err() != nil {
			return nil, fmt.Errorf("relaying to %s: %w", node, err)
		}
		none.note(node, err, m.rest(time.Now()))
	}
	return nil, none
}

// attempt asks one member. certain: it failed to connect, no byte was sent.
func (c *carrier) attempt(t http.RoundTripper, m *member, r *http.Request) (res *http.Response, certain bool, err error) {
	var connected atomic.Bool
	defer func() { m.release(connected.Load()) }()
	trace := &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) {
		connected.Store(true)
		m.connected()
	}}
	out := r.WithContext(httptrace.WithClientTrace(r.Context(), trace))
	if r.Body != nil {
		out.Body = io.NopCloser(r.Body) // the next member's too; closed at the end of the passage
	}
	res, err = t.RoundTrip(out)
	var connect *ConnectError
	certain = errors.As(err, &connect) && !connected.Load()
	if certain && r.Context().Err() == nil && !exhausted(err) {
		m.failed(time.Now())
	}
	return res, certain, err
}

// unreachableError says that no member could be asked.
type unreachableError struct {
	wait time.Duration // until one may be
	why  []error
}

func (e *unreachableError) note(node string, err error, wait time.Duration) {
	e.wait = min(e.wait, wait)
	e.why = append(e.why, fmt.Errorf("%s: %w", node, err))
}

// Unwrap returns why each of them could not.
func (e *unreachableError) Unwrap() []error { return e.why }

// Error implements error.
func (e *unreachableError) Error() string {
	return fmt.Sprintf("no member of %d can be reached: %v", len(e.why), errors.Join(e.why...))
}
