package h1

import "strings"

// Masks of the characters of a token (RFC 9110 §5.6.2) below 64, and from there.
const (
	tokenLow = 1<<'!' | 1<<'#' | 1<<'$' | 1<<'%' | 1<<'&' | 1<<'\'' | 1<<'*' | 1<<'+' | 1<<'-' | 1<<'.' |
		(1<<10-1)<<'0'
	tokenHigh = (1<<26-1)<<('A'-64) | (1<<26-1)<<('a'-64) |
		1<<('^'-64) | 1<<('_'-64) | 1<<('`'-64) | 1<<('|'-64) | 1<<('~'-64)
)

func isToken(b byte) bool {
	if b < 64 {
		return uint64(tokenLow)>>b&1 != 0
	}
	return b < 128 && uint64(tokenHigh)>>(b-64)&1 != 0
}

// isText reports whether a byte may stand in a field's value: visible, blank,
// tab, or of the upper half (RFC 9110 §5.5).
func isText(b byte) bool { return b >= ' ' && b != 0x7f || b == '\t' }

func validName(s string) bool {
	for i := range len(s) {
		if !isToken(s[i]) {
			return false
		}
	}
	return s != ""
}

func validText(s string) bool {
	for len(s) >= 8 && plain8(s) {
		s = s[8:]
	}
	for i := range len(s) {
		if !isText(s[i]) {
			return false
		}
	}
	return true
}

// plain8 reports whether the first eight bytes of s are visible ASCII or blank.
func plain8(s string) bool {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	_ = s[7]
	w := uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
	// Below 0x80: adding 1 takes 0x7f to the top bit, adding 0x60 all from 0x20.
	return (w|(w+ones))&tops == 0 && (w+0x60*ones)&tops == tops
}

// trim takes blanks and tabs off both ends.
func trim(s string) string {
	for s != "" && (s[0] == ' ' || s[0] == '\t') {
		s = s[1:]
	}
	for s != "" && (s[len(s)-1] == ' ' || s[len(s)-1] == '\t') {
		s = s[:len(s)-1]
	}
	return s
}

// hasToken reports whether comma-separated lists hold a token, in any case.
func hasToken(lists []string, token string) bool {
	for _, list := range lists {
		for list != "" {
			var one string
			one, list, _ = strings.Cut(list, ",")
			if strings.EqualFold(trim(one), token) {
				return true
			}
		}
	}
	return false
}

// sameName compares a name with one in lower case as the laxest backend might:
// in any case, and with "_" for "-".
func sameName(name, lower string) bool {
	if len(name) != len(lower) {
		return false
	}
	for i := range len(name) {
		b := name[i]
		switch {
		case b >= 'A' && b <= 'Z':
			b += 'a' - 'A'
		case b == '_':
			b = '-'
		}
		if b != lower[i] {
			return false
		}
	}
	return true
}

// isHop reports whether a name is of a field that belongs to one connection: this
// package writes its own, and trailers may not hold any.
func isHop(name string) bool {
	one, other := hopNames(len(name))
	return one != "" && (sameName(name, one) || sameName(name, other))
}

// hopNames are the names of isHop that have so many octets; "" is none.
func hopNames(n int) (one, other string) {
	switch n {
	case 2:
		return "te", ""
	case 4:
		return "host", ""
	case 6:
		return "expect", ""
	case 7:
		return "trailer", "upgrade"
	case 10:
		return "connection", "keep-alive"
	case 14:
		return "content-length", ""
	case 16:
		return "proxy-connection", ""
	case 17:
		return "transfer-encoding", ""
	}
	return "", ""
}
