package client

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"meridian/admin/api"
)

// orderTries is how often an order is sent to the one server it was sent to,
// while connections break.
const orderTries = 3

// orderPause is the time between two tries.
const orderPause = 300 * time.Millisecond

// UnknownError says that an order was sent and no answer came, or one that does
// not tell: it may have been carried out, or not.
type UnknownError struct {
	Server string // where it was sent
	Err    error
}

// Error implements error.
func (e *UnknownError) Error() string {
	return fmt.Sprintf("the order was sent to %s and may have been carried out or not; look before you repeat it: %v", e.Server, e.Err)
}

// Unwrap returns what failed.
func (e *UnknownError) Unwrap() error { return e.Err }

// order makes a mutating call. The reason and the bypassed rules are in the
// body or the query already.
func (c *Client) order(ctx context.Context, what call, t api.Terms, out any) error {
	if what.query == nil {
		what.query = url.Values{}
	}
	setTerms(what.query, t)
	if what.header == nil {
		what.header = http.Header{}
	}
	if t.Key == "" {
		t.Key = rand.Text()
	}
	what.header.Set("Idempotency-Key", t.Key)
	what.order = true
	what.wait = t.Timeout
	what.accept = func(status int) bool { return status == http.StatusAccepted }
	return c.json(ctx, what, out)
}

// setTerms writes how long to wait into a query.
func setTerms(query url.Values, t api.Terms) {
	if t.Wait != "" {
		query.Set("wait", t.Wait)
	}
	if t.Timeout != 0 {
		query.Set("timeout", t.Timeout.String())
	}
	if t.DryRun {
		query.Set("dryRun", strconv.FormatBool(t.DryRun))
	}
}

// reasonQuery returns reason and bypassed rules as calls without a body carry
// them.
func reasonQuery(t api.Terms) url.Values {
	query := url.Values{}
	if len(t.Bypass) > 0 {
		query.Set("bypass", strings.Join(t.Bypass, ","))
	}
	if t.Reason != "" {
		query.Set("reason", t.Reason)
	}
	return query
}

// change makes a mutating call that answers with a change.
func (c *Client) change(ctx context.Context, method, path string, body any, t api.Terms) (out api.Change, err error) {
	err = c.order(ctx, call{method: method, path: path, body: body}, t, &out)
	return out, err
}

// remove makes a mutating call without a body.
func (c *Client) remove(ctx context.Context, path string, query url.Values, t api.Terms) (out api.Change, err error) {
	err = c.order(ctx, call{method: http.MethodDelete, path: path, query: query}, t, &out)
	return out, err
}

// sendOrder sends an order to one server until it is answered. Once it may have
// arrived it goes to no other server, which would not know its key.
func (s *server) sendOrder(ctx context.Context, what call) (*http.Response, error) {
	resp, err := s.send(ctx, what)
	if isUndecided(err) {
		return nil, &UnknownError{Server: s.name, Err: err}
	}
	if !isBroken(err) || isConnect(err) {
		return resp, err
	}
	for range orderTries - 1 {
		select {
		case <-ctx.Done():
			return nil, &UnknownError{Server: s.name, Err: err}
		case <-time.After(orderPause):
		}
		resp, again := s.send(ctx, what)
		if !isBroken(again) {
			return resp, again
		}
		err = again
	}
	return nil, &UnknownError{Server: s.name, Err: err}
}

// isUndecided reports whether err is an answer that does not say whether the
// order was carried out.
func isUndecided(err error) bool {
	switch KindOf(err) {
	case api.Internal, api.Timeout, api.Unknown:
		return true
	}
	return false
}

// isBroken reports whether err is anything but an answer.
func isBroken(err error) bool {
	var f *api.Fault
	return err != nil && !errors.As(err, &f)
}

// encode returns a call's body as JSON; nil where it has none.
func (what *call) encode() (io.Reader, error) {
	if what.body == nil {
		return nil, nil
	}
	data, err := json.Marshal(what.body)
	if err != nil {
		return nil, fmt.Errorf("writing the body of %s %s: %w", what.method, what.path, err)
	}
	return bytes.NewReader(data), nil
}
