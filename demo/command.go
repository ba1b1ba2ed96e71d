package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
)

// ErrNotRunning means that no demo of this user can be told anything.
var ErrNotRunning = errors.New("no demo runs; start one with: meridian demo")

// Command tells the running demo whose name servers have dnsPort to stop or
// start (verb) the gateway of a location, and copies what it measures to w. The
// folder of its socket is runtime, RuntimeDir() where empty. An error says what
// could not be done, or which promise was not kept.
func Command(ctx context.Context, runtime string, dnsPort int, verb, location string, w io.Writer) error {
	if _, err := findPlace(location); err != nil {
		return err
	}
	if runtime == "" {
		runtime = RuntimeDir()
	}
	transport := socketTransport(socketPath(runtime, dnsPort))
	defer transport.CloseIdleConnections()
	target := "http://demo/" + verb + "?" + url.Values{"location": {location}}.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, target, http.NoBody)
	if err != nil {
		return err
	}
	resp, err := transport.RoundTrip(req)
	if err != nil {
		return notTold(err)
	}
	defer func() { _ = resp.Body.Close() }() // read only
	return pass(resp, w)
}

// socketTransport speaks HTTP over a unix socket.
func socketTransport(path string) *http.Transport {
	return &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			d := net.Dialer{Timeout: time.Second}
			return d.DialContext(ctx, "unix", path)
		},
	}
}

// notTold says why a demo could not be told anything.
func notTold(err error) error {
	var dial *net.OpError
	if errors.As(err, &dial) && dial.Op == "dial" {
		return fmt.Errorf("%w (%w)", ErrNotRunning, err)
	}
	return fmt.Errorf("telling the demo: %w", err)
}

// pass copies what the demo tells, and returns how it went.
func pass(resp *http.Response, w io.Writer) error {
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("telling the demo: it answered %s", resp.Status)
	}
	if _, err := io.Copy(w, resp.Body); err != nil {
		return fmt.Errorf("the demo ended before it had told all: %w", err)
	}
	if said := resp.Trailer.Get(outcome); said != "" {
		return errors.New(said)
	}
	return nil
}
