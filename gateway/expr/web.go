package expr

import (
	"html"
	"strings"
)

func webStatics() []method {
	row := func(name string, fn func(string) string) method {
		return method{name + "(string value) string", func(f *frame, a []value) (value, error) {
			if a[0].k == kNull {
				return null(), nil
			}
			return f.made(fn(a[0].s))
		}}
	}
	return []method{
		row("UrlEncode", formEncode),
		row("UrlDecode", formDecode),
		row("HtmlEncode", htmlEncode),
		row("HtmlDecode", html.UnescapeString),
	}
}

const unreserved = "-_.!*()"

// formEncode is WebUtility.UrlEncode: blanks become +.
func formEncode(s string) string { return percent(s, unreserved, true) }

// percent encodes all bytes but letters, digits and those in safe.
func percent(s, safe string, plus bool) string {
	const hexDigits = "0123456789ABCDEF"
	b := make([]byte, 0, len(s)+16)
	for _, c := range []byte(s) {
		switch {
		case '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z' || strings.IndexByte(safe, c) >= 0:
			b = append(b, c)
		case c == ' ' && plus:
			b = append(b, '+')
		default:
			b = append(b, '%', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	return string(b)
}

// unpercent decodes %XX and leaves what is malformed.
func unpercent(s string) string {
	if !strings.Contains(s, "%") {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]) {
			b = append(b, nibble(s[i+1])<<4|nibble(s[i+2]))
			i += 2
			continue
		}
		b = append(b, s[i])
	}
	return strings.ToValidUTF8(string(b), "\ufffd")
}

func nibble(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return c | 0x20 - 'a' + 10
}

func formDecode(s string) string { return unpercent(strings.ReplaceAll(s, "+", " ")) }

// htmlEncode is WebUtility.HtmlEncode.
func htmlEncode(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&#39;").Replace(s)
}
