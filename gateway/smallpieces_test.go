package gateway

import (
	"bufio"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
)

// counting answers with how many octets a body has.
func counting(t *testing.T) http.RoundTripper {
	t.Helper()
	return localFunc(func(r *http.Request) (*http.Response, error) {
		n, err := io.Copy(io.Discard, r.Body)
		text := strconv.FormatInt(n, 10)
		return &http.Response{StatusCode: 200, ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{}, ContentLength: int64(len(text)), Body: io.NopCloser(strings.NewReader(text)), Request: r}, err
	})
}

// TestSmallChunks: a body in chunks of one octet is no chatter, however long.
func TestSmallChunks(t *testing.T) {
	t.Parallel()
	const n = 1 << 19
	g := start(t, Options{Router: routeFunc(here), Local: counting(t)})
	c := dial(t, g)
	go func() {
		_, _ = io.WriteString(c, "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
		_, _ = io.WriteString(c, strings.Repeat("1\r\nx\r\n", n)+"0\r\n\r\n")
	}()
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(res.Body); string(got) != strconv.Itoa(n) || err != nil {
		t.Errorf("got %q, %v, want %d", got, err, n)
	}
}

// TestSmallFrames: nor is one in frames of one octet, as a stream of short
// messages sends them, where many have come before they are read.
func TestSmallFrames(t *testing.T) {
	t.Parallel()
	const n, frame = 1000, 10
	x := &exchange{g: &Gateway{o: Options{}.withDefaults()}, in: &http.Request{ProtoMajor: 2}, conn: &conn{}}
	x.reader.from, x.reader.x = strings.NewReader(strings.Repeat("x", n)), x
	x.conn.debt.bytes.Store(n * frame)
	read, err := x.reader.Read(make([]byte, n))
	x.reader.progress.stop()
	if owed := x.conn.debt.bytes.Load(); read != n || err != nil || owed != 0 {
		t.Errorf("got %d octets, %v, and a debt of %d, want %d and none", read, err, owed, n)
	}
}
