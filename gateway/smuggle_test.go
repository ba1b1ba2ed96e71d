package gateway

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/textproto"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// recorder is a strict HTTP/1.1 backend that keeps every byte it gets, and
// every request it reads out of them, by a parser of its own.
type recorder struct {
	listener net.Listener
	wg       sync.WaitGroup
	mu       sync.Mutex
	requests []string // request lines
	odd      []string // what a strict reader objects to
}

func (r *recorder) note(list *[]string, text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	*list = append(*list, text)
}

// serve reads requests until the end of a connection.
func (r *recorder) serve(c net.Conn) {
	defer c.Close()
	br := bufio.NewReader(c)
	for {
		line, err := crlfLine(br)
		if err != nil {
			if line != "" && !cutOff(err) {
				r.note(&r.odd, fmt.Sprintf("rest %q", line))
			}
			return
		}
		r.note(&r.requests, line)
		if err := r.message(br); err != nil {
			if !cutOff(err) {
				r.note(&r.odd, line+": "+err.Error())
			}
			return
		}
		fmt.Fprint(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
	}
}

// cutOff: a message without its end is no message.
func cutOff(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET)
}

// message reads fields and body, strictly.
func (r *recorder) message(br *bufio.Reader) error {
	length, chunked := -1, false
	for {
		line, err := crlfLine(br)
		if err != nil || line == "" {
			if err == nil {
				break
			}
			return err
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok || strings.ContainsAny(name, " \t") || strings.ContainsAny(value, "\r\n\x00") {
			return fmt.Errorf("field %q", line)
		}
		value = textproto.TrimString(value)
		switch strings.ToLower(name) {
		case "content-length":
			n, err := strconv.ParseUint(value, 10, 31)
			if err != nil || length >= 0 || strings.TrimLeft(value, "0123456789") != "" {
				return fmt.Errorf("length %q after %d", value, length)
			}
			length = int(n)
		case "transfer-encoding":
			if value != "chunked" || chunked {
				return fmt.Errorf("encoding %q", value)
			}
			chunked = true
		}
	}
	switch {
	case chunked && length >= 0:
		return fmt.Errorf("both chunked and length %d", length)
	case chunked:
		return chunks(br)
	}
	_, err := io.CopyN(io.Discard, br, int64(max(0, length)))
	return err
}

func chunks(br *bufio.Reader) error {
	for {
		line, err := crlfLine(br)
		if err != nil {
			return err
		}
		n, err := strconv.ParseUint(line, 16, 31)
		if err != nil || strings.ContainsAny(line, "+_xX") {
			return fmt.Errorf("chunk size %q", line)
		}
		if n == 0 {
			break
		}
		if _, err := io.CopyN(io.Discard, br, int64(n)); err != nil {
			return err
		}
		if line, err := crlfLine(br); err != nil || line != "" {
			return fmt.Errorf("after a chunk %q %w", line, err)
		}
	}
	for {
		line, err := crlfLine(br)
		if err != nil || line == "" {
			return err
		}
	}
}

// crlfLine reads a line that ends in CRLF, and nothing else.
func crlfLine(br *bufio.Reader) (string, error) {
	line, err := br.ReadString('\n')
	if err != nil {
		return line, err
	}
	text, ok := strings.CutSuffix(line, "\r\n")
	if !ok || strings.ContainsAny(text, "\r") {
		return line, fmt.Errorf("line %q", line)
	}
	return text, nil
}

func startRecorder(t *testing.T) (*recorder, net.Listener) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &recorder{listener: l}
	r.wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			r.wg.Go(func() { r.serve(c) })
		}
	})
	t.Cleanup(r.stop)
	return r, l
}

// stop returns when all has been read.
func (r *recorder) stop() {
	r.listener.Close()
	r.wg.Wait()
}

// vectors are the classes of gateway-peers.md §6. Each asks for /a; /smuggled
// is what a backend that reads it differently would see.
func vectors() map[string]string {
	const after = "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
	post := func(fields, body string) string {
		return "POST /a HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n" + body
	}
	chunked := func(body string) string { return post("Transfer-Encoding: chunked\r\n", body) }
	out := map[string]string{
		"length and chunked":          post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
		"chunked and length":          post("Transfer-Encoding: chunked\r\nContent-Length: 100\r\n", "0\r\n\r\n"),
		"unknown coding":              post("Transfer-Encoding: magic\r\nContent-Length: 36\r\n", after),
		"chunked twice":               post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
		"chunked, chunked":            post("Transfer-Encoding: chunked, chunked\r\n", "0\r\n\r\n"),
		"comma chunked":               post("Transfer-Encoding: ,chunked\r\nContent-Length: 36\r\n", after),
		"xchunked":                    post("Transfer-Encoding: xchunked\r\nContent-Length: 36\r\n", after),
		"chunked identity":            post("Transfer-Encoding: chunked, identity\r\nContent-Length: 36\r\n", after),
		"chunked vertical tab":        post("Transfer-Encoding: \x0bchunked\r\nContent-Length: 36\r\n", after),
		"encoding with a blank":       post("Transfer-Encoding : chunked\r\nContent-Length: 36\r\n", after),
		"encoding with an underscore": post("Transfer_Encoding: chunked\r\nContent-Length: 3\r\n", "abc"),
		"two lengths":                 post("Content-Length: 3\r\nContent-Length: 39\r\n", "abc"+after),
		"same lengths":                post("Content-Length: 3\r\nContent-Length: 3\r\n", "abc"),
		"listed lengths":              post("Content-Length: 3, 3\r\n", "abc"+after),
		"empty length":                post("Content-Length: \r\n", after),
		"signed length":               post("Content-Length: +3\r\n", "abc"+after),
		"negative length":             post("Content-Length: -3\r\n", after),
		"hex length":                  post("Content-Length: 0x3\r\n", "abc"+after),
		"length with an underscore":   post("Content-Length: 1_0\r\n", "abc"+after),
		"padded length":               post("Content-Length:  3 \r\n", "abc"),
		"length with zeros":           post("Content-Length: 0003\r\n", "abc"),
		"huge length":                 post("Content-Length: 18446744073709551619\r\n", "abc"+after),
		"signed chunk":                chunked("+3\r\nabc\r\n0\r\n\r\n"),
		"hex chunk":                   chunked("0x3\r\nabc\r\n0\r\n\r\n"),
		"chunk with an underscore":    chunked("0_3\r\nabc\r\n0\r\n\r\n"),
		"letters behind a chunk size": chunked("3z\r\nabc\r\n0\r\n\r\n"),
		"chunk with blanks":           chunked("3 \r\nabc\r\n0\r\n\r\n"),
		"chunk with a blank before":   chunked(" 3\r\nabc\r\n0\r\n\r\n"),
		"huge chunk":                  chunked("10000000000000003\r\nabc\r\n0\r\n\r\n"),
		"empty chunk size":            chunked("\r\nabc\r\n0\r\n\r\n"),
		"bare line feeds":             chunked("3\nabc\n0\n\n"),
		"bare return in a chunk line": chunked("3\rX\r\nabc\r\n0\r\n\r\n"),
		"return before semicolon":     chunked("3\r;a=b\r\nabc\r\n0\r\n\r\n"),
		"line feed in an extension":   chunked("3;\nabc\r\n0\r\n\r\n"),
		"chunk terminator":            chunked("3\r\nabcXX0\r\n\r\n"),
		"chunk too long":              chunked("3\r\nabcdef\r\n0\r\n\r\n"),
		"no last line":                chunked("0\r\n" + after),
		"extension of 64 KiB":         chunked("3;" + strings.Repeat("a", 64<<10) + "\r\nabc\r\n0\r\n\r\n"),
		"trailer that frames":         post("Transfer-Encoding: chunked\r\nTrailer: Content-Length\r\n", "0\r\nContent-Length: 36\r\n\r\n"),
		"trailer not announced":       chunked("0\r\nContent-Length: 36\r\nHost: y\r\n\r\n"),
		"nul in a value":              post("X: a\x00b\r\n", ""),
		"bare return in a value":      post("X: a\rY: b\r\n", ""),
		"next line in a value":        post("X: a\x85b\r\n", ""),
		"no-break space":              post("\xa0X: a\r\n", ""),
		"no colon":                    post("X\r\n", ""),
		"empty name":                  post(": x\r\n", ""),
		"name that is no token":       post("X(y): z\r\n", ""),
		"folded line":                 post("X: a\r\n b\r\n", ""),
		"folded length":               post("Content-Length:\r\n 36\r\n", after),
		"version 1.10":                "GET /a HTTP/1.10\r\nHost: x\r\n\r\n",
		"version overflow":            "GET /a HTTP/1.4294967297\r\nHost: x\r\n\r\n",
		"version 2 in text":           "GET /a HTTP/2.0\r\nHost: x\r\n\r\n",
		"get with a body":             "GET /a HTTP/1.1\r\nHost: x\r\nContent-Length: 36\r\n\r\n" + after,
		"bytes after nonsense":        "G@T /a HTTP/1.1\r\nHost: x\r\nA B\r\n\r\n" + after,
		"two hosts":                   "GET /a HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
		"no host":                     "GET /a HTTP/1.1\r\n\r\n",
		"absolute form":               "GET http://y/a HTTP/1.1\r\nHost: x\r\n\r\n",
		"host with a blank":           "GET /a HTTP/1.1\r\nHost: x y\r\n\r\n",
		"connection names ours":       post("Connection: X-Forwarded-For, Meridian-Relay, Content-Length\r\nContent-Length: 3\r\n", "abc"),
		"upgrade to h2c":              post("Connection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 3\r\n", "abc"),
		"websocket with a body":       "GET /a HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 36\r\n\r\n" + after,
		"half a preface":              "PRI * HTTP/2.0\r\n\r\n",
		"trace":                       "TRACE /a HTTP/1.1\r\nHost: x\r\nX-Secret: 1\r\n\r\n",
		"connect":                     "CONNECT x:80 HTTP/1.1\r\nHost: x:80\r\n\r\n",
		"line feed in the target":     "GET /a\n HTTP/1.1\r\nHost: x\r\n\r\n",
		"tab in the target":           "GET\t/a\tHTTP/1.1\r\nHost: x\r\n\r\n",
		"leading line":                "\r\n\r\nGET /a HTTP/1.1\r\nHost: x\r\n\r\n",
		"http 1.0 with chunked":       "POST /a HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
	}
	return out
}

// TestSmuggling is scenario E8: every vector is refused, or forwarded in a form
// that a strict reader reads as exactly one request; served here and relayed.
func TestSmuggling(t *testing.T) {
	for name, data := range vectors() {
		for way, relayed := range map[string]bool{"here": false, "relayed": true} {
			t.Run(name+"/"+way, func(t *testing.T) {
				t.Parallel()
				smuggle(t, data, relayed)
			})
		}
	}
}

func smuggle(t *testing.T, data string, relayed bool) {
	rec, l := startRecorder(t)
	tr := NewTransport(func(ctx context.Context) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "tcp", l.Addr().String())
	})
	p := newRelayPair(t, plainly{tr}, plainly{tr}, func(off, _ *Options) {
		off.Limits = Limits{Header: 200 * time.Millisecond, Idle: 50 * time.Millisecond, Stall: 400 * time.Millisecond}
	})
	if !relayed {
		p.route.set(Route{Here: true})
	}
	answers := throw(t, p.off.Addrs()[0].String(), data)
	for _, g := range []*Gateway{p.off, p.on} {
		if err := g.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
	}
	tr.CloseIdleConnections()
	rec.stop()
	if len(rec.odd) > 0 {
		t.Errorf("the backend got %q", rec.odd)
	}
	if len(rec.requests) > 1 || strings.Contains(strings.Join(rec.requests, ""), "smuggled") {
		t.Errorf("one request became %q", rec.requests)
	}
	if len(answers) != 1 && len(rec.requests) > 0 {
		t.Errorf("got answers %v to %q, want one", answers, rec.requests)
	}
	if len(answers) > 0 && len(rec.requests) == 0 && answers[0] < 400 {
		t.Errorf("got %v of a request that nobody served", answers)
	}
}

// throw sends bytes and returns the statuses of the answers, when the server
// has closed the connection.
func throw(t *testing.T, addr, data string) []int {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_, _ = io.WriteString(c, data) // may be refused before the end
	_ = c.SetReadDeadline(time.Now().Add(20 * time.Second))
	all, err := io.ReadAll(c)
	if err != nil && !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("got %v, want the connection closed", err)
	}
	var out []int
	for br := bufio.NewReader(bytes.NewReader(all)); ; {
		res, err := http.ReadResponse(br, nil)
		if err != nil {
			return out
		}
		_, _ = io.Copy(io.Discard, res.Body)
		if res.StatusCode >= 200 {
			out = append(out, res.StatusCode)
		}
	}
}
