package h1

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// appendLine writes the request line and Host.
func appendLine(b []byte, r *http.Request) ([]byte, error) {
	method := r.Method
	if method == "" {
		method = http.MethodGet
	}
	if !validName(method) || method == http.MethodConnect {
		return b, &RequestError{fmt.Sprintf("method %.32q, want a token other than CONNECT", method)}
	}
	b = append(append(b, method...), ' ')
	b, err := appendTarget(b, method, r.URL)
	if err != nil {
		return b, err
	}
	host := r.Host
	if host == "" {
		host = r.URL.Host
	}
	if host == "" || strings.ContainsFunc(host, notInHost) {
		return b, &RequestError{fmt.Sprintf("host %.64q, want host or host:port", host)}
	}
	b = append(b, " HTTP/1.1\r\nHost: "...)
	b = append(b, host...)
	return append(b, "\r\n"...), nil
}

// notInHost is true for what a Host field may not hold (RFC 9110 §7.2).
func notInHost(c rune) bool {
	switch {
	case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
		return false
	}
	return !strings.ContainsRune("-._~%!$&'()*+,;=:[]", c)
}

// appendTarget writes the target in origin form, or "*".
func appendTarget(b []byte, method string, u *url.URL) ([]byte, error) {
	if u == nil || u.Opaque != "" {
		return b, &RequestError{"no path in the URL"}
	}
	path := u.EscapedPath()
	if path == "" {
		path = "/"
	}
	if path[0] != '/' && (path != "*" || method != http.MethodOptions) {
		return b, &RequestError{fmt.Sprintf("path %.64q, want one that starts with /", path)}
	}
	start := len(b)
	b = append(b, path...)
	if u.ForceQuery || u.RawQuery != "" {
		b = append(append(b, '?'), u.RawQuery...)
	}
	if bytes.ContainsFunc(b[start:], notInTarget) {
		return b, &RequestError{fmt.Sprintf("target %.64q has a blank, a control character or #", b[start:])}
	}
	return b, nil
}

func notInTarget(c rune) bool { return c <= ' ' || c == 0x7f || c == '#' }

// appendField writes the lines of one field. Those that this package makes are
// left out, in every spelling.
func appendField(b []byte, name string, values []string) ([]byte, error) {
	if !validName(name) {
		return b, &RequestError{fmt.Sprintf("field name %.64q, want a token", name)}
	}
	if isHop(name) {
		return b, nil
	}
	return appendLines(b, name, values)
}

func appendLines(b []byte, name string, values []string) ([]byte, error) {
	for _, value := range values {
		if !validText(value) {
			return b, &RequestError{fmt.Sprintf("value of field %.64q has a control character", name)}
		}
		value = trim(value)
		if value == "" && name == "User-Agent" {
			continue // how net/http is told to write none
		}
		b = append(append(b, name...), ": "...)
		b = append(append(b, value...), "\r\n"...)
	}
	return b, nil
}

// trailerNames are the fields of a trailer section that may be sent, sorted.
func trailerNames(trailer http.Header) []string {
	var names []string
	for name := range trailer {
		if validName(name) && !isHop(name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func appendTrailerNames(b []byte, trailer http.Header) []byte {
	names := trailerNames(trailer)
	if len(names) == 0 {
		return b
	}
	b = append(b, "Trailer: "...)
	b = append(b, strings.Join(names, ", ")...)
	return append(b, "\r\n"...)
}
