package node

import (
	"net/http"
	"net/url"
	"time"
)

// backend serves requests by what the node file names, until APIs and pools say
// where they go. It implements http.RoundTripper.
type backend struct {
	root *url.URL
	next http.RoundTripper
}

// Limits of connections to a backend.
const (
	backendIdle     = 256
	backendIdleTime = 90 * time.Second
	backendConnect  = 10 * time.Second
	backendAnswer   = 5 * time.Minute
)

func newBackend(root *url.URL) *backend {
	return &backend{root: root, next: &http.Transport{
		DialContext:           dialer(backendConnect).DialContext,
		MaxIdleConnsPerHost:   backendIdle,
		IdleConnTimeout:       backendIdleTime,
		TLSHandshakeTimeout:   backendConnect,
		ResponseHeaderTimeout: backendAnswer,
		DisableCompression:    true,
	}}
}

// RoundTrip sends a request to the backend. The request's own path is put under
// the backend's; its Host stays.
func (b *backend) RoundTrip(r *http.Request) (*http.Response, error) {
	out := r.Clone(r.Context())
	if out.Host == "" {
		out.Host = r.URL.Host
	}
	out.URL.Scheme, out.URL.Host = b.root.Scheme, b.root.Host
	if b.root.Path != "" && b.root.Path != "/" {
		joined := b.root.JoinPath(r.URL.EscapedPath())
		out.URL.Path, out.URL.RawPath = joined.Path, joined.RawPath
	}
	return b.next.RoundTrip(out)
}
