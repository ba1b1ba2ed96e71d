package dnswire

import (
	"bytes"
	"cmp"
	"errors"
)

// maxPointers is the most compression pointers followed in one name. A name
// has at most 127 labels, and a pointer to a pointer serves no purpose.
const maxPointers = 126

// Defects of a name in a message (RFC 1035 §3.1, §4.1.4; RFC 9267 §2, §3).
var (
	ErrNameCut     = errors.New("name runs past the end of the message")
	ErrNameLong    = errors.New("name is longer than 255 octets")
	ErrNamePointer = errors.New("compression pointer does not point backwards")
	ErrNameLabel   = errors.New("label type is neither a length nor a pointer")
)

// nameReader reads one name of a message.
type nameReader struct {
	msg      []byte
	off      int
	start    int // of the label sequence being read
	end      int // behind the name; 0 until known
	octets   int // of the uncompressed name
	pointers int
	text     []byte
}

// ReadName reads the name at off of msg, following compression pointers, and
// returns it with the offset behind it. Pointers must point to before the
// label sequence they end.
func ReadName(msg []byte, off int) (Name, int, error) {
	r := nameReader{msg: msg, off: off, start: off, octets: 1, text: make([]byte, 0, 64)}
	for {
		if r.off < 0 || r.off >= len(msg) {
			return "", 0, ErrNameCut
		}
		var err error
		switch c := int(msg[r.off]); {
		case c == 0:
			return finishName(r.text), cmp.Or(r.end, r.off+1), nil
		case c&0xC0 == 0:
			err = r.label(c)
		case c&0xC0 == 0xC0:
			err = r.pointer()
		default:
			err = ErrNameLabel
		}
		if err != nil {
			return "", 0, err
		}
	}
}

func (r *nameReader) label(size int) error {
	if r.octets += size + 1; r.octets > MaxNameOctets {
		return ErrNameLong
	}
	first := r.off + 1
	if first+size > len(r.msg) {
		return ErrNameCut
	}
	r.text = appendLabel(r.text, r.msg[first:first+size])
	r.off = first + size
	return nil
}

func (r *nameReader) pointer() error {
	if r.off+1 >= len(r.msg) {
		return ErrNameCut
	}
	target := int(r.msg[r.off]&0x3F)<<8 | int(r.msg[r.off+1])
	if r.pointers++; target >= r.start || r.pointers > maxPointers {
		return ErrNamePointer
	}
	if r.end == 0 {
		r.end = r.off + 2
	}
	r.off, r.start = target, target
	return nil
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
