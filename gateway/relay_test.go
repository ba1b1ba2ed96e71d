package gateway

import (
	"bufio"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/netip"
	"net/textproto"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// seen is what a backend tells of a request.
type seen struct {
	Method, URI, Host, Body string
	Header, Trailer         http.Header
	Arrival                 Arrival
}

// mirror is an Options.Local that answers with what it sees.
type mirror struct{}

func (mirror) RoundTrip(r *http.Request) (*http.Response, error) {
	s := seen{Method: r.Method, URI: r.URL.RequestURI(), Host: r.Host, Header: r.Header}
	if r.Body != nil {
		data, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		s.Body = string(data)
	}
	s.Trailer = r.Trailer
	s.Arrival, _ = ArrivalOf(r.Context())
	data, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	return &http.Response{StatusCode: http.StatusOK, ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(string(data))), ContentLength: int64(len(data)), Request: r}, nil
}

func parseSeen(t *testing.T, text string) seen {
	t.Helper()
	var s seen
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		t.Fatalf("%v in %q", err, text)
	}
	return s
}

// TestRelayedEqualsLocal sends the same requests to a gateway that serves and
// to one that relays: what serves them must see no difference but Relayed.
func TestRelayedEqualsLocal(t *testing.T) {
	p := newRelayPair(t, mirror{}, mirror{}, nil)
	requests := map[string]func(*http.Request){
		"plain":            func(*http.Request) {},
		"query as it came": func(r *http.Request) { r.URL.RawQuery = "a=1;b=%zz&c" },
		"escaped path":     func(r *http.Request) { r.URL.Path, r.URL.RawPath = "/a/b c", "/a%2Fb%20c" },
		"claims": func(r *http.Request) {
			r.Header.Set("X-Forwarded-For", "192.0.2.9")
			r.Header.Set("Forwarded", "for=_x")
		},
		"foreign words": func(r *http.Request) {
			r.Header["meridian_relay"] = []string{"x"}
			r.Header.Set("Meridian-Relay", "hops=1")
		},
		"hop by hop": func(r *http.Request) {
			r.Header.Set("Connection", "X-Secret, Authorization")
			r.Header.Set("X-Secret", "1")
			r.Header.Set("Keep-Alive", "5")
		},
		"own id": func(r *http.Request) { r.Header.Set("X-Request-Id", "abc.1") },
		"upgrade to h2c": func(r *http.Request) {
			r.Header.Set("Connection", "Upgrade, HTTP2-Settings")
			r.Header.Set("Upgrade", "h2c")
			r.Header.Set("Http2-Settings", "AAMAAABk")
		},
		"body": func(r *http.Request) {
			r.Method, r.Body, r.ContentLength = "POST", io.NopCloser(strings.NewReader("hello")), 5
		},
		"body in chunks": func(r *http.Request) {
			r.Method, r.Body, r.ContentLength = "PUT", io.NopCloser(strings.NewReader("hello")), -1
		},
		"trailer": func(r *http.Request) {
			r.Method, r.Body, r.ContentLength = "PUT", io.NopCloser(strings.NewReader("hello")), -1
			r.Trailer = http.Header{"X-Sum": {"42"}}
		},
		"foreign trailer": func(r *http.Request) {
			r.Method, r.Body, r.ContentLength = "PUT", io.NopCloser(strings.NewReader("hello")), -1
			r.Trailer = http.Header{"Meridian-Relay": {"42"}, "X-Sum": {"1"}}
		},
		"name with a port":  func(r *http.Request) { r.Host = "API.contoso.com.:8080" },
		"te":                func(r *http.Request) { r.Header.Set("Te", "trailers") },
		"get with a body":   func(r *http.Request) { r.Body, r.ContentLength = io.NopCloser(strings.NewReader("hello")), 5 },
		"absent user agent": func(r *http.Request) { r.Header.Set("User-Agent", "") },
	}
	for name, change := range requests {
		t.Run(name, func(t *testing.T) {
			for _, client := range []*http.Client{h1(t), h2c(t)} {
				if strings.HasPrefix(name, "hop") || strings.HasPrefix(name, "upgrade") {
					client = h1(t) // HTTP/2 has no such fields
				}
				compareRelayed(t, p, client, change)
			}
		})
	}
}

func compareRelayed(t *testing.T, p *relayPair, client *http.Client, change func(*http.Request)) {
	t.Helper()
	var got [2]seen
	for i, route := range []Route{{Here: true}, p.away} {
		p.route.set(route)
		req, err := http.NewRequest(http.MethodGet, p.url()+"/x", nil)
		if err != nil {
			t.Fatal(err)
		}
		change(req)
		res, text := do(t, client, req)
		if res.StatusCode != http.StatusOK {
			t.Fatalf("got %d (%s), want 200", res.StatusCode, text)
		}
		got[i] = parseSeen(t, text)
		if got[i].Arrival.Relayed != (i == 1) {
			t.Errorf("request %d: got relayed %v", i, got[i].Arrival.Relayed)
		}
		if want := "127.0.0.1"; !strings.HasSuffix(got[i].Header.Get("X-Forwarded-For"), want) {
			t.Errorf("request %d: got X-Forwarded-For %q, want %q at its end", i, got[i].Header.Get("X-Forwarded-For"), want)
		}
		for name := range got[i].Header {
			if isOurs(name) || name == "X-Secret" || name == "Upgrade" || name == "Http2-Settings" || name == "Keep-Alive" {
				t.Errorf("request %d: field %s came through", i, name)
			}
		}
		if _, ok := got[i].Trailer["Meridian-Relay"]; ok {
			t.Errorf("request %d: trailer Meridian-Relay came through", i)
		}
		if id := got[i].Header.Get("X-Request-Id"); id == "" || id != got[i].Arrival.ID {
			t.Errorf("request %d: got X-Request-Id %q and id %q", i, id, got[i].Arrival.ID)
		}
		if got[i].Arrival.ID != "abc.1" {
			got[i].Header.Del("X-Request-Id")
		}
		if got[i].Header.Get("Via") == "" || traceID(got[i].Header.Get("Traceparent")) == "" {
			t.Errorf("request %d: got Via %q and Traceparent %q", i, got[i].Header.Get("Via"), got[i].Header.Get("Traceparent"))
		}
		got[i].Header.Del("Via") // one hop more
		got[i].Header.Del("Traceparent")
		got[i].Arrival = Arrival{Host: got[i].Arrival.Host, Scheme: got[i].Arrival.Scheme, Client: netip.AddrPortFrom(got[i].Arrival.Client.Addr(), 1)}
	}
	if diff := cmp.Diff(got[0], got[1], cmp.Comparer(func(a, b netip.AddrPort) bool { return a == b })); diff != "" {
		t.Errorf("served here and relayed differ (-here +relayed):\n%s", diff)
	}
}

// TestArrivalOverTLS: the peer knows how the client came, and its certificate.
func TestArrivalOverTLS(t *testing.T) {
	files, leaf := certFiles(t, t.TempDir(), "api.contoso.com")
	p := newRelayPair(t, mirror{}, mirror{}, func(off, _ *Options) {
		off.Listen = []Listener{{Address: "127.0.0.1:0", TLS: true, ClientCertificates: true}}
		off.Certificates = []Certificate{files}
	})
	pair, err := tls.LoadX509KeyPair(files.CertFile, files.KeyFile)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(leaf)
	for _, http2 := range []bool{true, false} {
		tr := &http.Transport{ForceAttemptHTTP2: http2, TLSClientConfig: &tls.Config{RootCAs: roots, ServerName: "api.contoso.com", Certificates: []tls.Certificate{pair}}}
		if !http2 {
			tr.Protocols = new(http.Protocols)
			tr.Protocols.SetHTTP1(true)
		}
		t.Cleanup(tr.CloseIdleConnections)
		res, text := get(t, &http.Client{Transport: tr}, "https://"+p.off.Addrs()[0].String()+"/")
		if got := res.ProtoMajor == 2; got != http2 {
			t.Errorf("got HTTP/2 %v, want %v", got, http2)
		}
		s := parseSeen(t, text)
		sum := sha256.Sum256(leaf.Raw)
		want := Arrival{
			ID: s.Arrival.ID, Client: s.Arrival.Client, Scheme: "https", Host: "127.0.0.1", Relayed: true, From: "off-1", Via: "a", TTL: 30 * time.Second,
			Cert: Cert{SHA256: hex.EncodeToString(sum[:]), Subject: leaf.Subject.String()},
		}
		if s.Arrival != want {
			t.Errorf("got %+v, want %+v", s.Arrival, want)
		}
		if s.Arrival.Client.Addr() != netip.MustParseAddr("127.0.0.1") || s.Arrival.Client.Port() == 0 {
			t.Errorf("got client %s", s.Arrival.Client)
		}
		if got, want := s.Header.Get("Forwarded"), `for="127.0.0.1";host="`+p.off.Addrs()[0].String()+`";proto=https`; got != want {
			t.Errorf("got Forwarded %s, want %s", got, want)
		}
	}
}

// TestRelayIsServedWhereItArrives: the relay listener never asks the Router
// (the fixture's fails the test when asked), so that no loop is possible: also
// not where both locations take each other for the one that is on.
func TestRelayIsServedWhereItArrives(t *testing.T) {
	peers := &peerMap{}
	var gates [2]*Gateway
	for i, name := range []string{"x", "y"} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		peers.add(t, name, l.Addr().String())
		other := []string{"y", "x"}[i]
		gates[i] = start(t, Options{
			Local: backend(t, says("served by "+name)), Peers: peers, Relays: l, Node: name,
			Router: routeFunc(func(string, netip.Addr) Route { return Route{Location: "z", Nodes: []string{other}, Late: true} }),
		})
		gates[i].Apply(State{Off: true, Since: time.Now(), TTL: time.Hour})
	}
	_, text := get(t, h1(t), "http://"+gates[0].Addrs()[0].String()+"/")
	if want := "served by y"; text != want {
		t.Errorf("got %q, want %q", text, want)
	}
	if got := gates[1].Counts().Outcomes[OutcomeRelayed].Requests; got != 0 {
		t.Errorf("the second gateway relayed %d requests, want none", got)
	}
}

// TestOnlyPeersAreBelieved: a request over the relay listener without a good
// field is refused; a client's field is worth nothing.
func TestOnlyPeersAreBelieved(t *testing.T) {
	p := newRelayPair(t, mirror{}, mirror{}, func(_, on *Options) {
		on.PeerOf = func(net.Conn) string { return "proved" }
	})
	for name, field := range map[string][]string{
		"none": nil, "empty": {""}, "two": {relayField(Arrival{ID: "a"}), relayField(Arrival{ID: "a"})}, "two hops": {"hops=2&id=a&client=192.0.2.1:1&scheme=http&ttl=1"},
	} {
		req, err := http.NewRequest(http.MethodGet, "http://relay/", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header["Meridian-Relay"] = field
		res, _ := do(t, &http.Client{Transport: p.toPeer}, req)
		if res.StatusCode != http.StatusBadRequest || res.Header.Get("Meridian-Reason") != "bad_relay_field" {
			t.Errorf("%s: got %d %q, want 400 bad_relay_field", name, res.StatusCode, res.Header.Get("Meridian-Reason"))
		}
	}
	req, err := http.NewRequest(http.MethodGet, p.url(), nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Meridian-Relay", relayField(Arrival{ID: "forged", Client: netip.MustParseAddrPort("203.0.113.1:1"), Scheme: "https", From: "me"}))
	_, text := do(t, h1(t), req)
	if s := parseSeen(t, text); s.Arrival.Client.Addr() != netip.MustParseAddr("127.0.0.1") || s.Arrival.From != "proved" || s.Arrival.ID == "forged" {
		t.Errorf("got %+v, want the true client, by the proved node", s.Arrival)
	}
}

// sumReader makes n pseudo-random bytes and their sum.
type sumReader struct {
	rng  *rand.ChaCha8
	left int
	sum  hash.Hash
}

func newSumReader(n int) *sumReader {
	return &sumReader{rng: rand.NewChaCha8([32]byte{1}), left: n, sum: sha256.New()}
}

func (s *sumReader) Read(p []byte) (int, error) {
	if s.left == 0 {
		return 0, io.EOF
	}
	n, _ := s.rng.Read(p[:min(len(p), s.left)])
	s.left -= n
	s.sum.Write(p[:n])
	return n, nil
}

// TestBigBodiesBothWays streams 12 MiB up and the same bytes down at the same
// time, over HTTP/1.1 and HTTP/2: nothing on the way may wait for the end.
func TestBigBodiesBothWays(t *testing.T) {
	const size = 12 << 20
	echo := backend(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = http.NewResponseController(w).EnableFullDuplex()
		w.Header().Set("Trailer", "X-Sum")
		w.WriteHeader(http.StatusOK)
		_ = http.NewResponseController(w).Flush()
		sum := sha256.New()
		_, _ = io.Copy(io.MultiWriter(w, sum), r.Body)
		w.Header().Set("X-Sum", hex.EncodeToString(sum.Sum(nil)))
	}))
	p := newRelayPair(t, mirror{}, echo, nil)
	for name, client := range map[string]*http.Client{"h1": h1(t), "h2c": h2c(t)} {
		source := newSumReader(size)
		res, err := client.Post(p.url()+"/echo", "application/octet-stream", source)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.New()
		n, err := io.Copy(sum, res.Body)
		res.Body.Close()
		if err != nil || n != size {
			t.Fatalf("%s: got %d bytes and %v, want %d", name, n, err, size)
		}
		want := hex.EncodeToString(source.sum.Sum(nil))
		if got := hex.EncodeToString(sum.Sum(nil)); got != want || res.Trailer.Get("X-Sum") != want {
			t.Errorf("%s: got sum %s and trailer %q, want %s", name, got, res.Trailer.Get("X-Sum"), want)
		}
	}
}

// TestRequestTrailers: announced ones come after the body, and only these.
func TestRequestTrailers(t *testing.T) {
	p := newRelayPair(t, mirror{}, mirror{}, nil)
	c, err := net.Dial("tcp", p.off.Addrs()[0].String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	br := bufio.NewReader(c)
	for _, route := range []Route{{Here: true}, p.away} {
		p.route.set(route)
		fmt.Fprint(c, "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum, Meridian-Relay\r\n\r\n"+
			"3\r\nabc\r\n0\r\nX-Sum: 42\r\nMeridian-Relay: hops=1\r\nContent-Length: 7\r\n\r\n")
		res, err := http.ReadResponse(br, nil)
		if err != nil {
			t.Fatal(err)
		}
		data, _ := io.ReadAll(res.Body)
		s := parseSeen(t, string(data))
		if diff := cmp.Diff(http.Header{"X-Sum": {"42"}}, s.Trailer); diff != "" || s.Body != "abc" {
			t.Errorf("%+v: got body %q and trailers (-want +got):\n%s", route, s.Body, diff)
		}
	}
}

// TestInformationalAnswers: 103s come through, before the answer, and say nothing
// in our name.
func TestInformationalAnswers(t *testing.T) {
	p := newRelayPair(t, mirror{}, backend(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Link", "</a.css>; rel=preload")
		w.Header().Set("Meridian-Reason", "breaker_open")
		w.WriteHeader(http.StatusEarlyHints)
		clear(w.Header())
		_, _ = io.WriteString(w, "done")
	})), nil)
	for name, client := range map[string]*http.Client{"h1": h1(t), "h2c": h2c(t)} {
		var hints atomic.Int32
		ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{Got1xxResponse: func(code int, h textproto.MIMEHeader) error {
			if code == http.StatusEarlyHints && h.Get("Link") != "" && h.Get("Meridian-Reason") == "" {
				hints.Add(1)
			}
			return nil
		}})
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.url(), nil)
		if err != nil {
			t.Fatal(err)
		}
		res, text := do(t, client, req)
		if text != "done" || hints.Load() != 1 || res.Header.Get("Link") != "" {
			t.Errorf("%s: got %q, %d early hints, Link %q; want done, 1, none", name, text, hints.Load(), res.Header.Get("Link"))
		}
	}
}

// TestExpect: a body is asked for only by what serves it; where that answers
// without, the body is never sent, and the connection is not used again out of
// step (CVE-2024-24791).
func TestExpect(t *testing.T) {
	p := newRelayPair(t, mirror{}, backend(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/refuse" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		_, _ = io.Copy(w, r.Body)
	})), nil)
	c, err := net.Dial("tcp", p.off.Addrs()[0].String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	br := bufio.NewReader(c)
	fmt.Fprint(c, "POST /take HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
	if line, err := br.ReadString('\n'); err != nil || !strings.HasPrefix(line, "HTTP/1.1 100") {
		t.Fatalf("got %q %v, want 100", line, err)
	}
	_, _ = br.ReadString('\n')
	fmt.Fprint(c, "hello")
	res, err := http.ReadResponse(br, nil)
	if err != nil {
		t.Fatal(err)
	}
	if data, _ := io.ReadAll(res.Body); res.StatusCode != 200 || string(data) != "hello" {
		t.Fatalf("got %d %q, want 200 hello", res.StatusCode, data)
	}
	fmt.Fprint(c, "POST /refuse HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
	res, err = http.ReadResponse(br, nil)
	if err != nil || res.StatusCode != http.StatusUnauthorized {
		t.Fatalf("got %v %v, want 401 without a 100", res, err)
	}
	_, _ = io.Copy(io.Discard, res.Body)
	if _, err := br.ReadByte(); !errors.Is(err, io.EOF) {
		t.Errorf("got %v after an unsent body, want the connection closed", err)
	}
}

// TestClientGoesAway: what serves the request hears of it, the account says
// aborted and no member is blamed.
func TestClientGoesAway(t *testing.T) {
	for name, client := range map[string]func(*testing.T) *http.Client{"h1": h1, "h2c": h2c} {
		t.Run(name, func(t *testing.T) {
			begun, ended := make(chan struct{}), make(chan struct{})
			p := newRelayPair(t, mirror{}, backend(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				close(begun)
				<-r.Context().Done()
				close(ended)
			})), nil)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.url(), nil)
			if err != nil {
				t.Fatal(err)
			}
			var wg sync.WaitGroup
			wg.Go(func() {
				if _, err := client(t).Do(req); err == nil {
					t.Error("got an answer, want none")
				}
			})
			<-begun
			cancel()
			<-ended
			wg.Wait()
			eventually(t, "the account has it", func() bool { return p.off.Counts().Outcomes[OutcomeRelayed].Aborted == 1 })
			if got := p.off.Counts().Outcomes[OutcomeRelayed].Errors; got != 0 {
				t.Errorf("got %d errors, want 0", got)
			}
		})
	}
}
