package cluster

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math"
	"time"
)

// Letters are what nodes say to each other over memberlist beside its own
// messages. The first byte tells them apart; unknown ones are passed over.
const (
	letterRecords = 1 // kind and message, repeated
	letterHello   = 2 // who, how, when we heard you; kind and sum, repeated
	letterDigests = 3 // who, whether to answer; kind and digest, repeated
	letterProved  = 4 // as letterRecords; never in gossip, where nobody has proved who he is
)

const sumBytes = 8

// hello says that we are there, and what we hold in a few bytes.
type hello struct {
	from   NodeID
	packet bool          // it went as a packet
	heard  time.Duration // how long ago we last had a packet of yours; negative: never
	sums   []item        // of digests
}

// digests says what we hold.
type digests struct {
	from   NodeID
	answer bool // send yours too
	all    []item
}

// item is a kind with something of that kind.
type item struct {
	kind Kind
	body []byte
}

func appendID(b []byte, id NodeID) []byte {
	raw, err := hex.DecodeString(string(id))
	if err != nil || len(raw) != nodeIDBytes {
		raw = make([]byte, nodeIDBytes)
	}
	return append(b, raw...)
}

func cutID(b []byte) (id NodeID, rest []byte, ok bool) {
	if len(b) < nodeIDBytes {
		return "", nil, false
	}
	return NodeID(hex.EncodeToString(b[:nodeIDBytes])), b[nodeIDBytes:], true
}

func appendItem(b []byte, i item) []byte {
	b = append(b, byte(len(i.kind)))
	b = append(b, i.kind...)
	b = binary.AppendUvarint(b, uint64(len(i.body)))
	return append(b, i.body...)
}

// cutItems reads items to the end; they share b's memory.
func cutItems(b []byte) (out []item, ok bool) {
	for len(b) > 0 {
		kind, rest, ok := cutText(b)
		if !ok {
			return out, false
		}
		n, size := binary.Uvarint(rest)
		if size <= 0 || n > uint64(len(rest)-size) {
			return out, false
		}
		out = append(out, item{Kind(kind), rest[size : size+int(n)]})
		b = rest[size+int(n):]
	}
	return out, true
}

func recordsLetter(items ...item) []byte {
	b := []byte{letterRecords}
	for _, i := range items {
		b = appendItem(b, i)
	}
	return b
}

// never is what stands for "not heard" in seconds.
const never = math.MaxUint16

func (h hello) letter() []byte {
	b := appendID([]byte{letterHello}, h.from)
	how := byte(0)
	if h.packet {
		how = 1
	}
	seconds := uint16(never)
	if h.heard >= 0 {
		seconds = uint16(min(h.heard/time.Second, never-1))
	}
	b = binary.BigEndian.AppendUint16(append(b, how), seconds)
	for _, s := range h.sums {
		b = appendItem(b, s)
	}
	return b
}

func parseHello(b []byte) (h hello, ok bool) {
	id, rest, ok := cutID(b)
	if !ok || len(rest) < 3 {
		return h, false
	}
	h = hello{from: id, packet: rest[0] == 1, heard: -1}
	if s := binary.BigEndian.Uint16(rest[1:]); s != never {
		h.heard = time.Duration(s) * time.Second
	}
	h.sums, ok = cutItems(rest[3:])
	return h, ok
}

func (d digests) letter() []byte {
	b := appendID([]byte{letterDigests}, d.from)
	if d.answer {
		b = append(b, 1)
	} else {
		b = append(b, 0)
	}
	for _, i := range d.all {
		b = appendItem(b, i)
	}
	return b
}

func parseDigests(b []byte) (d digests, ok bool) {
	id, rest, ok := cutID(b)
	if !ok || len(rest) < 1 {
		return d, false
	}
	d = digests{from: id, answer: rest[0] == 1}
	d.all, ok = cutItems(rest[1:])
	return d, ok
}

// sumUp shortens a digest.
func sumUp(digest []byte) []byte {
	sum := sha256.Sum256(digest)
	return sum[:sumBytes]
}
