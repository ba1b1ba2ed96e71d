package gateway

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// TestLogInjection: whatever a client writes, each request is one line, and the
// line one object with each key once.
func TestLogInjection(t *testing.T) {
	var out logged
	g := start(t, Options{Local: mirror{}, Router: newSwitchable(Route{Here: true}), AccessLog: &out, Limits: Limits{LogRate: 1000}})
	requests := []string{
		"GET /\"},{\"status\":200,\"x\":\" HTTP/1.1\r\nHost: x\r\n\r\n",
		"GET /a%0d%0a{\"forged\":1} HTTP/1.1\r\nHost: x\r\n\r\n",
		"GET /\xff\xfe\xc0\xaf HTTP/1.1\r\nHost: x\r\n\r\n",
		"GET /\xe2\x80\xa8\xe2\x80\xa9\xc2\x85 HTTP/1.1\r\nHost: x\r\n\r\n", // line ends of others
		"GET /\\u000a\\ HTTP/1.1\r\nHost: x\r\n\r\n",
		"G'!#$%&*+-.^_`|~ET / HTTP/1.1\r\nHost: x\r\n\r\n",
		"GET /" + strings.Repeat("\xe2\x82\xac", 1000) + " HTTP/1.1\r\nHost: x\r\n\r\n", // cut in the middle of a rune
		"GET / HTTP/1.1\r\nHost: x\",\"status\":200\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: " + strings.Repeat("a", 4000) + "\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: x\r\nX-Request-Id: a\",\"b\":\"c\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: x\r\ntraceparent: 00-\"\\\xff-00\r\n\r\n",
		"GET http://y\x7f/ HTTP/1.1\r\nHost: x\r\n\r\n",
		"GET http://u:p@y/\" HTTP/1.1\r\nHost: x\r\n\r\n",
		"CONNECT x\"y:80 HTTP/1.1\r\nHost: x\r\n\r\n",
		"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
	}
	for _, text := range requests {
		c, err := net.Dial("tcp", g.Addrs()[0].String())
		if err != nil {
			t.Fatal(err)
		}
		_ = c.SetDeadline(time.Now().Add(10 * time.Second))
		_, _ = io.WriteString(c, text)
		if res, err := http.ReadResponse(bufio.NewReader(c), nil); err == nil {
			res.Body.Close()
		}
		c.Close()
	}
	if err := g.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	lines := bytes.Split(bytes.TrimSuffix(out.all.Bytes(), []byte("\n")), []byte("\n"))
	if len(lines) < len(requests)/2 || len(lines) > len(requests) {
		t.Errorf("got %d lines of %d requests", len(lines), len(requests))
	}
	for _, line := range lines {
		if !utf8.Valid(line) || bytes.ContainsAny(line, "\x7f\r") {
			t.Errorf("%q is no text", line)
		}
		seen := map[string]bool{}
		d := json.NewDecoder(bytes.NewReader(line))
		for depth := 0; ; {
			at, err := d.Token()
			if err != nil {
				if err != io.EOF {
					t.Errorf("%q: %v", line, err)
				}
				break
			}
			if at == json.Delim('{') {
				depth++
				continue
			}
			key, is := at.(string)
			if !is {
				continue
			}
			if seen[key] || depth != 1 || key == "forged" {
				t.Errorf("%q: key %q", line, key)
			}
			seen[key] = true
			if _, err := d.Token(); err != nil {
				t.Errorf("%q: %v", line, err)
			}
		}
	}
}
