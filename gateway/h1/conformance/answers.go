package conformance

import (
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
)

func itoa(n int) string { return strconv.Itoa(n) }

// row is an answer as octets, and what becomes of it.
type row struct {
	name   string
	wire   string
	hangup bool   // the backend closes behind it
	method string // GET
	status int    // 0: it must be refused
	body   string
	lax    bool // refused or read so: both are right
}

// testAnswers sends each row, and then asks for something else: the second
// answer must be the second request's, whatever was in the first.
func testAnswers(t *testing.T, factory Factory) {
	for _, r := range append(append(goodAnswers(), badHeads()...), append(badFraming(), badChunks()...)...) {
		t.Run(r.name, func(t *testing.T) {
			w := newWorld(t, factory)
			go w.serve(func(target string) (string, bool) {
				if target == "/first" {
					return r.wire, r.hangup
				}
				return plain("second"), false
			})
			status, body, err := w.fetch(r.method, "/first")
			w.judge(r, status, body, err)
			if _, body, err := w.fetch(http.MethodGet, "/second"); err != nil || body != "second" {
				t.Errorf("the next request got %q, error %v", body, err)
			}
		})
	}
}

func (w *world) judge(r row, status int, body string, err error) {
	w.Helper()
	switch {
	case err != nil && (r.status == 0 || r.lax):
	case err != nil:
		w.Errorf("got error %v, want %d %q", err, r.status, r.body)
	case r.status == 0:
		w.Errorf("got %d %q, want an error", status, body)
	case status != r.status || body != r.body:
		w.Errorf("got %d %q, want %d %q", status, body, r.status, r.body)
	}
}

// fetch makes a whole round trip.
func (w *world) fetch(method, path string) (status int, body string, err error) {
	w.Helper()
	if method == "" {
		method = http.MethodGet
	}
	res, err := w.send(w.request(method, path, nil)).answer()
	if err != nil {
		return 0, "", err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	return res.StatusCode, string(b), err
}

// serve answers every request on every connection by its target, until the
// listener closes.
func (w *world) serve(answer func(target string) (wire string, hangup bool)) {
	for l := range w.accepted {
		go func() {
			defer l.c.Close()
			for {
				head, err := l.readHead()
				if err != nil {
					return
				}
				wire, hangup := answer(strings.Fields(head)[1])
				if _, err := io.WriteString(l.c, wire); err != nil || hangup {
					return
				}
			}
		}()
	}
}

const good = "HTTP/1.1 200 OK\r\n"

// poison is an answer that nobody asked for.
const poison = "HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\npoisoned"

func goodAnswers() []row {
	return []row{
		{name: "length", wire: good + "Content-Length: 5\r\n\r\nhello", status: 200, body: "hello"},
		{name: "length 0", wire: good + "Content-Length: 0\r\n\r\n", status: 200},
		{name: "length with blanks around", wire: good + "Content-Length: \t 5 \t\r\n\r\nhello", status: 200, body: "hello"},
		{name: "name in lower case", wire: good + "content-length: 5\r\n\r\nhello", status: 200, body: "hello"},
		{name: "chunks", wire: good + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n", status: 200, body: "hello!"},
		{name: "coding in capitals", wire: good + "Transfer-Encoding: CHUNKED\r\n\r\n5\r\nhello\r\n0\r\n\r\n", status: 200, body: "hello"},
		{name: "chunk size with zeros and letters", wire: good + "Transfer-Encoding: chunked\r\n\r\n00A\r\n0123456789\r\n0000\r\n\r\n", status: 200, body: "0123456789"},
		{name: "chunk extension", wire: good + "Transfer-Encoding: chunked\r\n\r\n5;a=b;c=\"d\"\r\nhello\r\n0;end\r\n\r\n", status: 200, body: "hello"},
		{name: "to the end", wire: good + "\r\nhello", hangup: true, status: 200, body: "hello"},
		{name: "to the end, 1.0", wire: "HTTP/1.0 200 OK\r\n\r\nhello", hangup: true, status: 200, body: "hello"},
		{name: "1.0 with length", wire: "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello", hangup: true, status: 200, body: "hello"},
		{name: "1.0 kept", wire: "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\nhello", status: 200, body: "hello"},
		{name: "no reason", wire: "HTTP/1.1 200 \r\nContent-Length: 1\r\n\r\nx", status: 200, body: "x"},
		{name: "no blank behind the status", wire: "HTTP/1.1 200\r\nContent-Length: 1\r\n\r\nx", status: 200, body: "x"},
		{name: "HEAD with length", method: "HEAD", wire: good + "Content-Length: 5\r\n\r\n", status: 200},
		{name: "HEAD with chunks", method: "HEAD", wire: good + "Transfer-Encoding: chunked\r\n\r\n", status: 200},
		{name: "204", wire: "HTTP/1.1 204 No Content\r\n\r\n", status: 204},
		{name: "304 with length", wire: "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", status: 304},
		{name: "error status", wire: "HTTP/1.1 503 No\r\nContent-Length: 2\r\n\r\nno", status: 503, body: "no"},
		{name: "empty value", wire: good + "X-Empty:\r\nContent-Length: 1\r\n\r\nx", status: 200, body: "x"},
		{name: "value of the upper half", wire: good + "X-Name: J\xfcrgen\x85\xa0\r\nContent-Length: 1\r\n\r\nx", status: 200, body: "x"},
		{name: "length twice, the same", lax: true, wire: good + "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", status: 200, body: "hello"},
		{name: "bare LF", lax: true, wire: "HTTP/1.1 200 OK\nContent-Length: 5\n\nhello", hangup: true, status: 200, body: "hello"},
	}
}

func badHeads() []row {
	const end = "Content-Length: 1\r\n\r\nx"
	return []row{
		{name: "no answer", wire: "", hangup: true},
		{name: "half a head", wire: good + "Content-Length: 1\r\n", hangup: true},
		{name: "garbage", wire: "SSH-2.0-OpenSSH_9.2\r\n\r\n", hangup: true},
		{name: "garbage without an end", wire: "220 mail.test ESMTP ready\r\n", hangup: true},
		{name: "status of two digits", wire: "HTTP/1.1 20 OK\r\n" + end},
		{name: "status of four digits", wire: "HTTP/1.1 2000 OK\r\n" + end},
		{name: "status with a sign", lax: true, status: 20, body: "x", wire: "HTTP/1.1 +20 OK\r\n" + end},
		{name: "status with a letter", wire: "HTTP/1.1 2O0 OK\r\n" + end},
		{name: "version 1.10", wire: "HTTP/1.10 200 OK\r\n" + end},
		{name: "version 9.9", lax: true, status: 200, body: "x", wire: "HTTP/9.9 200 OK\r\n" + end},
		{name: "version in lower case", wire: "http/1.1 200 OK\r\n" + end},
		{name: "no colon", wire: good + "X-Broken\r\n" + end},
		{name: "no name", wire: good + ": value\r\n" + end},
		{name: "blank before the colon", lax: true, status: 200, body: "x", wire: good + "Content-Length : 1\r\n\r\nx", hangup: true},
		{name: "name that is no token", wire: good + "X(y): z\r\n" + end},
		{name: "NUL in a name", wire: good + "X-A\x00: b\r\n" + end},
		{name: "name of the upper half", wire: good + "X-\xe9: b\r\n" + end},
		{name: "NUL in a value", lax: true, status: 200, body: "x", wire: good + "X-A: b\x00c\r\n" + end},
		{name: "CR in a value", lax: true, status: 200, body: "x", wire: good + "X-A: b\rc\r\n" + end},
		{name: "folded line", lax: true, status: 200, body: "x", wire: good + "X-A: b\r\n c\r\n" + end},
		{name: "folded framing", lax: true, status: 200, body: "hello", wire: good + "X-A: b\r\n Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\nhello"},
		{name: "first line folded", wire: good + " X-A: b\r\n" + end},
		{name: "head of 1 MiB", wire: good + "X-A: " + strings.Repeat("a", 1<<20) + "\r\n" + end, hangup: true},
		{name: "100,000 fields", wire: good + strings.Repeat("X-A: b\r\n", 100_000) + end, hangup: true},
	}
}

func badFraming() []row {
	const chunks = "5\r\nhello\r\n0\r\n\r\n"
	return []row{
		{name: "both framings", lax: true, status: 200, body: "hello", wire: good + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks},
		{name: "two lengths", wire: good + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!"},
		{name: "listed lengths", wire: good + "Content-Length: 5, 5\r\n\r\nhello"},
		{name: "signed length", wire: good + "Content-Length: +5\r\n\r\nhello"},
		{name: "negative length", wire: good + "Content-Length: -5\r\n\r\nhello"},
		{name: "hexadecimal length", wire: good + "Content-Length: 0x5\r\n\r\nhello"},
		{name: "length with an underscore", wire: good + "Content-Length: 1_0\r\n\r\nhellohello"},
		{name: "length with blanks inside", wire: good + "Content-Length: 1 0\r\n\r\nhellohello"},
		{name: "length beyond 63 bits", wire: good + "Content-Length: 9223372036854775808\r\n\r\nhello"},
		{name: "empty length", lax: true, status: 200, body: "hello", wire: good + "Content-Length:\r\n\r\nhello", hangup: true},
		{name: "bad length of a HEAD", lax: true, method: "HEAD", status: 200, wire: good + "Content-Length: 5, 5\r\n\r\n"},
		{name: "unknown coding", wire: good + "Transfer-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello"},
		{name: "xchunked", wire: good + "Transfer-Encoding: xchunked\r\n\r\n" + chunks},
		{name: "chunked twice", wire: good + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks},
		{name: "chunked, chunked", wire: good + "Transfer-Encoding: chunked, chunked\r\n\r\n" + chunks},
		{name: "comma before chunked", wire: good + "Transfer-Encoding: ,chunked\r\n\r\n" + chunks},
		{name: "chunked, identity", wire: good + "Transfer-Encoding: chunked, identity\r\n\r\n" + chunks},
		{name: "gzip, chunked", wire: good + "Transfer-Encoding: gzip, chunked\r\n\r\n" + chunks},
		{name: "empty coding", wire: good + "Transfer-Encoding:\r\nContent-Length: 5\r\n\r\nhello"},
		{name: "vertical tab before chunked", lax: true, status: 200, body: "hello", wire: good + "Transfer-Encoding: \vchunked\r\n\r\n" + chunks},
		{name: "chunks in 1.0", lax: true, status: 200, body: chunks, wire: "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks, hangup: true},
		{name: "less than the length", wire: good + "Content-Length: 10\r\n\r\nhello", hangup: true},
		{name: "answer behind an answer", wire: good + "Content-Length: 5\r\nConnection: close\r\n\r\nhello" + poison, status: 200, body: "hello"},
		{name: "answer behind a closing 204", wire: "HTTP/1.1 204 No\r\nConnection: close\r\n\r\n" + poison, status: 204},
		{name: "body behind a closing HEAD", method: "HEAD", wire: good + "Connection: close\r\nContent-Length: 5\r\n\r\nhello" + poison, status: 200},
	}
}

func badChunks() []row {
	rows := []row{
		{name: "chunk longer than its size", wire: "3\r\nhello\r\n0\r\n\r\n"},
		{name: "chunk shorter than its size", wire: "8\r\nhello\r\n0\r\n\r\n", hangup: true},
		{name: "signed chunk size", wire: "+5\r\nhello\r\n0\r\n\r\n"},
		{name: "negative chunk size", wire: "-5\r\nhello\r\n0\r\n\r\n"},
		{name: "chunk size 0x5", wire: "0x5\r\nhello\r\n0\r\n\r\n"},
		{name: "chunk size with an underscore", wire: "0_5\r\nhello\r\n0\r\n\r\n"},
		{name: "blank before the chunk size", wire: " 5\r\nhello\r\n0\r\n\r\n"},
		{name: "blank behind the chunk size", lax: true, status: 200, body: "hello", wire: "5 \r\nhello\r\n0\r\n\r\n"},
		{name: "no chunk size", wire: "\r\nhello\r\n0\r\n\r\n"},
		{name: "extension without a size", wire: ";a=b\r\nhello\r\n0\r\n\r\n"},
		{name: "chunk size beyond 64 bits", wire: "10000000000000005\r\nhello\r\n0\r\n\r\n"},
		{name: "chunk size of all bits", wire: "ffffffffffffffff\r\nhello\r\n0\r\n\r\n", hangup: true},
		{name: "chunk size that is a word", wire: "five\r\nhello\r\n0\r\n\r\n"},
		{name: "LF behind the chunk size", lax: true, status: 200, body: "hello", wire: "5\nhello\r\n0\r\n\r\n"},
		{name: "LF behind the chunk", wire: "5\r\nhello\n0\r\n\r\n", hangup: true},
		{name: "CR alone behind the chunk", wire: "5\r\nhello\r0\r\n\r\n", hangup: true},
		{name: "nothing behind the chunk", wire: "5\r\nhello0\r\n\r\n", hangup: true},
		{name: "CR in an extension", lax: true, status: 200, body: "hello", wire: "5;a\rb\r\nhello\r\n0\r\n\r\n"},
		{name: "LF in an extension", lax: true, wire: "5;a\nhello\r\n0\r\n\r\n", status: 200, body: "hello"},
		{name: "long extension", wire: "5;" + strings.Repeat("a", 100_000) + "\r\nhello\r\n0\r\n\r\n", hangup: true},
		{name: "no last chunk", wire: "5\r\nhello\r\n", hangup: true},
		{name: "no end behind the last chunk", wire: "5\r\nhello\r\n0\r\n", hangup: true},
		{name: "trailer without a colon", wire: "5\r\nhello\r\n0\r\nX-Broken\r\n\r\n"},
		{name: "trailer of 1 MiB", wire: "5\r\nhello\r\n0\r\nX-A: " + strings.Repeat("a", 1<<20) + "\r\n\r\n", hangup: true},
		{name: "answer behind the chunks", wire: "5\r\nhello\r\n0\r\n\r\n" + poison, hangup: true, status: 200, body: "hello"},
	}
	for i := range rows {
		head := good + "Transfer-Encoding: chunked\r\n"
		if rows[i].hangup {
			head += "Connection: close\r\n"
		}
		rows[i].wire = head + "\r\n" + rows[i].wire
	}
	return rows
}
