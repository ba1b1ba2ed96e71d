package simnet

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

func listenPacket(t *testing.T, h *Host) net.PacketConn {
	t.Helper()
	p, err := h.ListenPacket(":7946")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

// drain returns the packets that wait in a socket.
func drain(t *testing.T, p net.PacketConn) (out []string) {
	t.Helper()
	b := make([]byte, 2048)
	for {
		if err := p.SetReadDeadline(time.Now().Add(time.Nanosecond)); err != nil {
			t.Fatal(err)
		}
		n, _, err := p.ReadFrom(b)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, string(b[:n]))
	}
}

func TestPackets(t *testing.T) {
	tests := []struct {
		name  string
		alter func(*Link)
		want  func(n int) bool // of 1000 packets of 100 bytes
	}{
		{"whole", func(*Link) {}, func(n int) bool { return n == 1000 }},
		{"lossy", func(l *Link) { l.Loss = 0.2 }, func(n int) bool { return n > 740 && n < 860 }},
		{"twice", func(l *Link) { l.Duplicate = 0.5 }, func(n int) bool { return n > 1420 && n < 1580 }},
		{"narrow", func(l *Link) { l.MTU = 99 }, func(n int) bool { return n == 0 }},
		{"just wide enough", func(l *Link) { l.MTU = 100 }, func(n int) bool { return n == 1000 }},
		{"cut", func(l *Link) { l.Cut = true }, func(n int) bool { return n == 0 }},
		{"no packets", func(l *Link) { l.NoPackets = true }, func(n int) bool { return n == 0 }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := New(1)
				a, b := listenPacket(t, n.Host("10.0.0.1")), listenPacket(t, n.Host("10.0.0.2"))
				n.Change([]string{"10.0.0.1"}, []string{"10.0.0.2"}, test.alter)
				got := 0
				for range 1000 {
					if _, err := a.WriteTo(make([]byte, 100), b.LocalAddr()); err != nil {
						t.Fatal(err)
					}
					time.Sleep(10 * time.Millisecond)
					got += len(drain(t, b))
				}
				if !test.want(got) {
					t.Errorf("%d packets arrived of 1000", got)
				}
				if _, err := b.WriteTo([]byte("back"), a.LocalAddr()); err != nil {
					t.Fatal(err)
				}
				time.Sleep(10 * time.Millisecond)
				if back := drain(t, a); len(back) != 1 {
					t.Errorf("the other way got %q, want one packet", back)
				}
			})
		})
	}
}

func TestDelayIsWithinJitter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := New(7)
		n.SetAll(Link{Delay: 30 * time.Millisecond, Jitter: 20 * time.Millisecond})
		a, b := listenPacket(t, n.Host("10.0.0.1")), listenPacket(t, n.Host("10.0.0.2"))
		least, most := time.Hour, time.Duration(0)
		buf := make([]byte, 10)
		for range 200 {
			start := time.Now()
			if _, err := a.WriteTo([]byte("x"), b.LocalAddr()); err != nil {
				t.Fatal(err)
			}
			if _, _, err := b.ReadFrom(buf); err != nil {
				t.Fatal(err)
			}
			least, most = min(least, time.Since(start)), max(most, time.Since(start))
		}
		if least < 30*time.Millisecond || most > 50*time.Millisecond || most-least < 15*time.Millisecond {
			t.Errorf("delays from %v to %v, want them spread over 30ms .. 50ms", least, most)
		}
	})
}

// What happens to the packets of one link follows from the seed, whatever other
// links carry.
func TestFaultsFollowFromTheSeed(t *testing.T) {
	run := func(t *testing.T, seed uint64, noise bool) (got []string) {
		synctest.Test(t, func(t *testing.T) {
			n := New(seed)
			n.SetAll(Link{Delay: time.Millisecond, Loss: 0.5})
			a, b := listenPacket(t, n.Host("10.0.0.1")), listenPacket(t, n.Host("10.0.0.2"))
			other := listenPacket(t, n.Host("10.0.0.3"))
			for i := range 64 {
				if noise {
					other.WriteTo([]byte("noise"), a.LocalAddr())
				}
				a.WriteTo([]byte{byte(i)}, b.LocalAddr())
				time.Sleep(5 * time.Millisecond)
			}
			got = drain(t, b)
		})
		return got
	}
	first := bytes.Join(asBytes(run(t, 1, false)), nil)
	if again := bytes.Join(asBytes(run(t, 1, true)), nil); !bytes.Equal(first, again) {
		t.Errorf("one seed, two runs: %x and %x", first, again)
	}
	if other := bytes.Join(asBytes(run(t, 2, false)), nil); bytes.Equal(first, other) {
		t.Errorf("seeds 1 and 2 both gave %x", first)
	}
}

func asBytes(in []string) (out [][]byte) {
	for _, s := range in {
		out = append(out, []byte(s))
	}
	return out
}

// pair returns both ends of a stream from 10.0.0.1 to 10.0.0.2.
func pair(t *testing.T, n *Network) (near, far net.Conn) {
	t.Helper()
	l, err := n.Host("10.0.0.2").Listen("0.0.0.0:80")
	if err != nil {
		t.Fatal(err)
	}
	near, err = n.Host("10.0.0.1").Dial(t.Context(), "10.0.0.2:80")
	if err != nil {
		t.Fatal(err)
	}
	far, err = l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { near.Close(); far.Close(); l.Close() })
	return near, far
}

func TestStreamCarriesEverythingInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := New(3)
		n.SetAll(Link{Delay: 5 * time.Millisecond, Jitter: 50 * time.Millisecond, Loss: 0.3})
		near, far := pair(t, n)
		sent := make([]byte, 3*window)
		for i := range sent {
			sent[i] = byte(i * 7)
		}
		go func() {
			for rest := sent; len(rest) > 0; {
				k := min(len(rest), 10_000)
				near.Write(rest[:k])
				rest = rest[k:]
			}
			near.Close()
		}()
		got, err := io.ReadAll(far)
		if err != nil || !bytes.Equal(got, sent) {
			t.Errorf("got %d bytes and %v, want the %d sent", len(got), err, len(sent))
		}
	})
}

func TestStreamErrors(t *testing.T) {
	tests := []struct {
		name string
		do   func(t *testing.T, n *Network, near, far net.Conn) error
		want error
	}{
		{"read deadline", func(t *testing.T, _ *Network, near, _ net.Conn) error {
			near.SetReadDeadline(time.Now().Add(time.Second))
			_, err := near.Read(make([]byte, 1))
			return err
		}, os.ErrDeadlineExceeded},
		{"deadline moved while reading", func(t *testing.T, _ *Network, near, _ net.Conn) error {
			time.AfterFunc(time.Second, func() { near.SetReadDeadline(time.Unix(1, 0)) })
			_, err := near.Read(make([]byte, 1))
			return err
		}, os.ErrDeadlineExceeded},
		{"full window", func(t *testing.T, _ *Network, near, _ net.Conn) error {
			near.SetWriteDeadline(time.Now().Add(time.Second))
			n, err := near.Write(make([]byte, window+1))
			if n != window {
				t.Errorf("wrote %d bytes, want %d", n, window)
			}
			return err
		}, os.ErrDeadlineExceeded},
		{"other end closed", func(t *testing.T, _ *Network, near, far net.Conn) error {
			far.Close()
			_, err := near.Read(make([]byte, 1))
			return err
		}, io.EOF},
		{"written to a closed end", func(t *testing.T, _ *Network, near, far net.Conn) error {
			far.Close()
			near.Write([]byte("lost"))
			time.Sleep(time.Second)
			_, err := near.Write([]byte("x"))
			return err
		}, syscall.ECONNRESET},
		{"cut for long", func(t *testing.T, n *Network, near, _ net.Conn) error {
			n.Split([]string{"10.0.0.1"}, []string{"10.0.0.2"})
			near.Write([]byte("lost"))
			time.Sleep(time.Minute)
			_, err := near.Write([]byte("x"))
			return err
		}, syscall.ETIMEDOUT},
		{"killed", func(t *testing.T, n *Network, near, _ net.Conn) error {
			n.Host("10.0.0.1").Kill()
			_, err := near.Read(make([]byte, 1))
			return err
		}, net.ErrClosed},
		{"nobody listens", func(t *testing.T, n *Network, _, _ net.Conn) error {
			_, err := n.Host("10.0.0.1").Dial(t.Context(), "10.0.0.2:81")
			return err
		}, syscall.ECONNREFUSED},
		{"no way there", func(t *testing.T, n *Network, _, _ net.Conn) error {
			n.Cut([]string{"10.0.0.2"}, []string{"10.0.0.1"})
			ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
			defer cancel()
			_, err := n.Host("10.0.0.1").Dial(ctx, "10.0.0.2:80")
			return err
		}, os.ErrDeadlineExceeded},
		{"port taken", func(t *testing.T, n *Network, _, _ net.Conn) error {
			_, err := n.Host("10.0.0.2").Listen(":80")
			return err
		}, syscall.EADDRINUSE},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := New(1)
				near, far := pair(t, n)
				if err := test.do(t, n, near, far); !errors.Is(err, test.want) {
					t.Errorf("got %v, want %v", err, test.want)
				}
			})
		})
	}
}

func TestStreamSurvivesAShortCut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := New(1)
		near, far := pair(t, n)
		n.Split([]string{"10.0.0.1"}, []string{"10.0.0.2"})
		near.Write([]byte("patience"))
		time.AfterFunc(10*time.Second, n.Heal)
		start := time.Now()
		got := make([]byte, 8)
		if _, err := io.ReadFull(far, got); err != nil || string(got) != "patience" {
			t.Fatalf("got %q and %v", got, err)
		}
		if took := time.Since(start); took < 10*time.Second || took > 14*time.Second {
			t.Errorf("arrived after %v, want soon after 10s", took)
		}
	})
}

func TestFrozenHostSpeaksAfterThaw(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := New(1)
		a, b := listenPacket(t, n.Host("10.0.0.1")), listenPacket(t, n.Host("10.0.0.2"))
		n.Host("10.0.0.1").Freeze()
		a.WriteTo([]byte("out"), b.LocalAddr())
		b.WriteTo([]byte("in"), a.LocalAddr())
		time.Sleep(time.Minute)
		if got := append(drain(t, a), drain(t, b)...); len(got) != 0 {
			t.Errorf("a frozen host passed %q", got)
		}
		n.Host("10.0.0.1").Thaw()
		time.Sleep(time.Second)
		if got := append(drain(t, a), drain(t, b)...); len(got) != 2 {
			t.Errorf("after the thaw got %q, want both packets", got)
		}
	})
}
