package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"
	"time"
)

// Options is what a Client needs.
type Options struct {
	Servers []string      // http://host:port, https://host:port, host:port or unix:///path; 1 to 64
	Token   string        // bearer token; sent to https, loopback and unix servers only; empty: none
	TLS     TLSFiles      // for https servers
	Connect time.Duration // until a connection stands: 1 s when zero
	Timeout time.Duration // of a whole call: 30 s when zero; orders add what they wait for nodes; streams have none
}

func (o Options) validate() error {
	if n := len(o.Servers); n < 1 || n > 64 {
		return fmt.Errorf("%d admin servers: want 1 to 64", n)
	}
	if o.Connect < 0 || o.Timeout < 0 {
		return fmt.Errorf("admin client timeouts %v and %v: want 0 (the default) or more", o.Connect, o.Timeout)
	}
	return nil
}

// Client calls the admin API. Its methods may be called by many goroutines at
// once.
type Client struct {
	servers []*server
	timeout time.Duration
	first   atomic.Uint32 // the server that connected last
}

// New makes a client. It connects to nobody.
func New(o Options) (*Client, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	if o.Connect == 0 {
		o.Connect = time.Second
	}
	c := &Client{timeout: o.Timeout}
	if c.timeout == 0 {
		c.timeout = 30 * time.Second
	}
	secure, err := o.TLS.config()
	if err != nil {
		return nil, err
	}
	for _, name := range o.Servers {
		s, err := parseServer(name, o, secure)
		if err != nil {
			return nil, err
		}
		c.servers = append(c.servers, s)
	}
	return c, nil
}

// Close drops the connections kept for later calls.
func (c *Client) Close() {
	for _, s := range c.servers {
		s.http.CloseIdleConnections()
	}
}

// maxAnswer is the most bytes of an answer that are read.
const maxAnswer = 256 << 20

// call is one request and what its answer is.
type call struct {
	method string
	path   string // percent-encoded
	query  url.Values
	header http.Header
	accept func(status int) bool // statuses beside 200 that carry the answer; nil: none
	body   any                   // written as JSON; nil: none
	order  bool                  // it changes something
	wait   time.Duration         // for nodes, beside the time of every call
}

// get asks for path and decodes the answer into out.
func (c *Client) get(ctx context.Context, path string, query url.Values, out any) error {
	return c.json(ctx, call{method: http.MethodGet, path: path, query: query}, out)
}

// json makes a call within the client's timeout and decodes the answer into out.
func (c *Client) json(ctx context.Context, what call, out any) error {
	ctx, cancel := context.WithTimeout(ctx, c.timeout+what.wait)
	defer cancel()
	resp, err := c.do(ctx, what)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }() // read only
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxAnswer)).Decode(out); err != nil {
		if what.order {
			return &UnknownError{Server: resp.Request.URL.Host, Err: err}
		}
		return fmt.Errorf("reading the answer to %s %s: %w", what.method, what.path, err)
	}
	return nil
}

// do makes a call at the first server that can be connected to. The caller
// closes the body.
func (c *Client) do(ctx context.Context, what call) (*http.Response, error) {
	failed := &ConnectError{}
	first := int(c.first.Load())
	for i := range c.servers {
		n := (first + i) % len(c.servers)
		s := c.servers[n]
		send := s.send
		if what.order {
			send = s.sendOrder
		}
		resp, err := send(ctx, what)
		if isConnect(err) && ctx.Err() == nil {
			failed.Servers, failed.Errs = append(failed.Servers, s.name), append(failed.Errs, err)
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("asking %s: %w", s.name, err)
		}
		c.first.Store(uint32(n))
		return resp, nil
	}
	return nil, failed
}

// unsentError is what kept a connection from standing: nothing was sent.
type unsentError struct{ error }

// Unwrap returns what failed.
func (e *unsentError) Unwrap() error { return e.error }

// isDial reports whether err came while a connection was made.
func isDial(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}

// isConnect reports whether err came before a connection stood.
func isConnect(err error) bool {
	var unsent *unsentError
	var unknown *UnknownError
	return errors.As(err, &unsent) && !errors.As(err, &unknown)
}

// send makes a call at one server.
func (s *server) send(ctx context.Context, what call) (*http.Response, error) {
	var connected atomic.Bool
	r, err := s.request(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { connected.Store(true) },
	}), what)
	if err != nil {
		return nil, err
	}
	resp, err := s.http.Do(r)
	switch {
	case err == nil:
		return s.read(resp, what)
	case !connected.Load(), isDial(err) && !what.order:
		return nil, &unsentError{err} // what was begun on a kept connection that broke counts as sent for orders only
	default:
		return nil, err
	}
}

// read returns an answer that is what the call is about, and the error of any
// other.
func (s *server) read(resp *http.Response, what call) (*http.Response, error) {
	if resp.StatusCode == http.StatusOK || what.accept != nil && what.accept(resp.StatusCode) {
		return resp, nil
	}
	defer func() { _ = resp.Body.Close() }() // read only
	return nil, readFault(s.name, resp)
}

// request makes the request of a call.
func (s *server) request(ctx context.Context, what call) (*http.Request, error) {
	target := s.prefix + what.path
	if len(what.query) > 0 {
		target += "?" + what.query.Encode()
	}
	body, err := what.encode()
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, what.method, target, body)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Accept", "application/json")
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if s.token != "" {
		r.Header.Set("Authorization", "Bearer "+s.token)
	}
	for name, values := range what.header {
		r.Header[name] = values
	}
	return r, nil
}
