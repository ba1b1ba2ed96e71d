package expr

import (
	"math"
	"strconv"
	"strings"
)

// numberPicture is a custom format such as #,##0.00%.
type numberPicture struct {
	prefix, suffix string
	whole          int // digits that are always written
	least, most    int // decimals
	group          bool
	scale          float64
}

// customNumber applies a custom format with up to three sections: for
// positive, negative and zero.
func customNumber(d float64, spec string) (string, error) {
	sections := strings.Split(spec, ";")
	section, negative := sections[0], d < 0
	switch {
	case d < 0 && len(sections) > 1 && sections[1] != "":
		section, negative = sections[1], false
	case d == 0 && len(sections) > 2 && sections[2] != "":
		section = sections[2]
	}
	p := readPicture(section)
	s := p.write(math.Abs(d))
	if negative && strings.Trim(s, "0.,") != "" {
		s = "-" + s
	}
	return s, nil
}

// readPicture reads a section of a custom format.
func readPicture(s string) numberPicture {
	p := numberPicture{scale: 1}
	digits, point := false, false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '0' || c == '#':
			digits = true
			p.digit(c, point)
		case c == '.':
			digits, point = true, true
		case c == ',' && digits && !point:
			p.group = true
		default:
			i += p.text(s[i:], digits)
		}
	}
	return p
}

func (p *numberPicture) digit(c byte, point bool) {
	switch {
	case point:
		p.most++
		if c == '0' {
			p.least = p.most
		}
	case c == '0' || p.whole > 0:
		p.whole++
	}
}

// text takes a literal at the start of s and returns how many bytes it has
// beyond the first.
func (p *numberPicture) text(s string, after bool) int {
	text, size := quotedText(s)
	if text == "%" {
		p.scale = 100
	}
	p.literal(text, after)
	return size - 1
}

// quotedText reads \x, 'text', "text" or one byte at the start of s.
func quotedText(s string) (text string, size int) {
	switch c := s[0]; {
	case c == '\\' && len(s) > 1:
		return s[1:2], 2
	case c == '\'' || c == '"':
		end := strings.IndexByte(s[1:], c)
		if end < 0 {
			return s[1:], len(s)
		}
		return s[1 : 1+end], end + 2
	}
	return s[:1], 1
}

func (p *numberPicture) literal(s string, after bool) {
	if after {
		p.suffix += s
	} else {
		p.prefix += s
	}
}

func (p numberPicture) write(d float64) string {
	if math.IsNaN(d) || math.IsInf(d, 0) {
		return doubleText(d)
	}
	s := roundText(d*p.scale, min(p.most, maxPrecision))
	whole, frac, _ := strings.Cut(s, ".")
	for len(frac) > p.least && strings.HasSuffix(frac, "0") {
		frac = frac[:len(frac)-1]
	}
	whole = strings.TrimLeft(whole, "0")
	whole = strings.Repeat("0", max(0, p.whole-len(whole))) + whole
	if p.group {
		whole = grouped(whole)
	}
	if frac != "" {
		whole += "." + frac
	}
	return p.prefix + whole + p.suffix
}

// parseInteger is int.Parse and its like.
func parseInteger(s string, k kind) (value, error) {
	s = strings.Trim(s, " \t\r\n\v\f\x00")
	digits := strings.TrimPrefix(strings.TrimPrefix(s, "+"), "-")
	if digits == "" || !allDigits(digits) || strings.HasPrefix(s, "+-") {
		return null(), formatError()
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || !inRange(n, k) {
		return null(), overflowOf(k)
	}
	return value{k: k, n: n}, nil
}

// parseDouble is double.Parse.
func parseDouble(s string) (value, error) {
	s = strings.ReplaceAll(strings.TrimSpace(s), ",", "")
	switch s {
	case "NaN":
		return double(math.NaN()), nil
	case "Infinity", "∞":
		return double(math.Inf(1)), nil
	case "-Infinity", "-∞":
		return double(math.Inf(-1)), nil
	}
	if s == "" || strings.Trim(s, "+-.0123456789eE") != "" {
		return null(), formatError()
	}
	d, err := strconv.ParseFloat(s, 64)
	if err != nil && !math.IsInf(d, 0) {
		return null(), formatError()
	}
	if err != nil {
		return null(), fail(Overflow, "Value was either too large or too small for a Double.")
	}
	return double(d), nil
}

// parseBool is bool.Parse.
func parseBool(s string) (value, error) {
	switch strings.ToLower(strings.Trim(strings.TrimSpace(s), "\x00")) {
	case "true":
		return boolean(true), nil
	case "false":
		return boolean(false), nil
	}
	return null(), fail(Format, "String was not recognized as a valid Boolean.")
}
