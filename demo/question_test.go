package demo

import (
	"bytes"
	"encoding/binary"
	"errors"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// asked is a question with its message, byte by byte after RFC 1035 §4 and RFC
// 7871 §6.
func asked() (question, []byte) {
	q := question{name: "a.gtm.test.", client: netip.MustParsePrefix("203.0.113.77/20")}
	return q, []byte("\x12\x34\x00\x00\x00\x01\x00\x00\x00\x00\x00\x01" +
		"\x01a\x03gtm\x04test\x00\x00\x01\x00\x01" +
		"\x00\x00\x29\x04\xd0\x00\x00\x00\x00\x00\x0b\x00\x08\x00\x07\x00\x01\x14\x00\xcb\x00\x70")
}

func TestQuestionBytes(t *testing.T) {
	q, want := asked()
	if got := q.appendTo(nil, 0x1234); !bytes.Equal(got, want) {
		t.Errorf("got\n%q, want\n%q", got, want)
	}
	q.client = netip.Prefix{}
	if got := q.appendTo(nil, 0x1234); !bytes.HasSuffix(got, []byte("\x00\x00\x29\x04\xd0\x00\x00\x00\x00\x00\x00")) {
		t.Errorf("without a client: got %q, want no option", got)
	}
}

// reply makes the reply to asked() with two addresses, an alias between them
// and the scope 12.
func reply() []byte {
	_, b := asked()
	b = b[:len(b)-22]
	b[2], b[7] = 0x84, 3
	b = append(b, "\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x05\x00\x04\x7f\x00\x01\x01"...)
	b = append(b, "\xc0\x0c\x00\x05\x00\x01\x00\x00\x00\x09\x00\x02\xc0\x0c"...)
	b = append(b, "\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x07\x00\x04\x7f\x00\x02\x01"...)
	b = append(b, "\x00\x00\x29\x04\xd0\x00\x00\x00\x00\x00\x11"...)
	return append(b, "\x00\x03\x00\x02ns\x00\x08\x00\x07\x00\x01\x14\x0c\xcb\x00\x70"...)
}

func TestReadReply(t *testing.T) {
	q, _ := asked()
	got, err := q.read(reply(), 0x1234)
	want := answer{Addrs: []netip.Addr{netip.MustParseAddr("127.0.1.1"), netip.MustParseAddr("127.0.2.1")}, TTL: 7, Scope: 12}
	if diff := cmp.Diff(want, got, cmpopts.EquateComparable(netip.Addr{})); diff != "" || err != nil {
		t.Errorf("got error %v and (-want +got):\n%s", err, diff)
	}
	nx := reply()[:len(asMessage(q))]
	nx[3], nx[7], nx[11] = 3, 0, 0
	if got, err = q.read(nx, 0x1234); err != nil || got.Rcode != 3 || len(got.Addrs) != 0 || got.Scope != -1 {
		t.Errorf("NXDOMAIN: got %+v, %v", got, err)
	}
}

// asMessage is the header and question of q alone.
func asMessage(q question) []byte {
	b := q.appendTo(nil, 0)
	return b[:len(b)-22]
}

func TestReadDefects(t *testing.T) {
	q, query := asked()
	for name, tt := range map[string]struct {
		msg  []byte
		want error // nil: any
	}{
		"empty":        {nil, errCut},
		"a query":      {query, errStray},
		"other id":     {append([]byte{9, 9}, reply()[2:]...), errStray},
		"other name":   {bytes.Replace(reply(), []byte("gtm"), []byte("xyz"), 1), errStray},
		"no question":  {append(reply()[:4:4], append([]byte{0, 0}, reply()[6:]...)...), nil},
		"cut record":   {reply()[:len(reply())-1], errCut},
		"cut header":   {reply()[:len(asMessage(q))+5], errCut},
		"cut question": {reply()[:15], nil},
	} {
		_, err := q.read(tt.msg, 0x1234)
		if err == nil || tt.want != nil && !errors.Is(err, tt.want) {
			t.Errorf("%s: got %v, want %v", name, err, tt.want)
		}
	}
}

// FuzzRead: no reply ends the process, and what is read stays within bounds.
func FuzzRead(f *testing.F) {
	q, query := asked()
	f.Add(query)
	f.Add(reply())
	f.Fuzz(func(t *testing.T, msg []byte) {
		if len(msg) < 2 {
			return
		}
		a, err := q.read(msg, binary.BigEndian.Uint16(msg))
		if err == nil && (len(a.Addrs) > maxRecords || a.Rcode > 15 || a.Scope < -1 || a.Scope > 255) {
			t.Errorf("got %+v from %q", a, msg)
		}
	})
}
