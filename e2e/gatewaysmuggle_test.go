//go:build linux

package e2e

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// recorder is a backend that notes every octet and answers 200 to every piece.
type recorder struct {
	mu  sync.Mutex
	got bytes.Buffer
}

func (r *recorder) serve(conn net.Conn) {
	defer conn.Close()
	piece := make([]byte, 64<<10)
	for {
		n, err := conn.Read(piece)
		r.mu.Lock()
		r.got.Write(piece[:n])
		r.mu.Unlock()
		if err != nil {
			return
		}
		_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") // the gateway may have gone
	}
}

// take returns what has come since it was called last.
func (r *recorder) take() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	defer r.got.Reset()
	return r.got.String()
}

// startRecorder serves until the test ends and returns where.
func startRecorder(t *testing.T) (r *recorder, address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r = &recorder{}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() { r.serve(conn) }) // until the gateway, which ends before, closes it
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		all.Wait()
	})
	return r, l.Addr().String()
}

// TestSmuggledRequests sends what two servers might read in two ways to a real
// gateway with a backend that records every octet (faults.md E8): 400, the
// connection is closed, and nothing of it is forwarded. Package gateway has the
// whole list.
func TestSmuggledRequests(t *testing.T) {
	t.Parallel()
	const after = "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
	backend, address := startRecorder(t)
	_, url := serveGateway(t, gatewayNode("West US", "127.0.0.1:0", nobody), apiService("West US", fmt.Sprintf(`
backends: [{name: b, url: "http://%s"}]
apis: [{name: b, path: /, backend: b}]
`, address)))
	post := func(fields, body string) string { return "POST /a HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n" + body }
	for name, text := range map[string]string{
		"lengths that differ":         post("Content-Length: 3\r\nContent-Length: 38\r\n", "abc"+after),
		"a list of lengths":           post("Content-Length: 3, 38\r\n", "abc"+after),
		"a length with a sign":        post("Content-Length: +3\r\n", "abc"+after),
		"a negative length":           post("Content-Length: -1\r\n", after),
		"a hexadecimal length":        post("Content-Length: 0x3\r\n", "abc"+after),
		"chunked that is not last":    post("Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n"+after),
		"chunked twice":               post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"+after),
		"chunked with a tail":         post("Transfer-Encoding: chunkedx\r\nContent-Length: 3\r\n", "0\r\n\r\n"+after),
		"a blank before the colon":    post("Transfer-Encoding : chunked\r\nContent-Length: 3\r\n", "0\r\n\r\n"+after),
		"a line without a colon":      post("Content-Length 3\r\n", after),
		"a nul in a value":            post("X: a\x00b\r\nContent-Length: 3\r\n", "abc"+after),
		"a carriage return in a name": post("X\rY: z\r\nContent-Length: 3\r\n", "abc"+after),
		"two hosts":                   "GET /a HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n" + after,
		"no host":                     "GET /a HTTP/1.1\r\n\r\n" + after,
	} {
		t.Run(name, func(t *testing.T) {
			status := thrown(t, strings.TrimPrefix(url, "http://"), text)
			if got := backend.take(); got != "" {
				t.Errorf("the backend got %q", got)
			}
			if len(status) != 1 || status[0] != http.StatusBadRequest && status[0] != http.StatusNotImplemented { // 501: of codings
				t.Errorf("got answers %v, want 400", status)
			}
		})
	}
	if status := thrown(t, strings.TrimPrefix(url, "http://"), "GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"); len(status) != 1 || status[0] != http.StatusOK {
		t.Errorf("a good request: got %v, want 200", status)
	}
	if got := backend.take(); strings.Count(got, "HTTP/1.1\r\n") != 1 {
		t.Errorf("a good request: the backend got %q", got)
	}
}

// thrown sends octets and returns the statuses of the answers when the other
// side has closed the connection.
func thrown(t *testing.T, address, text string) (out []int) {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, _ = io.WriteString(conn, text) // it may be refused before its end
	_ = conn.SetReadDeadline(time.Now().Add(20 * time.Second))
	all, err := io.ReadAll(conn)
	if err != nil && !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("got %v, want the connection closed", err)
	}
	for r := bufio.NewReader(bytes.NewReader(all)); ; {
		res, err := http.ReadResponse(r, nil)
		if err != nil {
			return out
		}
		_, _ = io.Copy(io.Discard, res.Body)
		out = append(out, res.StatusCode)
	}
}
