package dnswire

import (
	"bytes"
	"errors"
	"fmt"
)

// maxPointers is the most compression pointers followed in one name. A name
// has at most 127 labels, and a pointer to a pointer serves no purpose.
const maxPointers = 126

// Defects of a name in a message (RFC 1035 §3.1, §4.1.4; RFC 9267 §2, §3).
var (
	ErrNameCut     = errors.New("name runs past the end of the message")
	ErrNameLong    = fmt.Errorf("name is longer than %d octets", MaxNameOctets)
	ErrNamePointer = errors.New("compression pointer does not point backwards")
	ErrNameLabel   = errors.New("label type is neither a length nor a pointer")
)

// ReadName reads the name at off of msg, following compression pointers, and
// returns it with the offset behind it. Pointers must point to before the
// label sequence they end.
func ReadName(msg []byte, off int) (Name, int, error) {
	text := make([]byte, 0, 64)
	end, start, octets := -1, off, 1
	for pointers := 0; ; {
		if off < 0 || off >= len(msg) {
			return "", 0, ErrNameCut
		}
		switch c := int(msg[off]); c & 0xC0 {
		case 0x00:
			if c == 0 {
				return finishName(text), max(end, off+1), nil
			}
			if octets += c + 1; octets > MaxNameOctets {
				return "", 0, ErrNameLong
			}
			if off+1+c > len(msg) {
				return "", 0, ErrNameCut
			}
			text = appendLabel(text, msg[off+1:off+1+c])
			off += 1 + c
		case 0xC0:
			target, err := readPointer(msg, off, start)
			if err != nil {
				return "", 0, err
			}
			if pointers++; pointers > maxPointers {
				return "", 0, ErrNamePointer
			}
			if end < 0 {
				end = off + 2
			}
			off, start = target, target
		default:
			return "", 0, ErrNameLabel
		}
	}
}

// readPointer reads the compression pointer at off of a label sequence that
// began at start.
func readPointer(msg []byte, off, start int) (int, error) {
	if off+1 >= len(msg) {
		return 0, ErrNameCut
	}
	target := int(msg[off]&0x3F)<<8 | int(msg[off+1])
	if target >= start {
		return 0, ErrNamePointer
	}
	return target, nil
}

func appendLabel(text, label []byte) []byte {
	for _, c := range label {
		text = appendEscaped(text, c)
	}
	return append(text, '.')
}

func finishName(text []byte) Name {
	if len(text) == 0 {
		return Root
	}
	return Name(text)
}

// AppendWire appends the uncompressed wire form to b. The name must come from
// this package.
func (n Name) AppendWire(b []byte) []byte {
	if n == Root {
		return append(b, 0)
	}
	for off := 0; off < len(n); {
		end := n.labelEnd(off)
		at := len(b)
		b = append(b, 0)
		for i := off; i < end && i < len(n); {
			c, size, err := unescape(string(n[i:]))
			if err != nil {
				return b // not a Name of ours
			}
			b = append(b, c)
			i += size
		}
		b[at] = byte(len(b) - at - 1)
		off = end + 1
	}
	return append(b, 0)
}

// WireLen returns the length of the uncompressed wire form in octets.
func (n Name) WireLen() int {
	if n == Root {
		return 1
	}
	octets := 1
	for i := 0; i < len(n); i++ {
		octets++
		if n[i] != '\\' {
			continue
		}
		if i++; i < len(n) && digit(n[i]) {
			i += 2
		}
	}
	return octets
}

// Compare orders names canonically (RFC 4034 §6.1): by labels from the right,
// each as its octets. It returns -1, 0 or 1.
func (n Name) Compare(m Name) int {
	a, b := n.wireLabels(), m.wireLabels()
	for i, j := len(a)-1, len(b)-1; i >= 0 && j >= 0; i, j = i-1, j-1 {
		if c := bytes.Compare(a[i], b[j]); c != 0 {
			return c
		}
	}
	switch {
	case len(a) < len(b):
		return -1
	case len(a) > len(b):
		return 1
	}
	return 0
}

// wireLabels returns the octets of each label, leftmost first.
func (n Name) wireLabels() [][]byte {
	wire := n.AppendWire(nil)
	var labels [][]byte
	for off := 0; off < len(wire) && wire[off] != 0; off += 1 + int(wire[off]) {
		labels = append(labels, wire[off+1:off+1+int(wire[off])])
	}
	return labels
}
