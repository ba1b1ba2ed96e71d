package admin_test

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"meridian/admin"
)

// crowdOf opens connections, each of which sends a text at once.
func crowdOf(t *testing.T, network, address string, n int, text string) []net.Conn {
	t.Helper()
	conns := make([]net.Conn, 0, n)
	t.Cleanup(func() {
		for _, conn := range conns {
			_ = conn.Close()
		}
	})
	for range n {
		conn, err := net.DialTimeout(network, address, 10*time.Second)
		if err != nil {
			t.Fatal(err)
		}
		conns = append(conns, conn)
		_, _ = io.WriteString(conn, text) // fails where the server has closed it already
	}
	return conns
}

// TestCrowdShutsNobodyOut: 600 connections, silent, in the middle of a header,
// of a body, or kept after a request, and /healthz still answers; there are
// never more than the limit.
func TestCrowdShutsNobodyOut(t *testing.T) {
	for name, text := range map[string]string{
		"silent": "", "header": "GET /healthz HTTP/1.1\r\nHost: local",
		"kept": "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n",
		"body": "POST /v1/zone/check HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{",
	} {
		t.Run(name, func(t *testing.T) {
			f := start(t, nil)
			conns := crowdOf(t, "tcp", f.server.Addr().String(), 600, text)
			for range 3 {
				begin := time.Now()
				if resp, _ := f.get(t, "/healthz"); resp.StatusCode != 200 || time.Since(begin) > 10*time.Second {
					t.Errorf("got %d after %v, want 200 within 10 s", resp.StatusCode, time.Since(begin))
				}
			}
			open := stillOpen(conns)
			for tries := 0; tries < 10 && len(open) > 256; tries++ { // a look that came late sees no end
				open = stillOpen(open)
			}
			if len(open) > 256 {
				t.Errorf("got %d open connections, want 256 at most", len(open))
			}
		})
	}
}

// stillOpen are the connections whose end does not come within a moment.
func stillOpen(conns []net.Conn) (open []net.Conn) {
	for _, conn := range conns {
		_ = conn.SetReadDeadline(time.Now().Add(5 * time.Millisecond))
		if _, err := io.Copy(io.Discard, conn); isTimeout(err) {
			open = append(open, conn)
		}
	}
	return open
}

func isTimeout(err error) bool {
	timeout, ok := errors.AsType[net.Error](err)
	return ok && timeout.Timeout()
}

// TestCrowdSparesStreams: an event stream goes on beside many connections that
// wait; over the limit the one that has waited longest is closed, and no other.
func TestCrowdSparesStreams(t *testing.T) {
	f := start(t, func(o *admin.Options) {
		o.Limits.Connections, o.Limits.Heartbeat = 8, 20*time.Millisecond
	})
	r := f.request(t, http.MethodGet, "/v1/events")
	r.Header.Set("Accept", "text/event-stream")
	transport := &http.Transport{DisableKeepAlives: true}
	resp, err := transport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	conns := crowdOf(t, "tcp", f.server.Addr().String(), 8, "") // with the stream: one more than the limit
	_ = conns[0].SetReadDeadline(time.Now().Add(10 * time.Second))
	if n, err := conns[0].Read(make([]byte, 1)); isTimeout(err) {
		t.Errorf("the first connection: got %d, %v, want it closed", n, err)
	}
	for i, conn := range conns[1:] {
		_ = conn.SetReadDeadline(time.Now().Add(5 * time.Millisecond))
		if _, err := conn.Read(make([]byte, 1)); !isTimeout(err) {
			t.Errorf("connection %d: got %v, want it open", i+1, err)
		}
	}
	lines := bufio.NewReader(resp.Body)
	for range 8 {
		if _, err := lines.ReadString('\n'); err != nil {
			t.Fatalf("the stream: got %v, want it to go on", err)
		}
	}
}
