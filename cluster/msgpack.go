package cluster

import "encoding/binary"

// maxNesting is how deep values lie in each other at most in what memberlist
// sends.
const maxNesting = 4

// field is a value of a map: a number (booleans are 0 and 1), or a text.
type field struct {
	number uint64
	text   string
}

// lead is the first byte of a MessagePack value with what its length says.
type lead struct {
	bytes  uint64 // of payload that follow
	values uint64 // that follow
	number bool
	text   bool
}

// cutLead reads the first byte and the length of a value. Kinds that memberlist
// never sends are refused.
func cutLead(b []byte) (l lead, rest []byte, ok bool) {
	if len(b) == 0 {
		return l, nil, false
	}
	c, rest := b[0], b[1:]
	switch {
	case c <= 0x7f: // the number itself
		return lead{bytes: 0, number: true}, rest, true
	case c <= 0x8f:
		return lead{values: 2 * uint64(c&0x0f)}, rest, true
	case c <= 0x9f:
		return lead{values: uint64(c & 0x0f)}, rest, true
	case c <= 0xbf:
		return lead{bytes: uint64(c & 0x1f), text: true}, rest, true
	case c == 0xc0, c == 0xc2, c == 0xc3:
		return lead{number: true}, rest, true
	case c >= 0xcc && c <= 0xd3: // integers of 1, 2, 4, 8 bytes
		return lead{bytes: 1 << (c & 3), number: true}, rest, true
	}
	return cutLength(c, rest)
}

// cutLength reads the leads that have their length in bytes of its own.
func cutLength(c byte, b []byte) (l lead, rest []byte, ok bool) {
	switch c {
	case 0xc4, 0xc5, 0xc6: // bytes
		l.bytes, rest, ok = cutUint(b, 1<<(c-0xc4))
		l.text = true
	case 0xd9, 0xda, 0xdb: // text
		l.bytes, rest, ok = cutUint(b, 1<<(c-0xd9))
		l.text = true
	case 0xdc, 0xdd: // list
		l.values, rest, ok = cutUint(b, 2<<(c-0xdc))
	case 0xde, 0xdf: // map
		l.values, rest, ok = cutUint(b, 2<<(c-0xde))
		l.values *= 2
	}
	return l, rest, ok
}

// cutUint reads a big-endian number of 1, 2, 4 or 8 bytes.
func cutUint(b []byte, size int) (n uint64, rest []byte, ok bool) {
	if len(b) < size {
		return 0, nil, false
	}
	var whole [8]byte
	copy(whole[8-size:], b[:size])
	return binary.BigEndian.Uint64(whole[:]), b[size:], true
}

// skipValue returns what follows a value whose lengths all keep inside b.
func skipValue(b []byte, nesting int) (rest []byte, ok bool) {
	l, rest, ok := cutLead(b)
	if !ok || nesting <= 0 || l.bytes > uint64(len(rest)) || l.values > uint64(len(rest)) {
		return nil, false
	}
	rest = rest[l.bytes:]
	for range l.values {
		if rest, ok = skipValue(rest, nesting-1); !ok {
			return nil, false
		}
	}
	return rest, true
}

// cutFields reads a map of texts to numbers and texts; fields of other kinds
// are left out.
func cutFields(b []byte) (fields map[string]field, rest []byte, ok bool) {
	l, rest, ok := cutLead(b)
	if !ok || b[0] < 0x80 || l.text || l.number || l.values%2 != 0 || l.values > uint64(len(rest)) {
		return nil, nil, false
	}
	fields = map[string]field{}
	for range l.values / 2 {
		var key, value field
		if key, rest, ok = cutField(rest); !ok {
			return nil, nil, false
		}
		if value, rest, ok = cutField(rest); !ok {
			return nil, nil, false
		}
		fields[key.text] = value
	}
	return fields, rest, true
}

// cutField reads one value.
func cutField(b []byte) (f field, rest []byte, ok bool) {
	l, inner, ok := cutLead(b)
	if !ok {
		return f, nil, false
	}
	if rest, ok = skipValue(b, maxNesting); !ok {
		return f, nil, false
	}
	switch {
	case l.text:
		f.text = string(inner[:l.bytes])
	case l.number && l.bytes > 0:
		f.number, _, _ = cutUint(inner, int(l.bytes))
	case b[0] <= 0x7f:
		f.number = uint64(b[0])
	case b[0] == 0xc3:
		f.number = 1
	}
	return f, rest, true
}
