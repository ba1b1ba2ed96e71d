package expr

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// escape lexes a \ sequence of a regular string.
func (l *lexer) escape(sb *strings.Builder) error {
	start := l.i
	if l.i+1 >= len(l.src) {
		return l.errorf(start, "the string has no end")
	}
	c := l.src[l.i+1]
	if i := strings.IndexByte(`'"\0abfnrtv`, c); i >= 0 {
		sb.WriteByte("'\"\\\x00\a\b\f\n\r\t\v"[i])
		l.i += 2
		return nil
	}
	r, n := hexEscape(l.src[l.i:])
	if n == 0 {
		return l.errorf(start, `unrecognized escape sequence \%c`, c)
	}
	l.i += n
	if low, m := hexEscape(l.src[l.i:]); m > 0 && utf16.IsSurrogate(r) {
		if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
			r = pair
			l.i += m
		}
	}
	sb.WriteRune(r)
	return nil
}

// hexEscape reads \uXXXX, \UXXXXXXXX or \xX…XXXX at the start of s and returns
// the character and the length, 0 where there is none.
func hexEscape(s string) (rune, int) {
	if len(s) < 3 || s[0] != '\\' {
		return 0, 0
	}
	span, ok := map[byte][2]int{'u': {4, 4}, 'U': {8, 8}, 'x': {1, 4}}[s[1]]
	if !ok {
		return 0, 0
	}
	least, n := span[0], hexDigits(s[2:min(len(s), 2+span[1])])
	v, err := strconv.ParseUint(s[2:2+n], 16, 32)
	if n < least || err != nil || v > utf8.MaxRune {
		return 0, 0
	}
	return rune(v), 2 + n
}

// hexDigits is how many hexadecimal digits s starts with.
func hexDigits(s string) int {
	n := 0
	for n < len(s) && isHex(s[n]) {
		n++
	}
	return n
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'f'
}

// char lexes a character literal.
func (l *lexer) char(t *token) error {
	start := l.i
	l.i++
	var sb strings.Builder
	if l.i < len(l.src) && l.src[l.i] == '\\' {
		if err := l.escape(&sb); err != nil {
			return err
		}
	} else {
		_, n := utf8.DecodeRuneInString(l.src[l.i:])
		sb.WriteString(l.src[l.i : l.i+n])
		l.i += n
	}
	if l.i >= len(l.src) || l.src[l.i] != '\'' || sb.String() == "'" && l.src[start+1] == '\'' {
		return l.errorf(start, "a character literal holds one character")
	}
	l.i++
	r, _ := utf8.DecodeRuneInString(sb.String())
	if r > math.MaxUint16 {
		return l.errorf(start, "a character literal holds one UTF-16 code unit")
	}
	t.kind, t.n = tokChar, int64(r)
	return nil
}

// number lexes an integer or a real number.
func (l *lexer) number(t *token) error {
	start := l.i
	digits := l.digits()
	var radix int
	switch {
	case strings.HasPrefix(digits, "0x") || strings.HasPrefix(digits, "0X"):
		radix, digits = 16, digits[2:]
	case strings.HasPrefix(digits, "0b") || strings.HasPrefix(digits, "0B"):
		radix, digits = 2, digits[2:]
	default:
		return l.decimal(t, start, digits)
	}
	trimmed := strings.TrimRight(digits, "uUlL")
	return l.integer(t, start, trimmed, digits[len(trimmed):], radix)
}

// digits takes letters, digits, underscores, and a fraction and an exponent's
// sign where they stand; it returns them without underscores.
func (l *lexer) digits() string {
	start := l.i
	for l.i < len(l.src) && l.inNumber(start) {
		l.i++
	}
	return strings.ReplaceAll(l.src[start:l.i], "_", "")
}

func (l *lexer) inNumber(start int) bool {
	hex := strings.HasPrefix(l.src[start:], "0x") || strings.HasPrefix(l.src[start:], "0X")
	switch c := l.src[l.i]; c {
	case '.':
		return !hex && digitAt(l.src, l.i+1) && !strings.Contains(l.src[start:l.i], ".")
	case '+', '-':
		return !hex && l.i > start && l.src[l.i-1]|0x20 == 'e' && digitAt(l.src, l.i+1)
	default:
		return c == '_' || alphanumeric(c)
	}
}

func digitAt(s string, i int) bool { return i < len(s) && '0' <= s[i] && s[i] <= '9' }

// alphanumeric reports whether c is an ASCII letter or digit.
func alphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z'
}

func (l *lexer) decimal(t *token, start int, digits string) error {
	text := strings.TrimRight(digits, "uUlLdDfFmM")
	suffix := digits[len(text):]
	if !strings.ContainsAny(text, ".eE") && !strings.ContainsAny(suffix, "dDfFmM") {
		return l.integer(t, start, text, suffix, 10)
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || len(suffix) > 1 {
		return l.errorf(start, "%q is not a number", l.src[start:l.i])
	}
	t.kind, t.n, t.text = tokReal, int64(math.Float64bits(f)), text
	return nil
}

func (l *lexer) integer(t *token, start int, text, suffix string, radix int) error {
	n, err := strconv.ParseInt(text, radix, 64)
	if err != nil || len(suffix) > 2 {
		return l.errorf(start, "%q is not a number from 0 to %d", l.src[start:l.i], math.MaxInt64)
	}
	t.kind, t.n, t.text = tokInt, n, text
	t.long = strings.ContainsAny(suffix, "lL") || n > math.MaxInt32
	return nil
}
