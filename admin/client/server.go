package client

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// server is one place to ask.
type server struct {
	name   string // as given
	prefix string // URL without trailing slash
	token  string // bearer token; empty: none
	http   *http.Client
}

// parseServer reads http://host:port, https://host:port, host:port or
// unix:///path. A token is not sent in the clear over a network: to http
// servers that are not on this machine it is an error.
func parseServer(name string, o Options, secure *tls.Config) (*server, error) {
	u, socket, err := parseURL(name)
	if err != nil {
		return nil, fmt.Errorf("server %q: %w", name, err)
	}
	if o.Token != "" && u.Scheme == "http" && !isLoopback(u.Hostname()) {
		return nil, fmt.Errorf("server %q: a token is sent over https, to a loopback address or to a unix socket only", name)
	}
	network := "tcp"
	if socket != "" {
		network = "unix"
	}
	return &server{
		name:   name,
		token:  o.Token,
		prefix: strings.TrimSuffix(u.String(), "/"),
		http:   &http.Client{Transport: transport(network, socket, o.Connect, secure), CheckRedirect: stay},
	}, nil
}

// parseURL returns where to send requests, and the socket to dial, if it is one.
func parseURL(s string) (u *url.URL, socket string, err error) {
	if !strings.Contains(s, "://") {
		s = "http://" + s
	}
	if u, err = url.Parse(s); err != nil {
		return nil, "", err
	}
	switch u.Scheme {
	case "unix":
		if u.Host == "" && strings.HasPrefix(u.Path, "/") {
			return &url.URL{Scheme: "http", Host: "localhost"}, u.Path, nil
		}
	case "http", "https":
		if u.Host != "" && u.RawQuery == "" && u.User == nil {
			return u, "", nil
		}
	}
	return nil, "", errors.New("want http://host:port, https://host:port, host:port or unix:///path")
}

// isLoopback reports whether a host is this machine.
func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.Unmap().IsLoopback()
}

// stay refuses redirects: the API has none.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// transport dials within connect. A fixed address overrides the URL's. Proxies
// are not for this.
func transport(network, fixed string, connect time.Duration, secure *tls.Config) *http.Transport {
	dialer := &net.Dialer{Timeout: connect}
	return &http.Transport{
		DialContext: func(ctx context.Context, _, address string) (net.Conn, error) {
			if fixed != "" {
				address = fixed
			}
			return dialer.DialContext(ctx, network, address)
		},
		TLSClientConfig:        secure,
		TLSHandshakeTimeout:    5 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
		MaxIdleConns:           2,
		IdleConnTimeout:        30 * time.Second,
	}
}
