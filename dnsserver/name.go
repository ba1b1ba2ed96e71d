package dnsserver

// maxName is the length limit of a name in wire form (RFC 1035 §2.3.4).
const maxName = 255

// nameEnd returns the offset behind the uncompressed name at msg[off:], and -1
// where it is cut, longer than 255 octets, or holds a pointer or a reserved
// label type. The name of a first question can hold no valid pointer: there is
// no name before it.
func nameEnd(msg []byte, off int) int {
	for start := off; off < len(msg); {
		size := int(msg[off])
		if size == 0 {
			return off + 1
		}
		off += 1 + size
		if size > 63 || off-start >= maxName {
			return -1
		}
	}
	return -1
}

// skipName returns the offset behind the possibly compressed name at
// msg[off:], and -1 where it is malformed. A pointer must lead back to where a
// name may stand; it is not followed, since nobody asks for these names.
func skipName(msg []byte, off int) int {
	for start := off; off < len(msg); {
		size := int(msg[off])
		switch {
		case size == 0:
			return off + 1
		case size >= 0xC0:
			if off+2 > len(msg) {
				return -1
			}
			target := (size&0x3F)<<8 | int(msg[off+1])
			if target < headerSize || target >= start {
				return -1
			}
			return off + 2
		case size > 63, off+1+size-start >= maxName:
			return -1
		}
		off += 1 + size
	}
	return -1
}

// appendLower appends the wire-form name with ASCII capitals made small
// (RFC 4343). Length octets are below 'A' and stay.
func appendLower(dst, name []byte) []byte {
	for _, c := range name {
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		dst = append(dst, c)
	}
	return dst
}

// countLabels returns the number of labels of a well-formed name; the root has
// none.
func countLabels(name []byte) int {
	count := 0
	for off := 0; off < len(name) && name[off] != 0; off += 1 + int(name[off]) {
		count++
	}
	return count
}

// parentName returns the name without its first label; name is not the root.
func parentName(name []byte) []byte { return name[1+int(name[0]):] }

// below reports whether the well-formed lower-case name is zone or lies below
// it, at a label boundary.
func below(name, zone []byte) bool {
	for len(name) > len(zone) {
		name = parentName(name)
	}
	return string(name) == string(zone)
}
