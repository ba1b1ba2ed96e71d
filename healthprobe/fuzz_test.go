package healthprobe

import (
	"context"
	"net"
	"net/netip"
	"testing"
	"time"
)

// answering is a Dialer whose every connection reads a request and gets the
// bytes, then ends.
func answering(data []byte) Dialer {
	return dialFunc(func(context.Context, string, string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		go func() {
			defer theirs.Close()
			theirs.SetDeadline(time.Now().Add(5 * time.Second))
			buf := make([]byte, 4096)
			if _, err := theirs.Read(buf); err == nil {
				theirs.Write(data)
			}
		}()
		return ours, nil
	})
}

// Whatever a target answers: one of the reasons, within the limits, and the
// same for a probe as for its description.
func FuzzAnswer(f *testing.F) {
	for _, s := range []string{
		"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nTrailer: x\r\n\r\n",
		"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 101 Switching Protocols\r\n\r\n",
		"HTTP/1.1 503 \x1b[2J\r\nLocation: \r\n\r\n",
		"HTTP/9.9 200 OK\r\n\r\n", "HTTP/1.1 -200 OK\r\n\r\n", "\x16\x03\x01", "",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		target := httpTarget(netip.MustParseAddrPort("192.0.2.1:80"))
		target.Check.Timeout, target.Check.Ranges = 4*time.Second, []StatusRange{{100, 999}} // every answer ends
		p := NewNetProber(ProberOptions{Dialer: answering(data)})
		got := p.Probe(t.Context(), target)
		if got.Reason.Unknown() || !got.Answered || len(got.Detail) > 2*maxDetail {
			t.Fatalf("got %+v for %q", got, data)
		}
		shown := p.Describe(t.Context(), target)
		if shown.Reason != got.Reason {
			t.Fatalf("got %s, described as %s, for %q", got.Reason, shown.Reason, data)
		}
		for _, c := range shown.String() {
			if c != '\n' && (c < ' ' || c == 0x7f) {
				t.Fatalf("got control character %q in\n%q", c, shown.String())
			}
		}
	})
}
