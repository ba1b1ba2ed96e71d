package gateway

import (
	"encoding/binary"
	"math/rand/v2"
)

// frames follows the bytes of one direction of a WebSocket, to know where a
// frame ends (RFC 6455 §5.2). Its zero value is at such a place.
type frames struct {
	head [14]byte
	have int    // bytes of head
	left uint64 // bytes of the payload to come
	bye  bool   // the newest frame is a Close
}

// whole reports whether no frame is under way.
func (f *frames) whole() bool { return f.have == 0 && f.left == 0 }

// next takes the bytes to the end of the frame under way, or all of p, and
// returns how many there were.
func (f *frames) next(p []byte) int {
	n := 0
	for f.left == 0 && n < len(p) {
		f.head[f.have] = p[n]
		f.have++
		n++
		if f.have == f.headLength() {
			f.left, f.have, f.bye = f.payload(), 0, f.head[0]&0x0f == 8
			break
		}
	}
	if f.have > 0 {
		return n
	}
	more := min(f.left, uint64(len(p)-n))
	f.left -= more
	return n + int(more) //nolint:gosec // at most len(p)
}

// headLength is known with the second byte; before it is more than there is.
func (f *frames) headLength() int {
	if f.have < 2 {
		return len(f.head) + 1
	}
	n := 2
	switch f.head[1] & 0x7f {
	case 126:
		n += 2
	case 127:
		n += 8
	}
	if f.head[1]&0x80 != 0 {
		n += 4
	}
	return n
}

func (f *frames) payload() uint64 {
	switch n := f.head[1] & 0x7f; n {
	case 126:
		return uint64(binary.BigEndian.Uint16(f.head[2:]))
	case 127:
		return binary.BigEndian.Uint64(f.head[2:]) &^ (1 << 63)
	default:
		return uint64(n)
	}
}

// goingAway is a Close frame with status 1001; what goes to a server is masked.
func goingAway(masked bool) []byte {
	if !masked {
		return []byte{0x88, 2, 0x03, 0xe9}
	}
	var mask [4]byte
	binary.BigEndian.PutUint32(mask[:], rand.Uint32())
	return append([]byte{0x88, 0x82}, mask[0], mask[1], mask[2], mask[3], 0x03^mask[0], 0xe9^mask[1])
}
