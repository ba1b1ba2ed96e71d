package dnswire

import (
	"fmt"
	"strings"
)

// Limits of a name (RFC 1035 §2.3.4), in octets of the wire form.
const (
	MaxNameOctets  = 255 // the whole name, length octets and root included
	MaxLabelOctets = 63
)

// Name is an absolute domain name in canonical presentation form: ASCII
// letters in lower case, a trailing dot, and one spelling for every octet:
// the octets . ' @ ; ( ) " \ and space as a backslash and themselves, other
// octets outside '!'..'~' as \DDD (RFC 1035 §5.1). The zero value is not a
// name.
type Name string

// Root is the name of the root zone.
const Root Name = "."

// ParseName reads a name with or without its trailing dot; either way it is
// taken as absolute. Escapes are those of RFC 1035 §5.1. Any octet may be part
// of a label: ParseHostName is the stricter reading.
func ParseName(s string) (Name, error) {
	if s == "." {
		return Root, nil
	}
	if len(s) > 4*MaxNameOctets+1 {
		return "", fmt.Errorf("name %.40q… of %d characters: want at most %d octets", s, len(s), MaxNameOctets)
	}
	wire, err := parseLabels(s)
	if err != nil {
		return "", fmt.Errorf("name %q: %w", s, err)
	}
	name, _, err := ReadName(wire, 0)
	if err != nil {
		return "", fmt.Errorf("name %q: %w", s, err)
	}
	return name, nil
}

// parseLabels turns presentation form into wire form, without the limit on the
// whole.
func parseLabels(s string) ([]byte, error) {
	wire := make([]byte, 1, len(s)+2)
	start := 0 // of the current label's length octet
	for i := 0; i < len(s); {
		if s[i] == '.' {
			if err := closeLabel(wire, start); err != nil {
				return nil, err
			}
			start = len(wire)
			wire = append(wire, 0)
			i++
			continue
		}
		c, size, err := unescape(s[i:])
		if err != nil {
			return nil, err
		}
		wire = append(wire, c)
		i += size
	}
	if start == len(wire)-1 && start > 0 {
		return wire, nil // the text ended in a dot
	}
	if err := closeLabel(wire, start); err != nil {
		return nil, err
	}
	return append(wire, 0), nil
}

// closeLabel writes the length octet of the label that ends wire.
func closeLabel(wire []byte, start int) error {
	size := len(wire) - start - 1
	if size == 0 {
		return fmt.Errorf("empty label: want 1 .. %d octets between dots", MaxLabelOctets)
	}
	if size > MaxLabelOctets {
		return fmt.Errorf("label of %d octets: want 1 .. %d", size, MaxLabelOctets)
	}
	wire[start] = byte(size)
	return nil
}

// unescape reads the octet at the start of s, which is not empty, and says how
// many characters spell it.
func unescape(s string) (c byte, size int, err error) {
	if s[0] != '\\' {
		return s[0], 1, nil
	}
	if len(s) < 2 {
		return 0, 0, fmt.Errorf("lone backslash at the end")
	}
	if !digit(s[1]) {
		return s[1], 2, nil
	}
	if len(s) < 4 || !digit(s[2]) || !digit(s[3]) {
		return 0, 0, fmt.Errorf("escape %q: want a backslash and three digits 000 .. 255", s[:min(4, len(s))])
	}
	value := int(s[1]-'0')*100 + int(s[2]-'0')*10 + int(s[3]-'0')
	if value > 255 {
		return 0, 0, fmt.Errorf("escape %q: want 000 .. 255", s[:4])
	}
	return byte(value), 4, nil
}

func digit(c byte) bool { return c >= '0' && c <= '9' }

// appendEscaped writes one octet of a label in canonical presentation form.
func appendEscaped(b []byte, c byte) []byte {
	switch {
	case c >= 'A' && c <= 'Z':
		return append(b, c+'a'-'A')
	case strings.IndexByte(`.'@;()"\ `, c) >= 0:
		return append(b, '\\', c)
	case c < '!' || c > '~':
		return append(b, '\\', '0'+c/100, '0'+c/10%10, '0'+c%10)
	}
	return append(b, c)
}

// String returns the canonical presentation form, with the trailing dot.
func (n Name) String() string { return string(n) }

// labelEnd returns the position of the dot that ends the label starting at off.
func (n Name) labelEnd(off int) int {
	for off < len(n) && n[off] != '.' {
		if n[off] == '\\' {
			off++
		}
		off++
	}
	return off
}

// IsWildcard reports whether the leftmost label is an asterisk (RFC 4592 §2.1.1).
func (n Name) IsWildcard() bool { return strings.HasPrefix(string(n), "*.") }

// Parent returns the name without its leftmost label. The root is its own
// parent.
func (n Name) Parent() Name {
	end := n.labelEnd(0) + 1
	if end >= len(n) {
		return Root
	}
	return n[end:]
}

// IsSubdomainOf reports whether n is zone or lies below it. It respects label
// boundaries: evilexample.com is not below example.com.
func (n Name) IsSubdomainOf(zone Name) bool {
	if zone == Root {
		return true
	}
	start := len(n) - len(zone)
	if start < 0 || n[start:] != zone {
		return false
	}
	for off := 0; off <= start; off = n.labelEnd(off) + 1 {
		if off == start {
			return true
		}
	}
	return false
}

// Child returns the name made of prefix, one or more labels in presentation
// form without a trailing dot, and n. An empty prefix or "@" gives n itself.
func (n Name) Child(prefix string) (Name, error) {
	if prefix == "" || prefix == "@" {
		return n, nil
	}
	if strings.HasSuffix(prefix, ".") && !strings.HasSuffix(prefix, `\.`) {
		return "", fmt.Errorf("name %q below %q: want a relative name, without a trailing dot", prefix, n)
	}
	if n == Root {
		return ParseName(prefix + ".")
	}
	return ParseName(prefix + "." + string(n))
}
