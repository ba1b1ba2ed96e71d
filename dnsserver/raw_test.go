package dnsserver

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"

	"meridian/internal/dnstest"
)

// packet puts a message together from octets: four counts, then the rest.
func packet(flags uint16, counts [4]uint16, rest ...string) []byte {
	b := binary.BigEndian.AppendUint16([]byte{0x12, 0x34}, flags)
	for _, c := range counts {
		b = binary.BigEndian.AppendUint16(b, c)
	}
	return append(b, strings.Join(rest, "")...)
}

const (
	askSingle = "\x06single\x03gtm\x04test\x00\x00\x01\x00\x01"
	plainOPT  = "\x00\x00\x29\x04\xd0\x00\x00\x00\x00\x00\x00"
	someA     = "\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x05\x00\x04\x01\x02\x03\x04"
)

// withOption returns an OPT record with one option.
func withOption(code byte, data string) string {
	return "\x00\x00\x29\x04\xd0\x00\x00\x00\x00\x00" + string(rune(4+len(data))) +
		"\x00" + string([]byte{code}) + "\x00" + string([]byte{byte(len(data))}) + data
}

// rawPacket is a message by octets and the response code it gets; -1: silence.
type rawPacket struct {
	name   string
	packet []byte
	want   int
}

func rawPackets() []rawPacket {
	one, edns := [4]uint16{1, 0, 0, 0}, [4]uint16{1, 0, 0, 1}
	label := "\x3f" + strings.Repeat("x", 63)
	long := strings.Repeat(label, 3)
	return []rawPacket{
		{"qdcount 0", packet(0, [4]uint16{}), 1},
		{"qdcount 2", packet(0, [4]uint16{2, 0, 0, 0}, askSingle, askSingle), 1},
		{"qdcount 65535", packet(0, [4]uint16{65535, 0, 0, 0}, askSingle), 1},
		{"qdcount 1 without question", packet(0, one), 1},
		{"qr=1", packet(0x8000, one, askSingle), -1},
		{"qr=1 with opcode notify", packet(0xa000, one, askSingle), -1},
		{"ancount 1", packet(0, [4]uint16{1, 1, 0, 0}, askSingle, someA), 1},
		{"nscount 1", packet(0, [4]uint16{1, 0, 1, 0}, askSingle, someA), 1},
		{"arcount 1 with a stray record", packet(0, edns, askSingle, someA), 0},
		{"arcount 1 without record", packet(0, edns, askSingle), 1},
		{"two opt", packet(0, [4]uint16{1, 0, 0, 2}, askSingle, plainOPT, plainOPT), 1},
		{"opt in authority", packet(0, [4]uint16{1, 0, 1, 0}, askSingle, plainOPT), 1},
		{"opt with owner", packet(0, edns, askSingle, "\x01x", plainOPT), 1},
		{"opt with pointer owner", packet(0, edns, askSingle, "\xc0\x0c", plainOPT[1:]), 1},
		{"opt rdlen overrun", packet(0, edns, askSingle, plainOPT[:10], "\x09"), 1},
		{"opt cut", packet(0, edns, askSingle, plainOPT[:7]), 1},
		{"option overrun", packet(0, edns, askSingle, plainOPT[:10], "\x04\x00\x64\x00\x09"), 1},
		{"option header cut", packet(0, edns, askSingle, plainOPT[:10], "\x03\x00\x64\x00"), 1},
		{"opt version 1 with two options cut", packet(0, edns, askSingle, "\x00\x00\x29\x04\xd0\x00\x01\x00\x00\x00\x03\x00\x64\x00"), 16},
		{"ecs empty", packet(0, edns, askSingle, withOption(8, "")), 1},
		{"ecs family 0", packet(0, edns, askSingle, withOption(8, "\x00\x00\x00\x00")), 1},
		{"ecs family 3", packet(0, edns, askSingle, withOption(8, "\x00\x03\x18\x00\x01\x02\x03")), 1},
		{"ecs scope not 0", packet(0, edns, askSingle, withOption(8, "\x00\x01\x18\x18\x01\x02\x03")), 1},
		{"ecs bits beyond source", packet(0, edns, askSingle, withOption(8, "\x00\x01\x17\x00\x01\x02\x03")), 1},
		{"ecs too short", packet(0, edns, askSingle, withOption(8, "\x00\x01\x18\x00\x01\x02")), 1},
		{"ecs too long", packet(0, edns, askSingle, withOption(8, "\x00\x01\x18\x00\x01\x02\x03\x00")), 1},
		{"ecs source 33", packet(0, edns, askSingle, withOption(8, "\x00\x01\x21\x00\x01\x02\x03\x04\x00")), 1},
		{"ecs source 129", packet(0, edns, askSingle, withOption(8, "\x00\x02\x81\x00"+strings.Repeat("\x00", 17))), 1},
		{"ecs twice", packet(0, edns, askSingle, "\x00\x00\x29\x04\xd0\x00\x00\x00\x00\x00\x10", strings.Repeat("\x00\x08\x00\x04\x00\x01\x00\x00", 2)), 1},
		{"cookie of 9", packet(0, edns, askSingle, withOption(10, "123456789")), 1},
		{"cookie of 15", packet(0, edns, askSingle, withOption(10, "123456789012345")), 1},
		{"cookie of 16", packet(0, edns, askSingle, withOption(10, "1234567890123456")), 0},
		{"cookie of 40", packet(0, edns, askSingle, withOption(10, strings.Repeat("c", 40))), 0},
		{"cookie of 41", packet(0, edns, askSingle, withOption(10, strings.Repeat("c", 41))), 1},
		{"cookie empty", packet(0, edns, askSingle, withOption(10, "")), 1},
		{"pointer loop in question", packet(0, one, "\xc0\x0c\x00\x01\x00\x01"), 1},
		{"pointer forward in question", packet(0, one, "\xc0\x20\x00\x01\x00\x01"), 1},
		{"pointer into header", packet(0, one, "\x01x\xc0\x00\x00\x01\x00\x01"), 1},
		{"pointer loop in additional", packet(0, edns, askSingle, "\xc0\x22", plainOPT[1:]), 1},
		{"pointer forward in additional", packet(0, edns, askSingle, "\xc0\x60", plainOPT[1:]), 1},
		{"label type 0x40", packet(0, one, "\x40single\x00\x00\x01\x00\x01"), 1},
		{"label type 0x80", packet(0, one, "\x80single\x00\x00\x01\x00\x01"), 1},
		{"name of 255", packet(0, one, long, "\x3d", strings.Repeat("x", 61), "\x00\x00\x01\x00\x01"), 5},
		{"name of 256", packet(0, one, long, "\x3e", strings.Repeat("x", 62), "\x00\x00\x01\x00\x01"), 1},
		{"name without end", packet(0, one, "\x06single"), 1},
		{"trailing garbage", packet(0, one, askSingle, "garbage"), 1},
		{"11 octets", packet(0, one)[:11], -1},
		{"nothing but a header", packet(0, [4]uint16{}), 1},
		{"root", packet(0, one, "\x00\x00\x02\x00\x01"), 5},
		{"notify", packet(4<<11, one, askSingle), 4},
		{"update", packet(5<<11, one, askSingle), 4},
		{"iquery", packet(1<<11, [4]uint16{0, 1, 0, 0}, someA[2:]), 4},
		{"dso", packet(6<<11, [4]uint16{}, "\x00\x01\x00\x08\x00\x00\x3a\x98\x00\x00\x3a\x98"), 4},
		{"opcode 15 with garbage", packet(15<<11, [4]uint16{9, 9, 9, 9}, "\xff\xff\xff"), 4},
		{"z bit", packet(0x40, one, askSingle), 0},
		{"type 0", packet(0, one, "\x06single\x03gtm\x04test\x00\x00\x00\x00\x01"), 0},
		{"class 0", packet(0, one, "\x06single\x03gtm\x04test\x00\x00\x01\x00\x00"), 5},
		{"class chaos version.bind", packet(0, one, "\x07version\x04bind\x00\x00\x10\x00\x03"), 5},
		{"class any", packet(0, one, "\x06single\x03gtm\x04test\x00\x00\x01\x00\xff"), 5},
	}
}

// TestRawPackets sends messages no resolver sends. Each is answered as stated
// over both transports, and what could be read of the question is echoed.
func TestRawPackets(t *testing.T) {
	s := startServer(t, testOptions(), newWorld(t).view)
	for _, c := range rawPackets() {
		t.Run(c.name, func(t *testing.T) {
			if c.want < 0 {
				if !silent(t, s, c.packet) {
					t.Errorf("got a reply, want silence")
				}
				return
			}
			reply, err := dnstest.UDP(s.Addrs()[0], c.packet, dnstest.Patience)
			if err != nil {
				t.Fatal(err)
			}
			checkRaw(t, c, reply)
			overTCP, err := dnstest.TCP(s.Addrs()[0], c.packet, dnstest.Patience)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasPrefix(c.name, "cookie") && !bytes.Equal(reply, overTCP) {
				t.Errorf("over UDP %x\nover TCP %x", reply, overTCP)
			}
		})
	}
}

func checkRaw(t *testing.T, c rawPacket, reply []byte) {
	t.Helper()
	var m dns.Msg
	if err := m.Unpack(reply); err != nil {
		t.Fatalf("reply %x: %v", reply, err)
	}
	got := m.Rcode
	if opt := m.IsEdns0(); opt != nil {
		got = opt.ExtendedRcode()&^15 | got&15
	}
	if got != c.want {
		t.Errorf("got rcode %d, want %d", got, c.want)
	}
	if m.Id != 0x1234 || !m.Response || m.RecursionAvailable || m.AuthenticatedData || m.Zero {
		t.Errorf("got header %+v", m.MsgHdr)
	}
	if wantOp := int(c.packet[2] >> 3 & 15); m.Opcode != wantOp {
		t.Errorf("got opcode %d, want %d", m.Opcode, wantOp)
	}
	if c.want != 0 && len(m.Answer)+len(m.Ns) > 0 {
		t.Errorf("an error with records: %v", &m)
	}
}

// TestTruncatedQueries cuts a query at every octet: no cut is answered with
// data.
func TestTruncatedQueries(t *testing.T) {
	w := newTestWorker(t, testOptions(), newWorld(t).view)
	query, err := dnstest.Query("A contoso.gtm.test. +subnet=81.0.0.0/24 +cookie=2464c4abcf10c957 +nsid")
	if err != nil {
		t.Fatal(err)
	}
	for size := range query {
		reply := w.respond(nil, query[:size], someClient(UDP), time.Unix(1559731985, 0))
		if size < headerSize {
			if len(reply) != 0 {
				t.Errorf("%d octets: got a reply, want silence", size)
			}
			continue
		}
		if len(reply) < headerSize || reply[3]&15 != byte(rcodeFormErr) {
			t.Errorf("%d octets: got %x, want FORMERR", size, reply)
		}
	}
}
