package pipeline

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"meridian/gateway/backend"
	"meridian/gateway/record"
)

// hostile is an HTTP/2 backend that does to each request what it wants.
type hostile struct {
	net.Listener
	wg    sync.WaitGroup
	conns atomic.Int64
	wrote atomic.Int64 // bytes
}

// session is one connection of a hostile backend.
type session struct {
	*http2.Framer
	h    *hostile
	conn net.Conn
}

func (s session) Write(p []byte) (int, error) {
	n, err := s.conn.Write(p)
	s.h.wrote.Add(int64(n))
	return n, err
}

// block encodes fields.
func block(fields ...string) []byte {
	var out bytes.Buffer
	e := hpack.NewEncoder(&out)
	for i := 0; i < len(fields); i += 2 {
		_ = e.WriteField(hpack.HeaderField{Name: fields[i], Value: fields[i+1]}) // to memory
	}
	return out.Bytes()
}

func (s session) headers(id uint32, end bool, fields ...string) error {
	return s.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: block(fields...), EndHeaders: true, EndStream: end})
}

func newHostile(t *testing.T, do func(s session, id uint32) error) *hostile {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h := &hostile{Listener: l}
	h.wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			h.conns.Add(1)
			h.wg.Go(func() { h.serve(c, do) })
		}
	})
	t.Cleanup(func() { l.Close(); h.wg.Wait() })
	return h
}

func (h *hostile) serve(c net.Conn, do func(s session, id uint32) error) {
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(20 * time.Second))
	if _, err := io.ReadFull(c, make([]byte, len(http2.ClientPreface))); err != nil {
		return
	}
	s := session{h: h, conn: c}
	s.Framer = http2.NewFramer(s, c)
	s.AllowIllegalWrites, s.AllowIllegalReads = true, true
	if s.WriteSettings() != nil {
		return
	}
	for {
		f, err := s.ReadFrame()
		if err != nil {
			return
		}
		if head, ok := f.(*http2.HeadersFrame); ok && do(s, head.StreamID) != nil {
			return
		}
	}
}

// TestHostileHTTP2Backend: whatever a backend does to a connection, a request
// has one answer, soon, and what it sends beyond that goes nowhere.
func TestHostileHTTP2Backend(t *testing.T) {
	ok := func(s session, id uint32, fields ...string) error {
		return s.headers(id, true, append([]string{":status", "200"}, fields...)...)
	}
	for name, test := range map[string]struct {
		do     func(s session, id uint32) error
		status int   // 0: who cares
		most   int64 // bytes that are taken; 0: who cares
	}{
		"honest": {func(s session, id uint32) error { return ok(s, id) }, 200, 0},
		"a field of 1 MiB": {func(s session, id uint32) error {
			all := block(":status", "200", "x-a", strings.Repeat("a~", 1<<19))
			for first := true; len(all) > 0; first = false {
				part := all[:min(len(all), 16<<10)]
				all = all[len(part):]
				var err error
				if first {
					err = s.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: part, EndStream: true})
				} else {
					err = s.WriteContinuation(id, len(all) == 0, part)
				}
				if err != nil {
					return err
				}
			}
			return nil
		}, 502, 0},
		"100,000 fields": {func(s session, id uint32) error {
			if err := s.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: block(":status", "200"), EndStream: true}); err != nil {
				return err
			}
			for range 1000 {
				if err := s.WriteContinuation(id, false, bytes.Repeat(block("x-a", "b"), 100)); err != nil {
					return err
				}
			}
			return s.WriteContinuation(id, true, nil)
		}, 502, 0},
		"endless CONTINUATION": {func(s session, id uint32) error {
			if err := s.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: block(":status", "200")}); err != nil {
				return err
			}
			for {
				if err := s.WriteContinuation(id, false, bytes.Repeat(block("x-a", strings.Repeat("b", 100)), 100)); err != nil {
					return err
				}
			}
		}, 502, 32 << 20},
		"1xx without an end": {func(s session, id uint32) error {
			for {
				if err := s.headers(id, false, ":status", "103", "link", strings.Repeat("b", 1000)); err != nil {
					return err
				}
			}
		}, 502, 0},
		"101":                  {func(s session, id uint32) error { return s.headers(id, true, ":status", "101") }, 502, 0},
		"no status":            {func(s session, id uint32) error { return s.headers(id, true, "x-a", "b") }, 502, 0},
		"two statuses":         {func(s session, id uint32) error { return s.headers(id, true, ":status", "200", ":status", "500") }, 502, 0},
		"status in text":       {func(s session, id uint32) error { return s.headers(id, true, ":status", "2OO") }, 502, 0},
		"line ends in a value": {func(s session, id uint32) error { return ok(s, id, "x-a", "b\r\nx-injected: c") }, 502, 0},
		"name in capitals":     {func(s session, id uint32) error { return ok(s, id, "X-A", "b") }, 502, 0},
		"name with a colon":    {func(s session, id uint32) error { return ok(s, id, "x-a: b\r\nx-c", "b") }, 502, 0},
		"words of ours": {func(s session, id uint32) error {
			return ok(s, id, "meridian-reason", "breaker_open", "meridian_gateway", "disabled", "meridian-relay", "x")
		}, 200, 0},
		"reset":            {func(s session, id uint32) error { return s.WriteRSTStream(id, http2.ErrCodeInternal) }, 502, 0},
		"refused for ever": {func(s session, id uint32) error { return s.WriteRSTStream(id, http2.ErrCodeRefusedStream) }, 504, 0},
		"GOAWAY for ever":  {func(s session, _ uint32) error { return s.WriteGoAway(0, http2.ErrCodeNo, nil) }, 502, 0},
		"GOAWAY and an answer": {func(s session, id uint32) error {
			for range 1000 {
				if err := s.WriteGoAway(id, http2.ErrCodeNo, []byte("again")); err != nil {
					return err
				}
			}
			return ok(s, id)
		}, 200, 0},
		"length that lies": {func(s session, id uint32) error {
			if err := s.headers(id, false, ":status", "200", "content-length", "5"); err != nil {
				return err
			}
			return s.WriteData(id, true, []byte("more than five"))
		}, 0, 0},
		"data behind the end": {func(s session, id uint32) error {
			if err := ok(s, id); err != nil {
				return err
			}
			return s.WriteData(id, true, []byte("poison"))
		}, 200, 0},
		"a second answer": {func(s session, id uint32) error {
			if err := ok(s, id); err != nil {
				return err
			}
			return ok(s, id, "x-injected", "c")
		}, 200, 0},
		"trailers that frame": {func(s session, id uint32) error {
			if err := s.headers(id, false, ":status", "200"); err != nil {
				return err
			}
			return s.headers(id, true, ":status", "500", "x-injected", "b")
		}, 0, 0},
		"pings without an end": {func(s session, _ uint32) error {
			for range 20_000 {
				if err := s.WritePing(false, [8]byte{}); err != nil {
					return err
				}
			}
			return io.EOF
		}, 502, 0},
		"push": {func(s session, id uint32) error {
			return s.WritePushPromise(http2.PushPromiseParam{StreamID: id, PromiseID: 2, BlockFragment: block(":method", "GET"), EndHeaders: true})
		}, 502, 0},
		"a frame of 1 MiB": {func(s session, id uint32) error { return s.WriteRawFrame(http2.FrameData, 0, id, make([]byte, 1<<20)) }, 502, 0},
		"window overflow": {func(s session, id uint32) error {
			for range 3 {
				if err := s.WriteWindowUpdate(0, 1<<31-1); err != nil {
					return err
				}
			}
			return ok(s, id)
		}, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHostile(t, test.do)
			st := newStage(t)
			u, err := url.Parse("http://" + h.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			st.config.Backends.Backends = []backend.Backend{{Name: "h", URL: u, HTTPVersion: "2", Timeouts: backend.Timeouts{Connect: time.Second, Header: time.Second}}}
			st.config.APIs = []API{{Name: "h", Path: "/", Backend: "h"}}
			st.apply()
			begin := time.Now()
			for range 2 {
				r, err := http.NewRequest(http.MethodGet, "http://x.test/", http.NoBody)
				if err != nil {
					t.Fatal(err)
				}
				var status int
				var got string
				if resp, err := st.RoundTrip(r); err == nil {
					body, failed := io.ReadAll(resp.Body)
					resp.Body.Close()
					status, got = resp.StatusCode, fmt.Sprint(resp.Header, resp.Trailer, string(body), failed)
				} else {
					got = err.Error()
					var no record.Refusal
					if errors.As(err, &no) {
						status, _, _, _, _ = no.Refusal()
					}
				}
				if late := test.status == 502 && status == 504; test.status != 0 && status != test.status && !late { // on a busy machine time comes first
					t.Errorf("got %d %.300s, want %d", status, got, test.status)
				}
				if low := strings.ToLower(got); status == 200 && (strings.Contains(low, "meridian") || strings.Contains(low, "poison") || strings.Contains(low, "injected:")) {
					t.Errorf("came through: %s", got)
				}
			}
			if conns := h.conns.Load(); conns > 10 {
				t.Errorf("%d connections for two requests", conns)
			}
			if took := time.Since(begin); took > 10*time.Second {
				t.Errorf("took %v", took)
			}
			if wrote := h.wrote.Load(); test.most > 0 && wrote > test.most {
				t.Errorf("%d bytes were taken, want at most %d", wrote, test.most)
			}
			t.Logf("%v, %d connections, %d bytes", time.Since(begin).Round(time.Millisecond), h.conns.Load(), h.wrote.Load())
		})
	}
}
