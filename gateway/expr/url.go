package expr

import (
	"net/http"
	"net/url"
)

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

func authority(u *url.URL) string {
	if u.Port() == defaultPort(u.Scheme) {
		return u.Hostname()
	}
	return u.Host
}

// currentURL is the request's URL with the scheme and host it has now.
func currentURL(r *http.Request) *url.URL {
	if r.URL == nil {
		return &url.URL{Scheme: "http", Host: r.Host}
	}
	if r.URL.Host != "" && r.URL.Scheme != "" {
		return r.URL
	}
	u := *r.URL
	if u.Host == "" {
		u.Host = r.Host
	}
	if u.Scheme == "" {
		u.Scheme = "http"
		if r.TLS != nil {
			u.Scheme = "https"
		}
	}
	return &u
}

func urlProperties() []property {
	return []property{
		textRow("Scheme", func(u *url.URL) string { return u.Scheme }),
		textRow("Host", func(u *url.URL) string { return u.Hostname() }),
		textRow("Path", urlPath),
		textRow("QueryString", queryOf),
		{"Port int", func(_ *frame, v value) (value, error) { return integer(portOf(v.o.(*url.URL))), nil }},
		{"Query IReadOnlyDictionary<string,string[]>", func(_ *frame, v value) (value, error) { return object(kHeaders, v.o.(*url.URL).Query()), nil }},
	}
}

func urlPath(u *url.URL) string {
	if p := u.EscapedPath(); p != "" {
		return p
	}
	return "/"
}

func urlText(v value) string {
	u, _ := v.o.(*url.URL)
	return u.Scheme + "://" + authority(u) + urlPath(u) + queryOf(u)
}

// urlMethods: ToUri gives what has the members of Uri.
func urlMethods() []method {
	return []method{{"ToUri() Uri", func(_ *frame, a []value) (value, error) { return parseURI(urlText(a[0])) }}}
}
