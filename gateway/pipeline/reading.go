package pipeline

import (
	"net/http"
	"strings"
)

// maxReadings is how often one percent-encoding inside of another is decoded.
const maxReadings = 4

// odd reports whether a path has anything that two readers may read in two ways.
// Mostly it has not, and is what it says.
func (p path) odd() bool {
	before := byte(0)
	for i := range len(p.text) {
		c := p.text[i]
		switch {
		case c < ' ', c == 0x7f, c == '%', c == '\\', c == ';', c == 0xc0, c == 0xc1, c == '.' && before == '/':
			return true
		}
		before = c
	}
	return false
}

// loosest returns the path as whoever reads most into it takes it: what is
// encoded is decoded, also where it was encoded twice, a backslash is a slash,
// an overlong UTF-8 form what it stands for, and what follows a semicolon is no
// part of its segment. "" for a path that cannot be read to its end.
func (p path) loosest() string {
	text := p.plain(0)
	for n := 0; ; n++ {
		next := decode(text)
		if next == text {
			break
		}
		if text = next; n == maxReadings {
			return ""
		}
	}
	text = strings.NewReplacer(`\`, "/", "\xc0\xaf", "/", "\xc1\x9c", "/", "\xc0\xae", ".").Replace(text)
	if strings.IndexByte(text, ';') < 0 {
		return text
	}
	parts := strings.Split(text, "/")
	for i, part := range parts {
		parts[i], _, _ = strings.Cut(part, ";")
	}
	return strings.Join(parts, "/")
}

// decode is url.PathUnescape that leaves what is no escape as it is.
func decode(text string) string {
	at := strings.IndexByte(text, '%')
	if at < 0 {
		return text
	}
	out := append(make([]byte, 0, len(text)), text[:at]...)
	for i := at; i < len(text); i++ {
		if text[i] == '%' && i+2 < len(text) && digit(text[i+1]) >= 0 && digit(text[i+2]) >= 0 {
			out = append(out, byte(digit(text[i+1])<<4|digit(text[i+2]))) //nolint:gosec // two hexadecimal digits
			i += 2
			continue
		}
		out = append(out, text[i])
	}
	return string(out)
}

// digit is the value of a hexadecimal digit; -1: it is none.
func digit(c byte) int {
	switch c = lowerByte(c); {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	}
	return -1
}

// dotted reports whether a segment is "." or "..", in any spelling: what stands
// behind a gateway resolves it, and would be asked for something that no
// operation has.
func (p path) dotted() bool { return p.odd() && dots(p.loosest()) }

func dots(loosest string) bool {
	for part := range strings.SplitSeq(loosest, "/") {
		if part == "." || part == ".." {
			return true
		}
	}
	return loosest == ""
}

// control reports whether a path has a control character: backends end a path
// there, or a line of their logs.
func (p path) control() bool {
	return strings.IndexFunc(p.plain(0), func(c rune) bool { return c < ' ' || c == 0x7f }) >= 0
}

// claim fills m in, and reports whether anything claims the request. A path that
// a backend may take for one of another API or operation is refused: the
// policies of that one would be passed by.
func (g *generation) claim(m *match, r *http.Request) (claimed bool, no *refusal) {
	p := pathOf(r.URL)
	if !p.odd() {
		return g.find(m, r), nil
	}
	loosest := p.loosest()
	switch {
	case p.control():
		return false, refusePath("The path has a control character")
	case dots(loosest):
		return false, refuseDots()
	}
	claimed = g.find(m, r)
	if (claimed || m.api == nil) && loosest != p.text && g.other(m, r, path{text: loosest}) {
		return false, refusePath("The path can be read as one of another API or operation")
	}
	return claimed, nil
}

// other reports whether a path is one of another API, or of another operation
// where the API cares.
func (g *generation) other(m *match, r *http.Request, at path) bool {
	var there match
	g.findAt(&there, r, at)
	switch {
	case there.api == nil:
		return false
	case there.api != m.api:
		return true
	}
	return there.op != nil && there.op != m.op && !m.api.config.AsWritten
}
