package gateway

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// h2raw is an HTTP/2 client that sends whatever it is told to.
type h2raw struct {
	t      *testing.T
	c      net.Conn
	framer *http2.Framer
	block  bytes.Buffer
	enc    *hpack.Encoder
	stream uint32
}

func rawH2(t *testing.T, addr string) *h2raw {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	_ = c.SetDeadline(time.Now().Add(20 * time.Second))
	fmt.Fprint(c, http2.ClientPreface)
	h := &h2raw{t: t, c: c, framer: http2.NewFramer(c, c), stream: 1}
	h.framer.AllowIllegalWrites = true
	h.enc = hpack.NewEncoder(&h.block)
	_ = h.framer.WriteSettings()
	return h
}

// ask opens a stream with exactly these fields and an optional body.
func (h *h2raw) ask(fields [][2]string, body string) (id uint32) {
	h.block.Reset()
	for _, f := range fields {
		_ = h.enc.WriteField(hpack.HeaderField{Name: f[0], Value: f[1]})
	}
	id = h.stream
	h.stream += 2
	_ = h.framer.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: h.block.Bytes(), EndStream: body == "", EndHeaders: true})
	if body != "" {
		_ = h.framer.WriteData(id, true, []byte(body))
	}
	return id
}

// times sends what step writes so often, in one piece.
func (h *h2raw) times(n int, step func(*h2raw) error) error {
	var piece bytes.Buffer
	direct := h.framer
	h.framer = http2.NewFramer(&piece, nil)
	h.framer.AllowIllegalWrites = true
	for range n {
		_ = step(h) // a buffer takes it
	}
	h.framer = direct
	_, err := h.c.Write(piece.Bytes())
	return err
}

// plainFields are those of a good request.
func plainFields(more ...[2]string) [][2]string {
	return append([][2]string{{":method", "GET"}, {":scheme", "http"}, {":authority", "x"}, {":path", "/a"}}, more...)
}

// end reads until the stream or the connection ends, and returns the status of
// the answer; 0: none.
func (h *h2raw) end(id uint32) (status string) {
	dec := hpack.NewDecoder(4096, func(f hpack.HeaderField) {
		if f.Name == ":status" {
			status = f.Value
		}
	})
	for {
		f, err := h.framer.ReadFrame()
		if err != nil {
			return status
		}
		switch f := f.(type) {
		case *http2.HeadersFrame:
			_, _ = dec.Write(f.HeaderBlockFragment())
			if f.StreamID == id && f.StreamEnded() {
				return status
			}
		case *http2.DataFrame:
			if f.StreamID == id && f.StreamEnded() {
				return status
			}
		case *http2.RSTStreamFrame:
			if f.StreamID == id {
				return status
			}
		case *http2.GoAwayFrame:
			if f.ErrCode != http2.ErrCodeNo {
				return status
			}
		case *http2.SettingsFrame:
			if !f.IsAck() {
				_ = h.framer.WriteSettingsAck()
			}
		}
	}
}

// TestSmugglingFromHTTP2: what HTTP/2 can carry and HTTP/1.1 cannot is refused,
// or reaches a backend as exactly one request, here and behind a relay.
func TestSmugglingFromHTTP2(t *testing.T) {
	const after = "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
	post := func(more ...[2]string) [][2]string {
		return append([][2]string{{":method", "POST"}, {":scheme", "http"}, {":authority", "x"}, {":path", "/a"}}, more...)
	}
	for name, v := range map[string]struct {
		fields [][2]string
		body   string
	}{
		"good":                          {post(), "abc"},
		"length too small":              {post([2]string{"content-length", "3"}), "abc" + after},
		"length too big":                {post([2]string{"content-length", "300"}), "abc"},
		"length zero":                   {post([2]string{"content-length", "0"}), after},
		"two lengths":                   {post([2]string{"content-length", "3"}, [2]string{"content-length", "38"}), "abc" + after},
		"length no number":              {post([2]string{"content-length", "+3"}), "abc"},
		"length and no body":            {plainFields([2]string{"content-length", "36"}), ""},
		"transfer-encoding":             {post([2]string{"transfer-encoding", "chunked"}), "0\r\n\r\n" + after},
		"transfer-encoding upper case":  {post([2]string{"Transfer-Encoding", "chunked"}), "0\r\n\r\n" + after},
		"connection":                    {post([2]string{"connection", "close"}), "abc"},
		"keep-alive":                    {post([2]string{"keep-alive", "1"}), "abc"},
		"upgrade":                       {plainFields([2]string{"upgrade", "websocket"}, [2]string{"connection", "upgrade"}), ""},
		"line end in a value":           {plainFields([2]string{"x", "a\r\nTransfer-Encoding: chunked"}), ""},
		"line feed in a value":          {plainFields([2]string{"x", "a\nY: b"}), ""},
		"nul in a value":                {plainFields([2]string{"x", "a\x00b"}), ""},
		"line end in a name":            {plainFields([2]string{"x: y\r\nz", "a"}), ""},
		"colon in a name":               {plainFields([2]string{"x:y", "a"}), ""},
		"blank in a name":               {plainFields([2]string{"x y", "a"}), ""},
		"empty name":                    {plainFields([2]string{"", "a"}), ""},
		"upper case name":               {plainFields([2]string{"X-A", "a"}), ""},
		"two paths":                     {plainFields([2]string{":path", "/smuggled"}), ""},
		"two methods":                   {plainFields([2]string{":method", "POST"}), ""},
		"pseudo field after others":     {[][2]string{{":method", "GET"}, {":scheme", "http"}, {":path", "/a"}, {"x", "y"}, {":authority", "x"}}, ""},
		"unknown pseudo field":          {plainFields([2]string{":smuggled", "1"}), ""},
		"no path":                       {[][2]string{{":method", "GET"}, {":scheme", "http"}, {":authority", "x"}}, ""},
		"line end in the path":          {[][2]string{{":method", "GET"}, {":scheme", "http"}, {":authority", "x"}, {":path", "/a HTTP/1.1\r\nHost: x\r\n\r\n" + after}}, ""},
		"blank in the path":             {[][2]string{{":method", "GET"}, {":scheme", "http"}, {":authority", "x"}, {":path", "/a b"}}, ""},
		"line end in the method":        {[][2]string{{":method", "GET /smuggled HTTP/1.1\r\nA: b"}, {":scheme", "http"}, {":authority", "x"}, {":path", "/a"}}, ""},
		"line end in the authority":     {[][2]string{{":method", "GET"}, {":scheme", "http"}, {":authority", "x\r\nA: b"}, {":path", "/a"}}, ""},
		"user in the authority":         {[][2]string{{":method", "GET"}, {":scheme", "http"}, {":authority", "a@x"}, {":path", "/a"}}, ""},
		"authority against host":        {plainFields([2]string{"host", "y"}), ""},
		"connect":                       {[][2]string{{":method", "CONNECT"}, {":authority", "x:80"}}, ""},
		"extended connect":              {[][2]string{{":method", "CONNECT"}, {":protocol", "websocket"}, {":scheme", "http"}, {":path", "/a"}, {":authority", "x"}}, ""},
		"te":                            {plainFields([2]string{"te", "chunked"}), ""},
		"expect":                        {post([2]string{"expect", "100-continue"}), "abc"},
		"a body that looks like chunks": {post(), "3\r\nabc\r\n0\r\n\r\n" + after},
	} {
		for way, relayed := range map[string]bool{"here": false, "relayed": true} {
			t.Run(name+"/"+way, func(t *testing.T) {
				t.Parallel()
				smuggleH2(t, v.fields, v.body, relayed, name == "good")
			})
		}
	}
}

func smuggleH2(t *testing.T, fields [][2]string, body string, relayed, good bool) {
	rec, l := startRecorder(t)
	tr := NewTransport(func(ctx context.Context) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "tcp", l.Addr().String())
	})
	p := newRelayPair(t, plainly{tr}, plainly{tr}, nil)
	if !relayed {
		p.route.set(Route{Here: true})
	}
	h := rawH2(t, p.off.Addrs()[0].String())
	status := h.end(h.ask(fields, body))
	h.c.Close()
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
	if len(rec.requests) == 0 && status == "200" {
		t.Errorf("got 200 of a request that nobody served")
	}
	if good && (status != "200" || len(rec.requests) != 1) {
		t.Errorf("got %q and %q of a good request", status, rec.requests)
	}
}

// TestHTTP2Abuse is scenario E9: who floods is closed, and others are served
// while it does.
func TestHTTP2Abuse(t *testing.T) {
	slow := make(chan struct{})
	defer close(slow)
	begun := make(chan struct{}, 10_000)
	backend := roundTrip(func(r *http.Request) (*http.Response, error) {
		if r.URL.Path == "/a" {
			begun <- struct{}{}
			select {
			case <-r.Context().Done():
				return nil, r.Context().Err()
			case <-slow:
			}
		}
		return mirror{}.RoundTrip(r)
	})
	reset := func(h *h2raw) error {
		h.ask(plainFields(), "")
		return h.framer.WriteRSTStream(h.stream-2, http2.ErrCodeCancel)
	}
	many := func(frame func(*h2raw) error) flood {
		return func(h *h2raw, _ <-chan struct{}) error { return h.times(1000, frame) }
	}
	for name, c := range map[string]struct {
		flood
		debt int64               // what may be owed
		who  func(Counts) uint64 // counts the closed connection; nil: net/http may have closed it
	}{
		"rapid reset": {many(reset), maxDebt / 8, nil},
		"reset of what has begun": {func(h *h2raw, gone <-chan struct{}) error {
			h.ask(plainFields(), "")
			select {
			case <-begun:
			case <-gone:
			}
			return h.framer.WriteRSTStream(h.stream-2, http2.ErrCodeCancel)
		}, math.MaxInt64, func(c Counts) uint64 { return c.ResetsClosed }},
		"pings": {many(func(h *h2raw) error { return h.framer.WritePing(false, [8]byte{}) }), maxDebt / 8, chatterClosed},
		"unknown frames": {many(func(h *h2raw) error {
			return h.framer.WriteRawFrame(0xee, 0, 0, make([]byte, 1000))
		}), maxDebt / 8, chatterClosed},
	} {
		t.Run(name, func(t *testing.T) {
			g := startWith(t, Options{Router: routeFunc(here), Limits: Limits{Streams: 100}, Local: backend}, func(g *Gateway) { g.fronts[0].crowd.debt = c.debt })
			flooded(t, g.Addrs()[0].String(), c.flood)
			if n := len(begun); n > 1000 {
				t.Errorf("%d requests were begun", n)
			}
			if c.who != nil && c.who(g.Counts()) != 1 {
				t.Errorf("want one connection closed for this: %+v", g.Counts())
			}
		})
	}
}

func chatterClosed(c Counts) uint64 { return c.ChatterClosed }

// flood sends one piece of what is too much. gone: the connection is closed.
type flood func(h *h2raw, gone <-chan struct{}) error

// flooded sends a flood and wants its connection closed, and another client
// served.
func flooded(t *testing.T, addr string, send flood) {
	t.Helper()
	h := rawH2(t, addr)
	gone := make(chan struct{})
	go func() { // it reads what it gets, so that nothing queues up for it
		defer close(gone)
		_, _ = io.Copy(io.Discard, h.c)
	}()
	n := 0
	for ; n < 2000 && send(h, gone) == nil; n++ {
	}
	if n == 2000 {
		t.Errorf("%d pieces, and the connection is still open", n)
	}
	h.c.Close()
	<-gone
	if res, _ := get(t, h2c(t), "http://"+addr+"/other"); res.StatusCode != 200 {
		t.Errorf("another client got %d", res.StatusCode)
	}
}

// TestPenalty: who was closed for abuse is not listened to for a while.
func TestPenalty(t *testing.T) {
	g := startWith(t, Options{Router: routeFunc(here), Local: mirror{}}, func(g *Gateway) { g.fronts[0].crowd.debt = 1 << 10 })
	begun := time.Now()
	h := rawH2(t, g.Addrs()[0].String())
	for g.Counts().ChatterClosed == 0 && h.times(1000, func(h *h2raw) error { return h.framer.WritePing(false, [8]byte{}) }) == nil {
	}
	eventually(t, "the abuser is closed", func() bool { return g.Counts().ChatterClosed == 1 })
	if res, _ := get(t, http.DefaultClient, "http://"+g.Addrs()[0].String()+"/a"); res.StatusCode != http.StatusOK {
		t.Errorf("after the penalty: got %d, want 200", res.StatusCode)
	}
	if took := time.Since(begun); took < penalty {
		t.Errorf("the abuser's address was answered %v after it began, want at least %v", took, penalty)
	}
}

// TestPenalties: they are for a network, they end, and they are not many.
func TestPenalties(t *testing.T) {
	now := time.Now()
	var p penalties
	for i := range maxPenalties + 1 {
		p.add(netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), now)
	}
	if n := len(p.until); n != maxPenalties {
		t.Errorf("%d penalties are kept, want at most %d", n, maxPenalties)
	}
	later := now.Add(penalty)
	p.add(netip.MustParseAddr("2001:db8::1"), later)
	for addr, want := range map[string]time.Duration{"2001:db8::2": penalty, "2001:db8:0:1::1": 0, "10.0.0.1": 0} {
		if got := p.left(netip.MustParseAddr(addr), later); got != want {
			t.Errorf("%s waits %v, want %v", addr, got, want)
		}
	}
	if len(p.until) != 1 {
		t.Errorf("%d penalties are kept, want those that are over gone", len(p.until))
	}
}

// TestContinuationFlood: a header without an end is given up.
func TestContinuationFlood(t *testing.T) {
	_, url := served(t, mirror{})
	h := rawH2(t, strings.TrimPrefix(url, "http://"))
	h.block.Reset()
	for _, f := range plainFields() {
		_ = h.enc.WriteField(hpack.HeaderField{Name: f[0], Value: f[1]})
	}
	_ = h.framer.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: h.block.Bytes()})
	h.block.Reset()
	_ = h.enc.WriteField(hpack.HeaderField{Name: "x", Value: strings.Repeat("a", 8000), Sensitive: true})
	go func() { _, _ = io.Copy(io.Discard, h.c) }()
	n := 0
	for ; n < 10_000 && h.framer.WriteContinuation(1, false, h.block.Bytes()) == nil; n++ {
	}
	if n == 10_000 {
		t.Errorf("%d frames of 8 KB, and the connection is still open", n)
	}
}

// TestHonestHTTP2Clients: those who upload, download and cancel now and then
// are never taken for abusers.
func TestHonestHTTP2Clients(t *testing.T) {
	g, url := served(t, backend(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/wait" {
			<-r.Context().Done()
			return
		}
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.CopyN(w, endless{}, 4<<20)
	})))
	client := h2c(t)
	for range 4 {
		res, err := client.Post(url+"/", "", newSumReader(6<<20))
		if err != nil {
			t.Fatal(err)
		}
		if n, err := io.Copy(io.Discard, res.Body); err != nil || n != 4<<20 {
			t.Errorf("got %d bytes and %v", n, err)
		}
		res.Body.Close()
	}
	for range 50 {
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/wait", nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := client.Do(req); err == nil {
			t.Error("got an answer, want none")
		}
		cancel()
	}
	if c := g.Counts(); c.ChatterClosed+c.ResetsClosed != 0 {
		t.Errorf("got %d and %d connections closed, want none", c.ChatterClosed, c.ResetsClosed)
	}
}

// TestUnreadBodies: bodies that nobody reads are no chatter either.
func TestUnreadBodies(t *testing.T) {
	g, url := served(t, roundTrip(func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 401, ProtoMajor: 1, Header: http.Header{}, Body: http.NoBody, Request: r}, nil
	}))
	client := h2c(t)
	for range 20 {
		res, err := client.Post(url, "", newSumReader(2<<20))
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
	}
	if c := g.Counts(); c.ChatterClosed != 0 || c.Outcomes[OutcomeHere].Requests < 19 {
		t.Errorf("got %d connections closed and %d requests", c.ChatterClosed, c.Outcomes[OutcomeHere].Requests)
	}
}

// TestDebt: what is of use is not owed, and a little is forgiven each second.
func TestDebt(t *testing.T) {
	var d debt
	now := time.Now()
	for range 1000 {
		if d.owe(1<<20, now, maxDebt) {
			t.Fatal("a body is taken for chatter")
		}
		d.pay(1<<20 + 1)
	}
	for sent := 0; sent <= maxDebt; sent += 1 << 10 {
		if d.owe(1<<10, now, maxDebt) && sent < maxDebt-1<<10 {
			t.Fatalf("closed after %d bytes", sent)
		}
	}
	if !d.owe(1<<10, now, maxDebt) {
		t.Error("more than the limit is not too much")
	}
	if d.owe(1<<10, now.Add(-time.Hour), maxDebt) {
		t.Error("an hour forgives nothing")
	}
	d.waive()
	if d.owe(1<<40, now, maxDebt) {
		t.Error("a tunnel owes")
	}
}
