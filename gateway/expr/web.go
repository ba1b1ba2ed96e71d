package expr

import (
	"encoding/base64"
	"html"
	"net/url"
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

func uriStatics() []method {
	return []method{
		{"EscapeDataString(string s) string", func(f *frame, a []value) (value, error) {
			s, err := needle(a[0])
			if err != nil {
				return null(), nullArgument("stringToEscape")
			}
			return f.made(percent(s, "-_.~", false))
		}},
		{"EscapeUriString(string s) string", func(f *frame, a []value) (value, error) {
			return f.made(percent(a[0].s, "-_.~:/?#[]@!$&'()*+,;=", false))
		}},
		{"UnescapeDataString(string s) string", func(f *frame, a []value) (value, error) { return f.made(unpercent(a[0].s)) }},
		{"IsWellFormedUriString(string s) bool", func(_ *frame, a []value) (value, error) {
			_, err := url.Parse(a[0].s)
			return boolean(err == nil), nil
		}},
	}
}

func uriConstructors() []method {
	return []method{
		{"new(string uriString) Uri", func(_ *frame, a []value) (value, error) {
			if a[0].k == kNull {
				return null(), nullArgument("uriString")
			}
			return parseURI(a[0].s)
		}},
		{"new(Uri start, string relative) Uri", func(_ *frame, a []value) (value, error) {
			u, ok := a[0].o.(*url.URL)
			rel, err := url.Parse(a[1].s)
			if !ok || err != nil {
				return null(), uriError()
			}
			return object(kURI, u.ResolveReference(rel)), nil
		}},
	}
}

func uriError() error {
	return fail(BadURI, "Invalid URI: The format of the URI could not be determined.")
}

func parseURI(s string) (value, error) {
	u, err := url.Parse(strings.TrimSpace(s))
	if err != nil || u.Scheme == "" || u.Host == "" && u.Opaque == "" && u.Path == "" {
		return null(), uriError()
	}
	u.Host = strings.ToLower(u.Host)
	if u.Path == "" && u.Opaque == "" {
		u.Path = "/"
	}
	return object(kURI, u), nil
}

func uriText(u *url.URL) string {
	c := *u
	if port := c.Port(); port != "" && port == defaultPort(c.Scheme) {
		c.Host = c.Hostname()
	}
	return c.String()
}

func defaultPort(scheme string) string {
	return map[string]string{"http": "80", "https": "443", "ftp": "21", "ws": "80", "wss": "443"}[scheme]
}

func portOf(u *url.URL) int32 {
	port := u.Port()
	if port == "" {
		port = defaultPort(u.Scheme)
	}
	v, err := parseInteger(port, kInt)
	if err != nil {
		return -1
	}
	return int32(v.n)
}

func queryOf(u *url.URL) string {
	if u.RawQuery == "" {
		return ""
	}
	return "?" + u.RawQuery
}

func uriProperties() []property {
	row := func(sig string, get func(u *url.URL) string) property {
		return property{sig, func(_ *frame, v value) (value, error) { return str(get(v.o.(*url.URL))), nil }}
	}
	return []property{
		row("Scheme string", func(u *url.URL) string { return u.Scheme }),
		row("Host string", func(u *url.URL) string { return u.Hostname() }),
		row("DnsSafeHost string", func(u *url.URL) string { return u.Hostname() }),
		row("AbsolutePath string", (*url.URL).EscapedPath),
		row("LocalPath string", func(u *url.URL) string { return u.Path }),
		row("Path string", (*url.URL).EscapedPath),
		row("Query string", queryOf),
		row("PathAndQuery string", func(u *url.URL) string { return u.EscapedPath() + queryOf(u) }),
		row("AbsoluteUri string", uriText),
		row("OriginalString string", uriText),
		row("Authority string", authority),
		row("Fragment string", func(u *url.URL) string {
			if u.Fragment == "" {
				return ""
			}
			return "#" + u.EscapedFragment()
		}),
		{"Port int", func(_ *frame, v value) (value, error) { return integer(portOf(v.o.(*url.URL))), nil }},
		{"Uri Uri", func(_ *frame, v value) (value, error) { return v, nil }},
		{"IsAbsoluteUri bool", func(*frame, value) (value, error) { return boolean(true), nil }},
		{"IsDefaultPort bool", func(_ *frame, v value) (value, error) {
			u := v.o.(*url.URL)
			return boolean(u.Port() == "" || u.Port() == defaultPort(u.Scheme)), nil
		}},
		{"Segments string[]", func(_ *frame, v value) (value, error) {
			return stringsOf(strings.SplitAfter(strings.TrimSuffix(v.o.(*url.URL).EscapedPath(), "/"), "/")), nil
		}},
	}
}

func authority(u *url.URL) string {
	if u.Port() == defaultPort(u.Scheme) {
		return u.Hostname()
	}
	return u.Host
}

// credentials are what Authorization: Basic holds.
type credentials struct{ user, password string }

// basicOf is "Basic …".AsBasic(); null where it is none.
func basicOf(s string) value {
	scheme, rest, _ := strings.Cut(strings.TrimSpace(s), " ")
	b, err := base64.StdEncoding.DecodeString(strings.TrimSpace(rest))
	user, password, ok := strings.Cut(string(b), ":")
	if !strings.EqualFold(scheme, "Basic") || err != nil || !ok {
		return null()
	}
	return object(kBasic, &credentials{user, password})
}

func basicProperties() []property {
	return []property{
		{"Username string", func(_ *frame, v value) (value, error) { return str(v.o.(*credentials).user), nil }},
		{"UserId string", func(_ *frame, v value) (value, error) { return str(v.o.(*credentials).user), nil }},
		{"Password string", func(_ *frame, v value) (value, error) { return str(v.o.(*credentials).password), nil }},
	}
}
