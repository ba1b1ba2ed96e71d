package expr

import (
	"net/url"
	"strings"
)

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
