//go:build linux

package e2e

import (
	"encoding/binary"
	"errors"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"meridian/internal/dnstest"
)

// Parts of messages.
const (
	question = "\x08weighted\x03gtm\x04test\x00\x00\x01\x00\x01"
	optHead  = "\x00\x00\x29\x04\xd0\x00\x00\x00\x00" // an OPT record up to the length of its data
	opt      = optHead + "\x00\x00"
	record   = "\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x05\x00\x04\x01\x02\x03\x04"
	silence  = "silence"
)

// rawCase is a message by octets and the response code it gets.
type rawCase struct {
	name   string
	flags  uint16
	counts [4]uint16
	rest   string
	want   string
}

func (c *rawCase) packet() []byte {
	b := binary.BigEndian.AppendUint16([]byte{0xab, 0xcd}, c.flags)
	for _, n := range c.counts {
		b = binary.BigEndian.AppendUint16(b, n)
	}
	return append(b, c.rest...)
}

// ecs is a question with a client subnet option of the data given.
func ecs(data string) string {
	return question + optHead + "\x00" + string([]byte{byte(4 + len(data))}) + "\x00\x08\x00" + string([]byte{byte(len(data))}) + data
}

// rawCases are the packets of the black-box gate (reference dns.md §4a).
func rawCases() []rawCase {
	one, edns := [4]uint16{1}, [4]uint16{1, 0, 0, 1}
	long := strings.Repeat("\x3f"+strings.Repeat("x", 63), 3)
	tail := "\x00\x00\x01\x00\x01"
	return []rawCase{
		{"qdcount 0", 0, [4]uint16{}, "", "FORMERR"},
		{"qdcount 2", 0, [4]uint16{2}, question + question, "FORMERR"},
		{"qr=1", 0x8000, one, question, silence},
		{"qr=1, an answer of ours", 0x8400, [4]uint16{1, 1}, question + record, silence},
		{"ancount 1", 0, [4]uint16{1, 1}, question + record, "FORMERR"},
		{"two opt", 0, [4]uint16{1, 0, 0, 2}, question + opt + opt, "FORMERR"},
		{"opt with owner", 0, edns, question + "\x01x" + opt, "FORMERR"},
		{"opt rdlen overrun", 0, edns, question + optHead + "\x00\x09", "FORMERR"},
		{"ecs well formed", 0, edns, ecs("\x00\x01\x18\x00\x08\x08\x08"), "NOERROR"},
		{"ecs family 3", 0, edns, ecs("\x00\x03\x18\x00\x08\x08\x08"), "FORMERR"},
		{"ecs scope not 0", 0, edns, ecs("\x00\x01\x18\x01\x08\x08\x08"), "FORMERR"},
		{"ecs bits beyond the mask", 0, edns, ecs("\x00\x01\x17\x00\x08\x08\x09"), "FORMERR"},
		{"ecs too short", 0, edns, ecs("\x00\x01\x18\x00\x08\x08"), "FORMERR"},
		{"ecs too long", 0, edns, ecs("\x00\x01\x18\x00\x08\x08\x08\x00"), "FORMERR"},
		{"pointer loop", 0, one, "\xc0\x0c\x00\x01\x00\x01", "FORMERR"},
		{"pointer forward", 0, one, "\xc0\x20\x00\x01\x00\x01", "FORMERR"},
		{"label type 0x40", 0, one, "\x41weighted" + tail, "FORMERR"},
		{"name of 255 octets", 0, one, long + "\x3d" + strings.Repeat("x", 61) + tail, "REFUSED"},
		{"name of 256 octets", 0, one, long + "\x3e" + strings.Repeat("x", 62) + tail, "FORMERR"},
		{"trailing garbage", 0, one, question + "garbage", "FORMERR"},
		{"notify without tsig", 0x2400, one, "\x03gtm\x04test\x00\x00\x06\x00\x01", "NOTIMP"},
		{"update", 0x2800, one, "\x03gtm\x04test\x00\x00\x06\x00\x01", "NOTIMP"},
		{"iquery", 0x0800, [4]uint16{0, 1}, "\x00" + record[2:], "NOTIMP"},
		{"version.bind", 0, one, "\x07version\x04bind\x00\x00\x10\x00\x03", "REFUSED"},
		{"class any", 0, one, "\x08weighted\x03gtm\x04test\x00\x00\x01\x00\xff", "REFUSED"},
		{"question cut", 0, one, question[:9], "FORMERR"},
		{"nothing wrong", 0, one, question, "NOERROR"},
	}
}

// rawPackets sends each over UDP and TCP, v4 and v6, and wants the same reply.
func (w *world) rawPackets(t *testing.T) {
	for _, c := range rawCases() {
		t.Run(c.name, func(t *testing.T) { w.raw(t, c.packet(), c.want) })
	}
	t.Run("11 octets", func(t *testing.T) { w.raw(t, make([]byte, 11), silence) })
	t.Run("empty", func(t *testing.T) { w.raw(t, nil, silence) })
}

func (w *world) raw(t *testing.T, packet []byte, want string) {
	t.Helper()
	for _, to := range []string{v4(atNS1), v6(atNS2)} {
		addr := netip.AddrPortFrom(netip.MustParseAddr(to), 53)
		w.ns.inside(t, func() {
			if want == silence {
				if got, err := dnstest.UDP(addr, packet, 150*time.Millisecond); !errors.Is(err, os.ErrDeadlineExceeded) {
					t.Errorf("%s: got %x, %v, want silence", to, got, err)
				}
				return
			}
			overUDP, err := dnstest.UDP(addr, packet, dnstest.Patience)
			checkRaw(t, to+" over UDP", packet, overUDP, err, want)
			overTCP, err := dnstest.TCP(addr, packet, dnstest.Patience)
			checkRaw(t, to+" over TCP", packet, overTCP, err, want)
		})
	}
	w.ask(t, at(atNS1), "A priority.gtm.test") // still there
}

func checkRaw(t *testing.T, how string, packet, reply []byte, err error, want string) {
	t.Helper()
	if err != nil {
		t.Errorf("%s: %v", how, err)
		return
	}
	text, err := dnstest.Show(reply)
	if err != nil {
		t.Errorf("%s: reply %x: %v", how, reply, err)
		return
	}
	if got := status(text); got != want {
		t.Errorf("%s: got %s, want %s\n%s", how, got, want, text)
	}
	if reply[0] != packet[0] || reply[1] != packet[1] || reply[2]&0x80 == 0 || reply[2]&0x78 != packet[2]&0x78 {
		t.Errorf("%s: got header %x for a query with %x", how, reply[:4], packet[:4])
	}
}
