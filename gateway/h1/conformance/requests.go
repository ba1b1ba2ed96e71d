package conformance

import (
	"bufio"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// wish is a request, and the lines of the head that must come of it; those with
// "!" in front must not. The first line and Host are always the first two.
type wish struct {
	name  string
	make  func(*http.Request)
	body  io.Reader
	line  string // GET /orders?x=1 HTTP/1.1
	lines []string
	sent  string // the body
}

func fields(pairs ...string) func(*http.Request) {
	return func(r *http.Request) {
		for i := 0; i < len(pairs); i += 2 {
			r.Header[pairs[i]] = append(r.Header[pairs[i]], pairs[i+1])
		}
	}
}

func wishes() []wish {
	return []wish{
		{name: "plain", lines: []string{"!Content-Length", "!Transfer-Encoding", "!Accept-Encoding", "!User-Agent", "!Connection"}},
		{name: "fields", make: fields("X-A", "1", "X-A", "2", "Accept", "a b\tc"), lines: []string{"X-A: 1", "X-A: 2", "Accept: a b\tc"}},
		{name: "empty field", make: fields("X-Empty", ""), lines: []string{"X-Empty: "}},
		{name: "User-Agent", make: func(r *http.Request) { r.Header.Set("User-Agent", "us/1") }, lines: []string{"User-Agent: us/1"}},
		{name: "value of the upper half", make: fields("X-A", "\xfc\x85"), lines: []string{"X-A: \xfc\x85"}},
		{name: "host of the caller", make: func(r *http.Request) { r.Host = "api.test:8443" }, lines: []string{"Host: api.test:8443"}},
		{name: "host of the URL", make: func(r *http.Request) { r.Host = "" }, lines: []string{"Host: backend.test"}},
		{name: "method", make: func(r *http.Request) { r.Method = "PURGE" }, line: "PURGE /orders?x=1 HTTP/1.1"},
		{name: "no method", make: func(r *http.Request) { r.Method = "" }},
		{name: "no path", make: func(r *http.Request) { r.URL.Path, r.URL.RawQuery = "", "" }, line: "GET / HTTP/1.1"},
		{name: "escaped path", make: func(r *http.Request) { r.URL.Path, r.URL.RawPath = "/a/b c", "/a%2fb%20c" }, line: "GET /a%2fb%20c?x=1 HTTP/1.1"},
		{name: "path to escape", make: func(r *http.Request) { r.URL.Path = "/a b\r\n?é" }, line: "GET /a%20b%0D%0A%3F%C3%A9?x=1 HTTP/1.1"},
		{name: "two slashes", make: func(r *http.Request) { r.URL.Path = "//evil.test/x" }, line: "GET //evil.test/x?x=1 HTTP/1.1"},
		{name: "question mark alone", make: func(r *http.Request) { r.URL.RawQuery, r.URL.ForceQuery = "", true }, line: "GET /orders? HTTP/1.1"},
		{name: "OPTIONS *", make: func(r *http.Request) {
			r.Method, r.URL = "OPTIONS", &url.URL{Host: "backend.test", Path: "*", Scheme: "http"}
		}, line: "OPTIONS * HTTP/1.1"},
		{name: "POST without a body", make: func(r *http.Request) { r.Method = "POST" }, line: "POST /orders?x=1 HTTP/1.1", lines: []string{"Content-Length: 0"}},
		{name: "close", make: func(r *http.Request) { r.Close = true }, lines: []string{"Connection: close"}},
		{name: "length", body: strings.NewReader("hello"), lines: []string{"Content-Length: 5", "!Transfer-Encoding"}, sent: "hello"},
		{name: "unknown length", body: io.MultiReader(strings.NewReader("hello")), lines: []string{"Transfer-Encoding: chunked", "!Content-Length"}, sent: "hello"},
		{name: "large body", body: strings.NewReader(large()), lines: []string{"Content-Length: 100000"}, sent: large()},
		{name: "large body of unknown length", body: io.MultiReader(strings.NewReader(large())), lines: []string{"Transfer-Encoding: chunked"}, sent: large()},
		{name: "framing by field", make: fields("Content-Length", "7", "Transfer-Encoding", "chunked"), lines: []string{"!Content-Length", "!Transfer-Encoding"}},
		{name: "framing by field, with a body", body: strings.NewReader("hello"), make: fields("Content-Length", "3", "Transfer-Encoding", "chunked"), lines: []string{"Content-Length: 5", "!Transfer-Encoding"}, sent: "hello"},
		{name: "Host by field", make: fields("Host", "evil.test"), lines: []string{"Host: backend.test"}},
		{name: "Trailer by field", make: fields("Trailer", "X-A"), lines: []string{"!Trailer"}},
	}
}

// large does not fit into buffers.
func large() string { return strings.Repeat("0123456789", 10_000) }

// testRequests looks at what is written: one request, that reads as it was
// meant.
func testRequests(t *testing.T, factory Factory) {
	for _, c := range wishes() {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, factory)
			r := w.request(http.MethodGet, "/orders?x=1", c.body)
			if c.make != nil {
				c.make(r)
			}
			call := w.send(r)
			l := w.next()
			head := l.head()
			body := w.bodyOf(l, head)
			l.write("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
			call.ok().Body.Close()
			if rest := l.rest(); rest != "" {
				t.Errorf("got %q behind the request", rest)
			}
			w.compare(c, head, body)
		})
	}
}

// bodyOf reads a body as the standard library does.
func (w *world) bodyOf(l *link, head string) string {
	w.Helper()
	in := bufio.NewReader(io.MultiReader(strings.NewReader(head), l.in))
	l.in = in // what it has read ahead included
	r, err := http.ReadRequest(in)
	if err != nil {
		w.Fatalf("reading %q: %v", head, err)
	}
	b, err := io.ReadAll(r.Body)
	if err != nil {
		w.Fatalf("reading the body, after %d octets: %v", len(b), err)
	}
	return string(b)
}

func (w *world) compare(c wish, head, body string) {
	w.Helper()
	if c.line == "" {
		c.line = "GET /orders?x=1 HTTP/1.1"
	}
	lines := strings.Split(strings.TrimSuffix(head, "\r\n\r\n"), "\r\n")
	if lines[0] != c.line {
		w.Errorf("got request line %q, want %q", lines[0], c.line)
	}
	if len(lines) < 2 || !strings.HasPrefix(lines[1], "Host: ") {
		w.Errorf("got second line %q, want Host", lines[1:])
	}
	if body != c.sent {
		w.Errorf("got body %.64q of %d octets, want %.64q of %d", body, len(body), c.sent, len(c.sent))
	}
	for _, want := range c.lines {
		if absent, ok := strings.CutPrefix(want, "!"); ok {
			if strings.Contains(strings.ToLower(head), "\n"+strings.ToLower(absent)+":") {
				w.Errorf("got head %q, want no %s", head, absent)
			}
			continue
		}
		if !slices.Contains(lines[1:], want) {
			w.Errorf("got head %q, want line %q", head, want)
		}
	}
}
