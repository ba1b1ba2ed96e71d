package cluster

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// memberlist's messages, as they begin on the wire.
const (
	wirePing         = 0
	wireIndirectPing = 1
	wireAck          = 2
	wireSuspect      = 3
	wireAlive        = 4
	wireDead         = 5
	wirePushPull     = 6
	wireCompound     = 7
	wireUser         = 8
	wireCompressed   = 9
	wireSealed       = 10
	wireNack         = 11
	wireChecksum     = 12
	wireError        = 13
	wireLabel        = 244
)

// Limits of what gossip takes in.
const (
	maxPacket = 4 << 10   // bytes
	maxStream = 512 << 10 // bytes of what one stream carries
	maxNodes  = 1024      // members
	sealFront = 13        // bytes before the sealed text: version and nonce
	sealTotal = sealFront + 16
	readStep  = 16 << 10
)

// refusal is why something was not let in; its text is a metric's label.
type refusal string

func (r refusal) Error() string { return "refused: " + string(r) }

const (
	refusedLabel      refusal = "label"      // of another cluster, or none
	refusedKey        refusal = "key"        // sealed with a key we do not have
	refusedPlain      refusal = "plain"      // not sealed
	refusedSize       refusal = "size"       // too long, or too short
	refusedCompressed refusal = "compressed" // may be anything when unpacked
	refusedMalformed  refusal = "malformed"
	refusedFlood      refusal = "flood" // more at once than we take
)

// guard stands before memberlist and lets nothing in that is not of the cluster,
// or that lies about lengths. memberlist would take what grows a thousandfold
// when unpacked, allocate what a header says, and end the process at a sealed
// text of no bytes.
type guard struct {
	label string
	keys  *KeyRing
}

// packet checks a packet. It shows every message in it to seen, which may be
// nil, and must not keep it.
func (g *guard) packet(b []byte, seen func(kind byte, body []byte)) error {
	if len(b) > maxPacket {
		return refusedSize
	}
	rest, ok := g.cutLabel(b)
	if !ok {
		return refusedLabel
	}
	plain, err := g.open(rest, []byte(g.label))
	if err != nil {
		return err
	}
	if len(plain) >= 5 && plain[0] == wireChecksum {
		plain = plain[5:]
	}
	return walkMessages(plain, true, seen)
}

func (g *guard) cutLabel(b []byte) (rest []byte, ok bool) {
	n := 2 + len(g.label)
	if len(b) < n || b[0] != wireLabel || int(b[1]) != len(g.label) || string(b[2:n]) != g.label {
		return nil, false
	}
	return b[n:], true
}

// open unseals a text with whichever key fits.
func (g *guard) open(b, bound []byte) ([]byte, error) {
	switch {
	case len(b) == 0 || b[0] != 1:
		return nil, refusedPlain
	case len(b) <= sealTotal:
		return nil, refusedSize
	}
	for _, s := range *g.keys.keys.Load() {
		if plain, err := s.aead.Open(nil, b[1:sealFront], b[sealFront:], bound); err == nil {
			return plain, nil
		}
	}
	return nil, refusedKey
}

// walkMessages checks the messages of a packet; a compound has no compound in it.
func walkMessages(b []byte, compound bool, seen func(byte, []byte)) error {
	if len(b) == 0 {
		return refusedMalformed
	}
	kind, body := b[0], b[1:]
	switch kind {
	case wireCompressed:
		return refusedCompressed
	case wireCompound:
		if !compound {
			return refusedMalformed
		}
		return walkCompound(body, seen)
	case wirePing, wireIndirectPing, wireAck, wireNack, wireSuspect, wireAlive, wireDead:
		if rest, ok := skipValue(body, maxNesting); !ok || len(rest) > 0 {
			return refusedMalformed
		}
	case wireUser:
	default:
		return refusedMalformed
	}
	if seen != nil {
		seen(kind, body)
	}
	return nil
}

// walkCompound checks the parts of a compound: their number, their lengths,
// then themselves.
func walkCompound(b []byte, seen func(byte, []byte)) error {
	if len(b) == 0 || len(b) < 1+2*int(b[0]) {
		return refusedMalformed
	}
	lengths, parts := b[1:1+2*int(b[0])], b[1+2*int(b[0]):]
	for ; len(lengths) > 0; lengths = lengths[2:] {
		n := int(binary.BigEndian.Uint16(lengths))
		if n > len(parts) {
			return refusedMalformed
		}
		if err := walkMessages(parts[:n], false, seen); err != nil {
			return err
		}
		parts = parts[n:]
	}
	return nil
}

// stream checks what a stream carries, unsealed.
func (g *guard) stream(plain []byte) error {
	if len(plain) == 0 {
		return refusedMalformed
	}
	kind, body := plain[0], plain[1:]
	switch kind {
	case wireCompressed:
		return refusedCompressed
	case wireUser:
		fields, rest, ok := cutFields(body)
		return malformedUnless(ok && fields["UserMsgLen"].number == uint64(len(rest)))
	case wirePushPull:
		return malformedUnless(pushPull(body))
	case wirePing, wireAck, wireError:
		rest, ok := skipValue(body, maxNesting)
		return malformedUnless(ok && len(rest) == 0)
	}
	return refusedMalformed
}

func malformedUnless(ok bool) error {
	if ok {
		return nil
	}
	return refusedMalformed
}

// pushPull reports whether an exchange of states is as long as it says.
func pushPull(b []byte) bool {
	fields, rest, ok := cutFields(b)
	if !ok || fields["Nodes"].number > maxNodes {
		return false
	}
	for range fields["Nodes"].number {
		if rest, ok = skipValue(rest, maxNesting); !ok {
			return false
		}
	}
	return fields["UserStateLen"].number == uint64(len(rest))
}

// readStream reads all that a stream may carry and returns it as it came.
// Memory grows with what arrives, not with what is announced, and is charged
// to grow, which may refuse.
func (g *guard) readStream(r io.Reader, labelled bool, grow func(int) bool) ([]byte, error) {
	front := 5 // the sealed mark and a length
	if labelled {
		front += 2 + len(g.label)
	}
	b := make([]byte, front)
	if n, err := io.ReadFull(r, b); err != nil {
		return nil, unlessNothing(n, err)
	}
	head := b
	if labelled {
		rest, ok := g.cutLabel(b)
		if !ok {
			return nil, refusedLabel
		}
		head = rest
	}
	if head[0] != wireSealed {
		return nil, refusedPlain
	}
	size := binary.BigEndian.Uint32(head[1:])
	if size > maxStream+sealTotal {
		return nil, refusedSize
	}
	b, err := readSteps(r, b, int(size), grow)
	if err != nil {
		return nil, err
	}
	plain, err := g.open(b[front:], append(b[front-5:front:front], g.label...))
	if err != nil {
		return nil, err
	}
	return b, g.stream(plain)
}

// unlessNothing tells a connection that closed without a word from one that
// broke off.
func unlessNothing(n int, err error) error {
	if n == 0 {
		return fmt.Errorf("reading stream: %w", err)
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return refusedLabel
	}
	return fmt.Errorf("reading stream: %w", err)
}

// readSteps appends size bytes to b.
func readSteps(r io.Reader, b []byte, size int, grow func(int) bool) ([]byte, error) {
	for size > 0 {
		n := min(size, readStep)
		if !grow(n) {
			return nil, refusedFlood
		}
		at := len(b)
		b = append(b, make([]byte, n)...)
		if _, err := io.ReadFull(r, b[at:]); err != nil {
			return nil, fmt.Errorf("reading stream: %w", err)
		}
		size -= n
	}
	return b, nil
}
