package backend

import (
	"net/http"
	"net/url"
	"strings"
)

// endpoint is a backend in one Set: its settings, and the parts it shares with
// other Sets.
type endpoint struct {
	name    string // "" of a URL that no backend stands for
	region  string
	version string
	host    string // of the URL, as sent
	scheme  string
	path    string // without a final slash
	escaped string // likewise
	query   string
	url     string // for people: without user and query
	header  http.Header
	extra   url.Values // query parameters
	circuit *circuit
	origin  *origin
	counts  *counts
}

// point makes e send to u.
func (e *endpoint) point(u *url.URL) {
	e.scheme, e.host = u.Scheme, u.Host
	e.path = strings.TrimSuffix(u.Path, "/")
	e.escaped = strings.TrimSuffix(u.EscapedPath(), "/")
	e.query = u.RawQuery
	e.url = u.Scheme + "://" + u.Host + u.EscapedPath()
}

// at returns e, sending to u.
func (e *endpoint) at(u *url.URL) *endpoint {
	out := *e
	out.point(u)
	return &out
}

// join writes where a request for u goes to into out.
func (e *endpoint) join(out, u *url.URL) {
	out.Scheme, out.Host = e.scheme, e.host
	out.Path = slashed(e.path, u.Path)
	if u.RawPath != "" || e.escaped != e.path {
		out.RawPath = slashed(e.escaped, u.EscapedPath())
	}
	out.RawQuery, out.ForceQuery = e.merged(u.RawQuery), u.ForceQuery
	if out.Path == "" {
		out.Path = "/"
	}
}

// slashed puts below under front, with one slash between them.
func slashed(front, below string) string {
	switch {
	case front == "":
		return below
	case below == "", below[0] == '/':
		return front + below
	}
	return front + "/" + below
}

// merged returns the parameters of the URL, the request and the credentials,
// which displace the request's.
func (e *endpoint) merged(raw string) string {
	if len(e.extra) > 0 {
		raw = without(raw, e.extra) // also where the request has none
	}
	out := e.query
	for _, part := range []string{raw, e.extra.Encode()} {
		if out != "" && part != "" {
			out += "&"
		}
		out += part
	}
	return out
}

// without returns a query without the parameters of drop, the others as they
// were.
func without(raw string, drop url.Values) string {
	var kept []string
	for pair := range strings.SplitSeq(raw, "&") {
		key, _, _ := strings.Cut(pair, "=")
		name, err := url.QueryUnescape(key)
		if _, dropped := drop[name]; pair != "" && (err != nil || !dropped) {
			kept = append(kept, pair)
		}
	}
	return strings.Join(kept, "&")
}
