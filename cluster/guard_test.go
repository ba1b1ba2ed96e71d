package cluster

import (
	"bytes"
	"compress/lzw"
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
)

// testGuard returns the guard of the worlds, and its key.
func testGuard(t testing.TB) *guard {
	t.Helper()
	keys, err := newKeyRing([][]byte{slices.Repeat([]byte{7}, 32)})
	if err != nil {
		t.Fatal(err)
	}
	return &guard{label: "contoso", keys: keys}
}

// sealed makes a packet as a node with the key of a guard would.
func (g *guard) sealed(plain []byte) []byte {
	b := append([]byte{wireLabel, byte(len(g.label))}, g.label...)
	return append(b, g.seal(plain, []byte(g.label))...)
}

func (g *guard) seal(plain, bound []byte) []byte {
	nonce := make([]byte, 12)
	rand.Read(nonce)
	return (*g.keys.keys.Load())[0].aead.Seal(append([]byte{1}, nonce...), nonce, plain, bound)
}

// streamed makes what a stream of such a node carries.
func (g *guard) streamed(plain []byte) []byte {
	front := binary.BigEndian.AppendUint32([]byte{wireSealed}, uint32(len(plain)+sealTotal))
	b := append([]byte{wireLabel, byte(len(g.label))}, g.label...)
	return append(append(b, front...), g.seal(plain, append(front, g.label...))...)
}

// Values as MessagePack writes them.
func mpMap(n int) []byte { return []byte{0x80 | byte(n)} }

func mpText(s string) []byte { return append([]byte{0xa0 | byte(len(s))}, s...) }

func mpInt(n uint32) []byte { return binary.BigEndian.AppendUint32([]byte{0xce}, n) }

func mpBytes(b []byte) []byte {
	return append(binary.BigEndian.AppendUint32([]byte{0xc6}, uint32(len(b))), b...)
}

// lzwBomb is a megabyte or so that unpacks to size bytes.
func lzwBomb(t testing.TB, size int) []byte {
	t.Helper()
	var packed bytes.Buffer
	w := lzw.NewWriter(&packed, lzw.LSB, 8)
	if _, err := w.Write(make([]byte, size)); err != nil {
		t.Fatal(err)
	}
	w.Close()
	return slices.Concat([]byte{wireCompressed}, mpMap(2), mpText("Algo"), []byte{0}, mpText("Buf"), mpBytes(packed.Bytes()))
}

func compound(parts ...[]byte) []byte {
	b := []byte{wireCompound, byte(len(parts))}
	for _, p := range parts {
		b = binary.BigEndian.AppendUint16(b, uint16(len(p)))
	}
	return append(b, bytes.Join(parts, nil)...)
}

// packetCases are packets, sealed where nothing else is said, and what becomes
// of them.
func packetCases(t testing.TB, g *guard) map[string]struct {
	packet []byte
	want   error
} {
	t.Helper()
	ack := slices.Concat([]byte{wireAck}, mpMap(2), mpText("SeqNo"), mpInt(1), mpText("Payload"), []byte{0xc0})
	other := &guard{label: "contosO", keys: g.keys}
	flipped := g.sealed(ack)
	flipped[len(flipped)-1] ^= 1
	type c = struct {
		packet []byte
		want   error
	}
	return map[string]c{
		"ack":                {g.sealed(ack), nil},
		"compound":           {g.sealed(compound(ack, ack)), nil},
		"checksummed":        {g.sealed(append([]byte{wireChecksum, 1, 2, 3, 4}, ack...)), nil},
		"nothing":            {nil, refusedLabel},
		"no label":           {g.seal(ack, nil), refusedLabel},
		"half a label":       {[]byte{wireLabel, 7, 'c', 'o'}, refusedLabel},
		"another label":      {other.sealed(ack), refusedLabel},
		"not sealed":         {append([]byte{wireLabel, 7}, "contoso\x02\x80"...), refusedPlain},
		"old seal":           {append([]byte{wireLabel, 7}, "contoso\x00"+string(make([]byte, 60))...), refusedPlain},
		"seal of nothing":    {g.sealed(nil), refusedSize},
		"one bit":            {flipped, refusedKey},
		"huge":               {make([]byte, maxPacket+1), refusedSize},
		"compressed":         {g.sealed(lzwBomb(t, 100_000)), refusedCompressed},
		"compressed inside":  {g.sealed(compound(ack, lzwBomb(t, 100_000))), refusedCompressed},
		"compound inside":    {g.sealed(compound(compound(ack))), refusedMalformed},
		"compound too short": {g.sealed([]byte{wireCompound, 200, 0, 1}), refusedMalformed},
		"part too long":      {g.sealed([]byte{wireCompound, 1, 0xff, 0xff, wireAck}), refusedMalformed},
		"push/pull":          {g.sealed(slices.Concat([]byte{wirePushPull}, mpMap(0))), refusedMalformed},
		"unknown":            {g.sealed([]byte{200}), refusedMalformed},
		"list without end":   {g.sealed([]byte{wireAlive, 0xdd, 0xff, 0xff, 0xff, 0xff}), refusedMalformed},
		"text without end":   {g.sealed([]byte{wireDead, 0xdb, 0xff, 0xff, 0xff, 0xff}), refusedMalformed},
		"deep":               {g.sealed(append([]byte{wireAck}, bytes.Repeat([]byte{0x91}, 1000)...)), refusedMalformed},
		"trailing":           {g.sealed(append(ack, 1)), refusedMalformed},
	}
}

func TestGuardPackets(t *testing.T) {
	g := testGuard(t)
	for name, c := range packetCases(t, g) {
		t.Run(name, func(t *testing.T) {
			if err := g.packet(c.packet, nil); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

// streamCases are what streams carry, and what becomes of it.
func streamCases(t testing.TB, g *guard) map[string]struct {
	said []byte
	want error
} {
	t.Helper()
	header := func(nodes, state uint32) []byte {
		return slices.Concat([]byte{wirePushPull}, mpMap(3), mpText("Nodes"), mpInt(nodes), mpText("UserStateLen"), mpInt(state), mpText("Join"), []byte{0xc3})
	}
	user := func(n uint32) []byte {
		return slices.Concat([]byte{wireUser}, mpMap(1), mpText("UserMsgLen"), mpInt(n))
	}
	node := slices.Concat(mpMap(1), mpText("Vsn"), []byte{0x91, 1}) // too few versions: memberlist's to refuse
	declared := append([]byte{wireLabel, 7}, "contoso"...)
	declared = binary.BigEndian.AppendUint32(append(declared, wireSealed), 20<<20)
	type c = struct {
		said []byte
		want error
	}
	return map[string]c{
		"push/pull":          {g.streamed(slices.Concat(header(1, 3), node, []byte("abc"))), nil},
		"message":            {g.streamed(append(user(3), "abc"...)), nil},
		"ping":               {g.streamed(slices.Concat([]byte{wirePing}, mpMap(1), mpText("SeqNo"), mpInt(1))), nil},
		"no label":           {append([]byte{wirePushPull}, make([]byte, 100)...), refusedLabel},
		"half a label":       {[]byte{wireLabel, 7, 'c'}, refusedLabel},
		"plain push/pull":    {append(append([]byte{wireLabel, 7}, "contoso"...), header(0, 0)...), refusedPlain},
		"20 MiB declared":    {declared, refusedSize},
		"sealed nothing":     {g.streamed(nil), refusedSize},
		"a million nodes":    {g.streamed(header(1<<20, 0)), refusedMalformed},
		"5000 empty nodes":   {g.streamed(append(header(5000, 0), bytes.Repeat([]byte{0x80}, 5000)...)), refusedMalformed},
		"nodes that lack":    {g.streamed(append(header(1000, 0), node...)), refusedMalformed},
		"state that lacks":   {g.streamed(header(0, 20<<20)), refusedMalformed},
		"message that lacks": {g.streamed(append(user(20<<20), "abc"...)), refusedMalformed},
		"bomb":               {g.streamed(lzwBomb(t, 64<<20)), refusedCompressed},
		"unknown":            {g.streamed([]byte{99}), refusedMalformed},
	}
}

func TestGuardStreams(t *testing.T) {
	g := testGuard(t)
	for name, c := range streamCases(t, g) {
		t.Run(name, func(t *testing.T) {
			got, err := g.readStream(bytes.NewReader(c.said), true, func(int) bool { return true })
			if !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
			if err == nil && !bytes.Equal(got, c.said) {
				t.Errorf("passed on %d bytes, want the %d that came", len(got), len(c.said))
			}
		})
	}
}

func TestGuardCutStream(t *testing.T) {
	g := testGuard(t)
	whole := g.streamed(slices.Concat([]byte{wireUser}, mpMap(1), mpText("UserMsgLen"), mpInt(3), []byte("abc")))
	for n := range whole {
		if _, err := g.readStream(bytes.NewReader(whole[:n]), true, func(int) bool { return true }); err == nil {
			t.Fatalf("%d of %d bytes pass", n, len(whole))
		}
	}
	room := 0
	_, err := g.readStream(bytes.NewReader(whole), true, func(n int) bool { room += n; return false })
	if !errors.Is(err, refusedFlood) || room != len(whole)-14 {
		t.Errorf("without room got %v after asking for %d bytes, want %v after %d", err, room, refusedFlood, len(whole)-14)
	}
}

func FuzzGuardPacket(f *testing.F) {
	g := testGuard(f)
	for _, c := range packetCases(f, g) {
		if plain, err := g.open(c.packet[min(9, len(c.packet)):], []byte(g.label)); err == nil {
			f.Add(plain)
		}
	}
	f.Fuzz(func(t *testing.T, plain []byte) {
		parts := 0
		err := walkMessages(plain, true, func(kind byte, _ []byte) {
			if parts++; kind == wireCompressed || kind == wireCompound || kind == wirePushPull {
				t.Errorf("type %d was let in", kind)
			}
		})
		if err == nil && parts == 0 && (len(plain) < 2 || plain[0] != wireCompound || plain[1] != 0) {
			t.Errorf("%x was let in without a message", plain)
		}
		_ = g.stream(plain) // must only not end the process
	})
}

// counting is a log that counts its lines by second.
type counting struct {
	slog.Handler
	mu    *sync.Mutex
	lines map[int64]int
	kinds map[string]int
}

func newCounting() counting {
	return counting{Handler: slog.DiscardHandler, mu: &sync.Mutex{}, lines: map[int64]int{}, kinds: map[string]int{}}
}

func (c counting) Enabled(_ context.Context, l slog.Level) bool { return l >= slog.LevelInfo }

func (c counting) Handle(_ context.Context, r slog.Record) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lines[r.Time.Unix()]++
	r.Attrs(func(a slog.Attr) bool {
		if a.Key == "reason" {
			c.kinds[r.Message+" "+a.Value.String()]++
		}
		return true
	})
	return nil
}

// most returns the most lines in a second.
func (c counting) most() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Max(append(slices.Collect(maps.Values(c.lines)), 0))
}

func (c counting) saw(kind string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.kinds[kind] > 0
}

// refusals is how many packets or streams a node kept out.
func (n *inhabitant) refusals(path string, why refusal) int {
	return int(testutil.ToFloat64(n.cluster.gossip.metrics.refused.WithLabelValues(path, string(why))))
}

// B9: somebody without the key sends garbage, memberlist's own messages in the
// clear, and opens streams.
func TestStranger(t *testing.T) {
	inBubble(t, 20, 3, func(t *testing.T, w *world) {
		log := newCounting()
		w.log = slog.New(log)
		w.startAll()
		w.within(5*time.Second, "whole", w.whole)
		pass(2 * time.Second)
		host := w.net.Host("10.0.9.9")
		p, err := host.ListenPacket(":1")
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		alive := slices.Concat([]byte{wireAlive}, mpMap(2), mpText("Incarnation"), mpInt(1), mpText("Node"), mpText("evil"))
		garbage := make([]byte, 600)
		target := w.nodes[0].cluster.transport.packets.LocalAddr()
		for range 10 {
			for range 500 {
				rand.Read(garbage)
				p.WriteTo(garbage, target)
				p.WriteTo(alive, target)
				p.WriteTo(append(append([]byte{wireLabel, 7}, "contoso"...), alive...), target)
				pass(200 * time.Microsecond)
			}
			c, err := host.Dial(t.Context(), "10.0.0.1:7946")
			if err != nil {
				t.Fatal(err)
			}
			c.Write(append(append([]byte{wireLabel, 7}, "contoso"...), wirePushPull, 0x80))
			c.Write(make([]byte, 100))
			c.Close()
		}
		pass(10 * time.Second)
		if got := w.nodes[0].states(); !maps.Equal(got, map[string]int{stateAlive: 3}) {
			t.Errorf("members %v, want three alive", got)
		}
		if got := w.nodes[0].refusals("packet", refusedLabel); got < 9000 {
			t.Errorf("%d packets refused for their label, want 10,000", got)
		}
		if got := w.nodes[0].refusals("stream", refusedPlain); got != 10 {
			t.Errorf("%d streams refused as plain, want 10", got)
		}
		if got := log.most(); got > 2 {
			t.Errorf("%d log lines in a second, want at most one of packets and one of another matter", got)
		}
	})
}

// B10: a node with another key, or of another label, is no member, and is named.
func TestWrongKeyOrLabel(t *testing.T) {
	tests := []struct {
		name  string
		alter func(*Options)
		why   refusal
	}{
		{"key", func(o *Options) { o.Keys = [][]byte{make([]byte, 32)} }, refusedKey},
		{"label", func(o *Options) { o.Label = "fabrikam" }, refusedLabel},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			inBubble(t, 21, 4, func(t *testing.T, w *world) {
				log := newCounting()
				w.log = slog.New(log)
				for _, n := range w.nodes[:3] {
					n.start()
				}
				w.within(5*time.Second, "whole", w.whole)
				w.alter = test.alter
				w.nodes[3].start()
				w.alter = nil
				pass(2 * time.Minute)
				for i, want := range []int{3, 3, 3, 1} {
					if got := len(w.nodes[i].cluster.Members()); got != want {
						t.Errorf("node %d has %d members, want %d", i, got, want)
					}
				}
				if w.nodes[0].refusals("stream", test.why) == 0 || !log.saw("gossip refused "+string(test.why)) {
					t.Errorf("refused for %q: %d, logged: %v", test.why, w.nodes[0].refusals("stream", test.why), log.saw("gossip refused "+string(test.why)))
				}
			})
		})
	}
}

// B13: somebody with the key sends what is made to grow, many at once, and holds
// the streams open.
func TestBombs(t *testing.T) {
	inBubble(t, 22, 3, func(t *testing.T, w *world) {
		w.startAll()
		w.within(5*time.Second, "whole", w.whole)
		g := testGuard(t)
		packets, streams := packetCases(t, g), streamCases(t, g)
		big := g.streamed(slices.Concat([]byte{wireUser}, mpMap(1), mpText("UserMsgLen"), mpInt(500_000), make([]byte, 500_000)))
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		var open []net.Conn
		for i := range 12 {
			host := w.net.Host("10.0.8." + string(rune('1'+i%9)))
			p, err := host.ListenPacket(":0")
			if err != nil {
				t.Fatal(err)
			}
			for name, c := range packets {
				if c.want != nil || name == "ack" {
					p.WriteTo(c.packet, w.nodes[0].cluster.transport.packets.LocalAddr())
				}
			}
			p.Close()
			say := func(b []byte) {
				c, err := host.Dial(t.Context(), "10.0.0.1:7946")
				if err != nil {
					return
				}
				c.SetDeadline(time.Now().Add(time.Second))
				c.Write(b)
				open = append(open, c)
			}
			for name, c := range streams {
				if c.want != nil || name == "message" {
					say(c.said)
				}
			}
			say(big[:len(big)-1]) // the last byte never comes
		}
		runtime.ReadMemStats(&after)
		pass(20 * time.Second)
		for _, c := range open {
			c.Close()
		}
		if got := int64(after.HeapSys) - int64(before.HeapSys); got > 64<<20 {
			t.Errorf("the heap grew by %d MiB, want at most 64", got>>20)
		}
		for _, why := range []refusal{refusedCompressed, refusedMalformed, refusedSize} {
			if w.nodes[0].refusals("packet", why) == 0 || w.nodes[0].refusals("stream", why) == 0 {
				t.Errorf("nothing was refused for %q", why)
			}
		}
		w.within(5*time.Second, "whole", w.whole)
		w.nodes[0].write("k", 10)
		w.within(5*time.Second, "equal", w.equal)
	})
}

// Streams are let in up to a number, of all and of each address, and come again
// when others have gone.
func TestDoor(t *testing.T) {
	d := newDoor()
	var inside []*guest
	for i := range maxStreams + 8 {
		for range maxFromOne + 1 {
			c := &fakeConn{from: &net.TCPAddr{IP: net.IPv4(10, 0, 0, byte(i)), Port: 1}}
			if g := d.enter(c); g != nil {
				inside = append(inside, g)
			}
		}
	}
	if len(inside) != maxStreams {
		t.Errorf("%d are inside, want %d", len(inside), maxStreams)
	}
	if !inside[0].grow(maxBytes) || inside[1].grow(1) {
		t.Errorf("one stream got all memory, and another some more")
	}
	inside[0].end()
	inside[0].end()
	if !inside[1].grow(1) {
		t.Errorf("memory of a stream that ended is not given back")
	}
	if d.inside != maxStreams-1 || d.from["10.0.0.0"] != maxFromOne-1 {
		t.Errorf("after one left %d are inside, %d of its address", d.inside, d.from["10.0.0.0"])
	}
	d.shut()
	if d.inside != 0 || len(d.from) != 0 || d.bytes != 0 || len(d.conns) != 0 {
		t.Errorf("shut, the door still has %+v", d)
	}
	if d.enter(&fakeConn{from: &net.TCPAddr{}}) != nil {
		t.Errorf("a shut door lets streams in")
	}
}

type fakeConn struct {
	net.Conn
	from net.Addr
}

func (c *fakeConn) RemoteAddr() net.Addr     { return c.from }
func (c *fakeConn) Close() error             { return nil }
func (c *fakeConn) Read([]byte) (int, error) { return 0, io.EOF }
