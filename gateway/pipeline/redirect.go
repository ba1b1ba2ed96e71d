package pipeline

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"strings"

	"meridian/gateway/backend"
	"meridian/gateway/policy"
)

// maxRedirects is how often forward-request follows.
const maxRedirects = 10

// redirected follows the redirections of an answer (RFC 9110 §15.4), as far as
// that can be done without the request's body, which has been sent.
func (x *exchange) redirected(ctx context.Context, r *http.Request, resp *http.Response, f policy.Forward) (*http.Response, error) {
	send := x.g.set.At
	for range maxRedirects {
		if resp.Request == nil {
			return resp, nil // whoever asked does not say where
		}
		next := redirection(resp.Request.URL, r, resp)
		if next == nil {
			return resp, nil
		}
		_ = resp.Body.Close() // the next one counts
		if !sameOrigin(resp.Request.URL, next.URL) {
			send = x.g.set.Bare
		}
		call := backend.Call{Timeout: f.Timeout, HTTPVersion: f.HTTPVersion, Retry: true}
		var err error
		resp, err = send(&url.URL{Scheme: next.URL.Scheme, Host: next.URL.Host}).Do(next.WithContext(ctx), &call)
		x.note(&call, err)
		if err != nil {
			return nil, err
		}
		r = next
	}
	return resp, nil
}

// redirection is the request that an answer sends to elsewhere; nil: it does
// not, or the request cannot be made again. at is where the answer came from.
func redirection(at *url.URL, r *http.Request, resp *http.Response) *http.Request {
	method := redirectedMethod(r, resp.StatusCode)
	to := redirectedTo(at, resp.Header.Get("Location"))
	if method == "" || to == nil {
		return nil
	}
	next := r.Clone(r.Context())
	next.Method, next.URL, next.Host = method, to, ""
	next.Body, next.ContentLength, next.GetBody = http.NoBody, 0, nil
	next.Header.Del("Content-Length")
	if method != r.Method {
		next.Header.Del("Content-Type")
	}
	if !sameOrigin(at, to) {
		maps.DeleteFunc(next.Header, func(name string, _ []string) bool { return !forAnybody(name) })
	}
	return next
}

// sameOrigin reports whether two URLs are of one server, reached in one way.
func sameOrigin(a, b *url.URL) bool { return a.Scheme == b.Scheme && strings.EqualFold(a.Host, b.Host) }

// forAnybody reports whether a field goes along to another server than the one
// it was meant for. Nobody can tell which of the others are credentials, or say
// who the client is.
func forAnybody(name string) bool {
	switch name {
	case "Accept", "Accept-Charset", "Accept-Encoding", "Accept-Language", "Cache-Control", "Pragma", "Range", "If-Match", "If-None-Match",
		"If-Modified-Since", "If-Unmodified-Since", "If-Range", "Prefer", "User-Agent", "Traceparent", "Tracestate", "X-Request-Id", "Via":
		return true
	}
	return false
}

// redirectedTo reads a Location; nil: it cannot be followed.
func redirectedTo(at *url.URL, location string) *url.URL {
	to, err := at.Parse(location)
	if err != nil || location == "" || to.Scheme != "http" && to.Scheme != "https" || to.Host == "" || to.User != nil {
		return nil
	}
	return to
}

// redirectedMethod is the method of the next request; "": there is none.
func redirectedMethod(r *http.Request, status int) string {
	safe := r.Method == http.MethodGet || r.Method == http.MethodHead
	switch status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther:
		if safe {
			return r.Method
		}
		if status == http.StatusSeeOther || r.Method == http.MethodPost {
			return http.MethodGet
		}
	case http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		if safe || r.Body == nil || r.Body == http.NoBody {
			return r.Method
		}
	}
	return ""
}
