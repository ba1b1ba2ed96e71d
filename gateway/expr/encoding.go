package expr

import (
	"strings"
)

func encodingConstants() []property {
	row := func(name string) property {
		return property{name + " Encoding", func(*frame, value) (value, error) { return object(kEncoding, name), nil }}
	}
	return []property{row("UTF8"), row("ASCII"), row("Default"), row("Latin1")}
}

func encodingConstructors() []method {
	return []method{{"new() Encoding", func(*frame, []value) (value, error) { return object(kEncoding, "UTF8"), nil }}}
}

func encodingMethods() []method {
	return []method{
		{"GetBytes(string s) byte[]", func(f *frame, a []value) (value, error) {
			if a[1].k == kNull {
				return null(), nullArgument("s")
			}
			return bytesOf([]byte(encoded(a[0].o, a[1].s))), f.take(len(a[1].s))
		}},
		{"GetString(byte[] bytes) string", func(f *frame, a []value) (value, error) {
			if a[1].k == kNull {
				return null(), nullArgument("bytes")
			}
			return f.made(strings.ToValidUTF8(encoded(a[0].o, string(a[1].bytes())), "\ufffd"))
		}},
		{"GetByteCount(string s) int", func(_ *frame, a []value) (value, error) { return integer(int32(len(a[1].s))), nil }},
	}
}

// encoded replaces what ASCII does not have.
func encoded(encoding any, s string) string {
	if encoding != "ASCII" || ascii(s) {
		return s
	}
	return strings.Map(func(r rune) rune {
		if r > 127 {
			return '?'
		}
		return r
	}, s)
}

func cultureConstants() []property {
	row := func(name string) property {
		return property{name + " CultureInfo", func(*frame, value) (value, error) { return object(kCulture, ""), nil }}
	}
	return []property{row("InvariantCulture"), row("CurrentCulture")}
}
