package gateway

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// answers is an Options.Local made of one answer.
func answers(make func() *http.Response) http.RoundTripper {
	return roundTrip(func(r *http.Request) (*http.Response, error) {
		if r.Body != nil {
			_, _ = io.Copy(io.Discard, r.Body)
		}
		res := make()
		res.Request = r
		return res, nil
	})
}

// served starts a gateway before an answer, and returns where.
func served(t *testing.T, local http.RoundTripper) (*Gateway, string) {
	t.Helper()
	g := start(t, Options{Router: routeFunc(here), Local: local})
	return g, "http://" + g.Addrs()[0].String()
}

// clients are one of each protocol.
func clients(t *testing.T) map[string]*http.Client {
	return map[string]*http.Client{"h1": h1(t), "h2c": h2c(t)}
}

// TestStreams: what has no known length, and what is slow, reaches the client
// as it comes: header first, then each piece.
func TestStreams(t *testing.T) {
	for kind, length := range map[string]int64{"events": -1, "a long answer": 6} {
		r, w := io.Pipe()
		_, url := served(t, answers(func() *http.Response {
			return &http.Response{StatusCode: 200, ProtoMajor: 1, Header: http.Header{"Content-Type": {"text/event-stream"}}, ContentLength: length, Body: r}
		}))
		for name, client := range clients(t) {
			r, w = io.Pipe()
			pieces := make(chan string)
			var wg sync.WaitGroup
			wg.Go(func() {
				for p := range pieces {
					_, _ = io.WriteString(w, p)
				}
				w.Close()
			})
			if length > 0 {
				pieces <- "abc" // the header goes with the first piece
			}
			res, err := client.Get(url)
			if err != nil {
				t.Fatal(err)
			}
			if length < 0 {
				pieces <- "abc"
			}
			got := make([]byte, 3)
			if _, err := io.ReadFull(res.Body, got); err != nil || string(got) != "abc" {
				t.Errorf("%s, %s: got %q %v before the rest was there", kind, name, got, err)
			}
			pieces <- "def"
			close(pieces)
			if rest, err := io.ReadAll(res.Body); err != nil || string(rest) != "def" {
				t.Errorf("%s, %s: got %q %v", kind, name, rest, err)
			}
			res.Body.Close()
			wg.Wait()
		}
	}
}

// cut is a body that ends in an error.
type cut struct {
	text string
	err  error
}

func (c *cut) Read(p []byte) (int, error) {
	if c.text == "" {
		return 0, c.err
	}
	n := copy(p, c.text)
	c.text = c.text[n:]
	return n, nil
}

func (c *cut) Close() error { return nil }

// TestBrokenAnswers: an answer that breaks off, or is not as long as it says,
// never looks whole to a client.
func TestBrokenAnswers(t *testing.T) {
	for kind, c := range map[string]struct {
		length int64
		body   cut
	}{
		"breaks off":               {-1, cut{"abc", io.ErrUnexpectedEOF}},
		"breaks off, known length": {6, cut{"abc", errors.New("reset")}},
		"too short":                {6, cut{"abc", io.EOF}},
		"too long":                 {3, cut{"abcdef", io.EOF}},
	} {
		g, url := served(t, answers(func() *http.Response {
			body := c.body
			return &http.Response{StatusCode: 200, ProtoMajor: 1, Header: http.Header{}, ContentLength: c.length, Body: &body}
		}))
		for name, client := range clients(t) {
			res, err := client.Get(url)
			if err == nil {
				_, err = io.ReadAll(res.Body)
				res.Body.Close()
			}
			if err == nil {
				t.Errorf("%s, %s: the client takes it for whole", kind, name)
			}
		}
		eventually(t, "both are errors of ours", func() bool { return g.Counts().Outcomes[OutcomeHere].Errors == 2 })
	}
}

// TestLengths: Content-Length says what is sent, whatever fields Local set.
func TestLengths(t *testing.T) {
	for kind, c := range map[string]struct {
		said   []string
		length int64
		body   string
		want   int64
	}{
		"said by nobody":   {nil, 5, "hello", 5},
		"said wrong":       {[]string{"3"}, 5, "hello", 5},
		"said twice":       {[]string{"5", "5"}, 5, "hello", 5},
		"said oddly":       {[]string{"+5"}, 5, "hello", 5},
		"not known":        {[]string{"3"}, -1, "hello", -1},
		"never thought of": {nil, 0, "hello", -1},
		"empty":            {nil, 0, "", 0},
	} {
		_, url := served(t, answers(func() *http.Response {
			return &http.Response{StatusCode: 200, ProtoMajor: 1, Header: http.Header{"Content-Length": c.said}, ContentLength: c.length, Body: io.NopCloser(strings.NewReader(c.body))}
		}))
		for name, client := range clients(t) {
			res, text := get(t, client, url)
			if text != c.body || res.ContentLength != c.want {
				t.Errorf("%s, %s: got %q of length %d, want %q of %d", kind, name, text, res.ContentLength, c.body, c.want)
			}
		}
	}
}

// TestNoBody: HEAD and statuses without a body keep their fields and send none.
func TestNoBody(t *testing.T) {
	for _, status := range []int{200, 204, 304} {
		_, url := served(t, answers(func() *http.Response {
			return &http.Response{StatusCode: status, ProtoMajor: 1, Header: http.Header{"Content-Length": {"5"}, "Etag": {`"a"`}}, ContentLength: 5, Body: io.NopCloser(strings.NewReader("hello"))}
		}))
		for name, client := range clients(t) {
			method := http.MethodGet
			if status == 200 {
				method = http.MethodHead
			}
			req, err := http.NewRequest(method, url, nil)
			if err != nil {
				t.Fatal(err)
			}
			res, text := do(t, client, req)
			if res.StatusCode != status || text != "" || res.Header.Get("Etag") != `"a"` {
				t.Errorf("%s: got %d %q %v", name, res.StatusCode, text, res.Header)
			}
			if res, _ := do(t, client, req); res.StatusCode != status {
				t.Errorf("%s: the connection is out of step: got %d", name, res.StatusCode)
			}
		}
	}
}

// TestAnswerFields: hop-by-hop fields of an answer stay behind, those that
// Connection names too, but none that say who we are.
func TestAnswerFields(t *testing.T) {
	shared := http.Header{
		"Connection": {"X-Secret, Via, Meridian-Reason"}, "X-Secret": {"1"}, "Keep-Alive": {"timeout=5"}, "Proxy-Authenticate": {"Basic"}, "Upgrade": {"h2c"},
		"Trailer": {"X"}, "Via": {"1.1 other"}, "Meridian-Reason": {"backend_open"}, "Set-Cookie": {"a=1", "b=2"}, "Date": {"Mon, 02 Jan 2006 15:04:05 GMT"},
	}
	before := shared.Clone()
	_, url := served(t, answers(func() *http.Response {
		return &http.Response{StatusCode: 200, ProtoMajor: 2, Header: shared, ContentLength: 2, Body: io.NopCloser(strings.NewReader("ok"))}
	}))
	for name, client := range clients(t) {
		res, _ := get(t, client, url)
		via := res.Header["Via"]
		if len(via) != 2 || via[0] != "1.1 other" || !strings.HasPrefix(via[1], "2.0 meridian-") {
			t.Errorf("%s: got Via %q", name, via)
		}
		res.Header.Del("Via")
		want := http.Header{"Content-Length": {"2"}, "Date": shared["Date"], "Meridian-Reason": {"backend_open"}, "Set-Cookie": {"a=1", "b=2"}}
		if diff := cmp.Diff(want, res.Header); diff != "" {
			t.Errorf("%s: (-want +got):\n%s", name, diff)
		}
	}
	if diff := cmp.Diff(before, shared); diff != "" {
		t.Errorf("the answer's own header was changed:\n%s", diff)
	}
}

// TestTrailers: announced ones and those that come unannounced, as gRPC's, but
// none that frames or directs.
func TestTrailers(t *testing.T) {
	for _, announced := range []bool{true, false} {
		_, url := served(t, answers(func() *http.Response {
			res := &http.Response{StatusCode: 200, ProtoMajor: 2, Header: http.Header{}, ContentLength: -1}
			if announced {
				res.Trailer = http.Header{"Grpc-Status": nil, "Content-Length": nil, "Meridian-Relay": nil}
			}
			res.Body = &atEnd{Reader: strings.NewReader("x"), end: func() {
				res.Trailer = http.Header{"Grpc-Status": {"0"}, "Content-Length": {"99"}, "Meridian-Relay": {"hops=1"}}
			}}
			return res
		}))
		for name, client := range clients(t) {
			res, text := get(t, client, url)
			if text != "x" || res.Trailer.Get("Grpc-Status") != "0" || len(res.Trailer["Content-Length"])+len(res.Trailer["Meridian-Relay"]) != 0 {
				t.Errorf("%s, announced %v: got %q and trailers %v", name, announced, text, res.Trailer)
			}
		}
	}
}

type atEnd struct {
	io.Reader
	end func()
}

func (a *atEnd) Read(p []byte) (int, error) {
	n, err := a.Reader.Read(p)
	if err != nil {
		a.end()
	}
	return n, err
}

func (a *atEnd) Close() error { return nil }

// refusal is an error that says how it is to be answered.
type refusal struct{ body []byte }

func (refusal) Error() string { return "every breaker is open" }
func (r refusal) Refusal() (int, string, time.Duration, []byte, string) {
	return 429, "breaker_open", 1500 * time.Millisecond, r.body, "application/json"
}

// TestLocalRefuses: an error of Local that says how is answered so; one of this
// machine's own says that it is, and to come again.
func TestLocalRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		err                      error
		status                   int
		reason, retry, body, typ string
	}{
		"a refusal":       {fmt.Errorf("asking: %w", refusal{[]byte("{}")}), 429, "breaker_open", "2", "{}", "application/json"},
		"without a body":  {refusal{}, 429, "breaker_open", "2", "429 Too Many Requests: breaker_open\n", plainText},
		"no port is left": {&net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.EADDRNOTAVAIL)}, 503, "gateway_exhausted", "1", "503 Service Unavailable: gateway_exhausted\n", plainText},
		"no descriptor":   {os.NewSyscallError("socket", syscall.EMFILE), 503, "gateway_exhausted", "1", "503 Service Unavailable: gateway_exhausted\n", plainText},
		"anything else":   {errors.New("x"), 502, "local_failed", "", "502 Bad Gateway: local_failed\n", plainText},
	} {
		g, url := served(t, roundTrip(func(*http.Request) (*http.Response, error) { return nil, c.err }))
		res, text := get(t, h1(t), url)
		if res.StatusCode != c.status || res.Header.Get("Meridian-Reason") != c.reason || res.Header.Get("Retry-After") != c.retry || text != c.body || res.Header.Get("Content-Type") != c.typ {
			t.Errorf("%s: got %d %v %q", name, res.StatusCode, res.Header, text)
		}
		eventually(t, "it is counted", func() bool { return g.Counts().Refused[Reason(c.reason)] == 1 })
	}
}

// TestAttemptsReadTheBody: a transport closes the body of a request it did not
// send; another attempt may still read all of it, and nobody after the answer.
func TestAttemptsReadTheBody(t *testing.T) {
	var kept io.ReadCloser
	_, url := served(t, roundTrip(func(r *http.Request) (*http.Response, error) {
		kept = r.Body
		_ = r.Body.Close()
		return mirror{}.RoundTrip(r)
	}))
	res, err := h1(t).Post(url, "", strings.NewReader("hello"))
	if err != nil {
		t.Fatal(err)
	}
	data, _ := io.ReadAll(res.Body)
	res.Body.Close()
	if s := parseSeen(t, string(data)); s.Body != "hello" {
		t.Errorf("got %q, want hello", s.Body)
	}
	eventually(t, "the body is over", func() bool {
		_, err := kept.Read(make([]byte, 1))
		return errors.Is(err, http.ErrBodyReadAfterClose)
	})
}

// hinting returns what a transport calls for an informational answer.
func hinting(r *http.Request) func() {
	trace := httptrace.ContextClientTrace(r.Context())
	return func() { _ = trace.Got1xxResponse(http.StatusEarlyHints, textproto.MIMEHeader{"Link": {"</a>"}}) }
}

// TestLateEarlyHints: an informational answer after the final one is dropped.
func TestLateEarlyHints(t *testing.T) {
	var late func()
	_, url := served(t, roundTrip(func(r *http.Request) (*http.Response, error) {
		x, _ := ArrivalOf(r.Context())
		if x.ID == "" {
			t.Error("there is no arrival")
		}
		late = hinting(r)
		late()
		return &http.Response{StatusCode: 200, ProtoMajor: 1, Header: http.Header{}, ContentLength: -1, Body: &atEnd{Reader: bytes.NewReader([]byte("x")), end: late}}, nil
	}))
	for version, want := range map[string]int{"1.1": 1, "1.0": 0} {
		c, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		fmt.Fprintf(c, "GET / HTTP/%s\r\nHost: x\r\nConnection: keep-alive\r\n\r\n", version)
		br := bufio.NewReader(c)
		hints := 0
		for {
			res, err := http.ReadResponse(br, nil)
			if err != nil {
				t.Fatal(err)
			}
			if res.StatusCode == 103 {
				hints++
				continue
			}
			_, _ = io.Copy(io.Discard, res.Body)
			break
		}
		if hints != want {
			t.Errorf("HTTP/%s: got %d early hints, want %d", version, hints, want)
		}
	}
}
