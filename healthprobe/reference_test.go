package healthprobe

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// udpServer answers each datagram by answer; nil is no answer.
func udpServer(t *testing.T, answer func(q []byte) []byte) string {
	t.Helper()
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		buf := make([]byte, 512)
		for {
			n, from, err := c.ReadFrom(buf)
			if err != nil {
				return
			}
			if reply := answer(buf[:n]); reply != nil {
				c.WriteTo(reply, from)
			}
		}
	})
	t.Cleanup(func() { c.Close(); wg.Wait() })
	return c.LocalAddr().String()
}

func TestQuestion(t *testing.T) {
	refused := func(q []byte) []byte { // a REFUSED is an answer
		q[2], q[3] = q[2]|0x80, 5
		return q
	}
	for name, tc := range map[string]struct {
		answer func(q []byte) []byte
		want   bool
	}{
		"an error of DNS": {refused, true},
		"an echo":         {func(q []byte) []byte { return q }, false},
		"another id":      {func(q []byte) []byte { q[0]++; return refused(q) }, false},
		"too short":       {func(q []byte) []byte { return refused(q)[:11] }, false},
		"silence":         {func([]byte) []byte { return nil }, false},
	} {
		limit := 200 * time.Millisecond // for what never comes
		if tc.want {
			limit = 10 * time.Second
		}
		ctx, cancel := context.WithTimeout(t.Context(), limit)
		err := NetAsker{}.question(ctx, udpServer(t, tc.answer))
		cancel()
		if (err == nil) != tc.want {
			t.Errorf("%s: got %v, want an answer: %v", name, err, tc.want)
		}
	}
}

func TestAsk(t *testing.T) {
	open := serveConns(t, "tcp", "127.0.0.1:0", func(c net.Conn, _ <-chan struct{}) { io.Copy(io.Discard, c) })
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	asker := NetAsker{Resolver: names{"open": {open.Addr()}, "empty": nil}}
	port := open.String()[len("127.0.0.1"):]
	for reference, want := range map[string]bool{
		open.String(): true, l.Addr().String(): true, "open" + port: true, "empty" + port: false, "gone" + port: false, "nonsense": false,
	} {
		if err := asker.Ask(t.Context(), reference); (err == nil) != want {
			t.Errorf("%s: got %v, want an answer: %v", reference, err, want)
		}
	}
	if err := (NetAsker{}).Ask(t.Context(), "open"+port); err == nil {
		t.Error("a name without a resolver: got no error")
	}
}

// Port 53 is asked over UDP and TCP; either answer will do.
func TestAskPort53(t *testing.T) {
	for _, works := range []string{"udp", "tcp", "neither"} {
		seen := map[string]string{}
		var mu sync.Mutex
		asker := NetAsker{Dialer: dialFunc(func(_ context.Context, network, address string) (net.Conn, error) {
			mu.Lock()
			seen[network] = address
			mu.Unlock()
			if network != works {
				return nil, syscall.ENETUNREACH
			}
			ours, theirs := net.Pipe()
			go func() {
				buf := make([]byte, 512)
				if n, err := theirs.Read(buf); err == nil {
					buf[2] |= 0x80
					theirs.Write(buf[:n])
				}
				theirs.Close()
			}()
			return ours, nil
		})}
		err := asker.Ask(t.Context(), "[2001:db8::53]:53")
		if (err == nil) != (works != "neither") {
			t.Errorf("%s: got %v", works, err)
		}
		if seen["udp"] != "[2001:db8::53]:53" || seen["tcp"] != "[2001:db8::53]:53" {
			t.Errorf("%s: got %v dialled, want both", works, seen)
		}
	}
}

type askFunc func(ctx context.Context, reference string) error

func (f askFunc) Ask(ctx context.Context, reference string) error { return f(ctx, reference) }

func TestWitnessSharesRounds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		asks := map[string]int{}
		w := witness{references: []string{"a:1", "b:1"}, asker: askFunc(func(ctx context.Context, r string) error {
			mu.Lock()
			asks[r]++
			mu.Unlock()
			<-time.After(time.Second)
			if r == "b:1" {
				return nil
			}
			return errors.New("silence")
		})}
		began := time.Now()
		var wg sync.WaitGroup
		for range 100 {
			wg.Go(func() {
				if got := w.ask(t.Context(), began); got != AnchorAnswered {
					t.Errorf("got %v want %v: one of two is enough", got, AnchorAnswered)
				}
			})
		}
		wg.Wait()
		if asks["a:1"] != 1 || asks["b:1"] != 1 {
			t.Errorf("got %v questions for 100 who ask, want one each", asks)
		}
		w.ask(t.Context(), time.Now())
		if asks["b:1"] != 2 {
			t.Errorf("got %v questions, want a new round for newer news", asks)
		}
	})
}

func TestWitnessSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := witness{references: []string{"a:1"}, asker: askFunc(func(ctx context.Context, _ string) error {
			<-ctx.Done()
			return ctx.Err()
		})}
		start := time.Now()
		if got := w.ask(t.Context(), start); got != AnchorSilent || time.Since(start) != referenceTimeout {
			t.Errorf("got %v after %v, want silence after %v", got, time.Since(start), referenceTimeout)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if got := w.ask(ctx, time.Now()); got != AnchorUnasked {
			t.Errorf("got %v want %v: who is shut down heard nothing", got, AnchorUnasked)
		}
		if got := (&witness{}).ask(t.Context(), start); got != AnchorNone {
			t.Errorf("got %v want %v", got, AnchorNone)
		}
	})
}

func TestIsolationTable(t *testing.T) {
	for _, tc := range []struct {
		name   string
		was    bool
		census census
		anchor Anchor
		want   bool
	}{
		{"half of four, references silent", false, census{4, 2}, AnchorSilent, true},
		{"less than half", false, census{5, 2}, AnchorSilent, false},
		{"two targets say nothing", false, census{2, 2}, AnchorSilent, false},
		{"references answered", false, census{4, 4}, AnchorAnswered, false},
		{"not asked yet", false, census{4, 4}, AnchorUnasked, false},
		{"stays while not asked", true, census{4, 4}, AnchorUnasked, true},
		{"ends by an answer", true, census{4, 4}, AnchorAnswered, false},
		{"ends by the targets", true, census{4, 1}, AnchorUnasked, false},
	} {
		i := isolation{isolated: tc.was}
		if changed := i.update(tc.census, tc.anchor); i.isolated != tc.want || changed != (tc.was != tc.want) {
			t.Errorf("%s: got %v, changed %v; want %v", tc.name, i.isolated, changed, tc.want)
		}
	}
}

func FuzzReference(f *testing.F) {
	for _, s := range []string{"192.0.2.53:53", "[2001:db8::1]:853", "ns1.example.com:53", ":53", "a:0", "a:99999", "[::1%lo]:1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if ValidateReference(s) != nil {
			return
		}
		host, _, err := net.SplitHostPort(s)
		if err != nil {
			t.Fatalf("%q was accepted but does not split: %v", s, err)
		}
		if _, err := netip.ParseAddr(host); err != nil && host == "" {
			t.Fatalf("%q was accepted without a host", s)
		}
	})
}
