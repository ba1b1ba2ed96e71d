package gateway

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// raw sends bytes over a connection and returns the answer; kept reports whether
// the connection serves on.
func raw(t *testing.T, addr, data string) (status int, reason string, kept bool) {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(10 * time.Second))
	if _, err := io.WriteString(c, data); err != nil {
		t.Fatal(err)
	}
	br := bufio.NewReader(c)
	res, err := http.ReadResponse(br, nil)
	if err != nil {
		t.Fatalf("%q: %v", data, err)
	}
	_, _ = io.Copy(io.Discard, res.Body)
	if res.Close {
		if _, err := br.ReadByte(); err == nil {
			t.Errorf("%q: said close and went on", data)
		}
	}
	return res.StatusCode, res.Header.Get("Meridian-Reason"), !res.Close
}

// TestAim: targets and hosts that cannot be read in one way are refused, before
// anything looks at them.
func TestAim(t *testing.T) {
	g := start(t, Options{Local: mirror{}, Router: newSwitchable(Route{Here: true})})
	addr := g.Addrs()[0].String()
	for name, c := range map[string]struct {
		target, host string
		want         int
	}{
		"plain":                     {"/a", "x.test", 200},
		"port":                      {"/a", "x.test:8080", 200},
		"empty port":                {"/a", "x.test:", 200},
		"underscore":                {"/a", "a_b.test", 200},
		"no host":                   {"/a", "", 200},
		"address":                   {"/a", "[2001:db8::1]:80", 200},
		"absolute":                  {"http://y.test/a", "y.test", 200},
		"absolute without a path":   {"http://y.test", "y.test", 200},
		"two slashes":               {"//y.test/a", "x.test", 200},
		"another scheme":            {"ftp://y.test/a", "y.test", 400},
		"a file":                    {"file:///etc/passwd", "y.test", 400},
		"no slashes":                {"http:a", "y.test", 400},
		"one slash":                 {"http:/a", "y.test", 400},
		"user in the target":        {"http://u:p@y.test/a", "y.test", 400},
		"asterisk":                  {"*", "x.test", 400},
		"two ports":                 {"/a", "x:80:90", 400},
		"two ports in the target":   {"http://x:80:90/a", "x", 400},
		"port that is none":         {"/a", "x:8a", 400},
		"port 0":                    {"/a", "x:0", 400},
		"huge port":                 {"/a", "x:65536", 400},
		"signed port":               {"/a", "x:+80", 400},
		"only a port":               {"/a", ":80", 400},
		"user":                      {"/a", "user@x.test", 400},
		"slash":                     {"/a", "x.test/b", 400},
		"list":                      {"/a", "x.test,y.test", 400},
		"quoted":                    {"/a", `x";for=1.2.3.4`, 400},
		"encoded":                   {"/a", "x%2etest", 400},
		"open bracket":              {"/a", "[2001:db8::1", 400},
		"zone":                      {"/a", "[fe80::1%25eth0]", 400},
		"IPv4 in brackets":          {"/a", "[192.0.2.1]", 400},
		"behind a bracket":          {"/a", "[2001:db8::1]x", 400},
		"bare IPv6":                 {"/a", "2001:db8::1", 400},
		"host with UTF-8":           {"/a", "b\xc3\xbccher.test", 400},
		"status path of no host":    {StatusPath, "x:80:90", 400},
		"status path by any scheme": {"ftp://x" + StatusPath, "x", 400},
	} {
		t.Run(name, func(t *testing.T) {
			status, reason, kept := raw(t, addr, "GET "+c.target+" HTTP/1.1\r\nHost: "+c.host+"\r\n\r\n")
			if status != c.want || c.want == 400 && kept {
				t.Errorf("%s of %q: got %d %s, kept %t; want %d", c.target, c.host, status, reason, kept, c.want)
			}
		})
	}
}

// TestSharedConnections: over a front end's connection, a request whose end the
// front end may have seen elsewhere is the last one (RFC 9112 §6.3).
func TestSharedConnections(t *testing.T) {
	front := start(t, Options{Local: mirror{}, Router: newSwitchable(Route{Here: true}), Trusted: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	open := start(t, Options{Local: mirror{}, Router: newSwitchable(Route{Here: true})})
	const chunked = "Transfer-Encoding: chunked\r\n"
	for name, c := range map[string]struct {
		trusted       bool
		version, head string
		body          string
		kept          bool
	}{
		"both, of a front end":      {true, "1.1", "Content-Length: 6\r\n" + chunked, "0\r\n\r\n", false},
		"both, the other way":       {true, "1.1", chunked + "Content-Length: 6\r\n", "0\r\n\r\n", false},
		"both, of an unknown proxy": {false, "1.1", "Via: 1.1 x\r\nContent-Length: 6\r\n" + chunked, "0\r\n\r\n", false},
		"both, forwarded":           {false, "1.1", "X-Forwarded-For: 192.0.2.1\r\nContent-Length: 6\r\n" + chunked, "0\r\n\r\n", false},
		"HTTP/1.0 of a front end":   {true, "1.0", "Connection: keep-alive\r\n" + chunked, "", false},
		"length, of a front end":    {true, "1.1", "Content-Length: 3\r\n", "abc", true},
		"nothing, of a front end":   {true, "1.1", "", "", true},
		"chunked, of a client":      {false, "1.1", chunked, "0\r\n\r\n", true},
		"HTTP/1.0 of a client":      {false, "1.0", "Connection: keep-alive\r\nContent-Length: 3\r\n", "abc", true},
	} {
		t.Run(name, func(t *testing.T) {
			g := open
			if c.trusted {
				g = front
			}
			status, _, kept := raw(t, g.Addrs()[0].String(), "POST /a HTTP/"+c.version+"\r\nHost: x\r\n"+c.head+"\r\n"+c.body)
			if status != 200 || kept != c.kept {
				t.Errorf("got %d, kept %t; want 200, %t", status, kept, c.kept)
			}
		})
	}
}

// TestIdentityFields: what backends believe of clients is not what clients say,
// in whatever spelling; a trusted front end says it.
func TestIdentityFields(t *testing.T) {
	names := []string{
		"X-Real-IP", "X_Real_IP", "X-Client-IP", "True-Client-IP", "CF-Connecting-IP", "X-Azure-ClientIP", "X-Azure-SocketIP", "Fastly-Client-IP",
		"X-Original-URL", "X-Rewrite-URL", "X-Original-Host", "Client-Cert", "X-ARR-ClientCert", "x_arr_clientcert",
	}
	for trusted, g := range map[bool]*Gateway{
		true:  start(t, Options{Local: mirror{}, Router: newSwitchable(Route{Here: true}), Trusted: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}),
		false: start(t, Options{Local: mirror{}, Router: newSwitchable(Route{Here: true})}),
	} {
		for version, client := range map[string]*http.Client{"h1": h1(t), "h2c": h2c(t)} {
			req, err := http.NewRequest(http.MethodGet, "http://"+g.Addrs()[0].String(), nil)
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range names {
				req.Header[name] = []string{"192.0.2.66"}
			}
			req.Header.Set("X-Realm", "stays")
			_, text := do(t, client, req)
			if got := strings.Count(text, "192.0.2.66"); (got > 0) != trusted {
				t.Errorf("%s, trusted %t: %d of %d fields came through: %s", version, trusted, got, len(names), text)
			}
			if parseSeen(t, text).Header.Get("X-Realm") != "stays" {
				t.Errorf("%s, trusted %t: X-Realm is gone", version, trusted)
			}
		}
	}
}
