package client

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// server is one place to ask.
type server struct {
	name   string // as given
	prefix string // URL without trailing slash
	http   *http.Client
}

// parseServer reads http://host:port, host:port or unix:///path.
func parseServer(s string, connect time.Duration) (*server, error) {
	given := s
	if !strings.Contains(s, "://") {
		s = "http://" + s
	}
	u, err := url.Parse(s)
	if err != nil {
		return nil, fmt.Errorf("server %q: %w", given, err)
	}
	network, address := "tcp", ""
	switch {
	case u.Scheme == "unix" && u.Host == "" && strings.HasPrefix(u.Path, "/"):
		network, address = "unix", u.Path
		u = &url.URL{Scheme: "http", Host: "localhost"}
	case u.Scheme == "http" && u.Host != "" && u.RawQuery == "" && u.User == nil:
	default:
		return nil, fmt.Errorf("server %q: want http://host:port, host:port or unix:///path", given)
	}
	return &server{
		name:   given,
		prefix: strings.TrimSuffix(u.String(), "/"),
		http:   &http.Client{Transport: transport(network, address, connect), CheckRedirect: stay},
	}, nil
}

// stay refuses redirects: the API has none.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// transport dials within connect. A fixed address overrides the URL's. Proxies
// are not for this.
func transport(network, fixed string, connect time.Duration) *http.Transport {
	dialer := &net.Dialer{Timeout: connect}
	return &http.Transport{
		DialContext: func(ctx context.Context, _, address string) (net.Conn, error) {
			if fixed != "" {
				address = fixed
			}
			return dialer.DialContext(ctx, network, address)
		},
		MaxResponseHeaderBytes: 64 << 10,
		MaxIdleConns:           2,
		IdleConnTimeout:        30 * time.Second,
	}
}
