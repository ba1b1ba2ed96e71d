package backend

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"meridian/gateway/breaker"
)

// Names knows the addresses of hosts. Addresses blocks for the first answer of
// a name only and later returns what is known, stale or not; the slice is not
// changed afterwards. An error without addresses keeps what a backend has; an
// empty answer without error too, unless the backend says EmptyDrains. Refresh
// asks for an early lookup and does not block; what it returns is closed when
// the lookup under way is done, nil: none is. Whoever has one calls
// Backends.Renew when an answer has changed. host is as the URL spells it;
// where the backend says Resolve "dns" it is prefixed by "dns:".
type Names interface {
	Addresses(ctx context.Context, host string) ([]netip.Addr, error)
	Refresh(host string) <-chan struct{}
}

// Options are what Backends need.
type Options struct {
	Names      Names                                                         // required, but for URLs with addresses
	Near       func(region string) int                                       // rank for PreferRegion, lower is nearer; nil: all equal
	Transport  func(o TransportOptions) http.RoundTripper                    // nil: package h1 for HTTP/1.1, else NewTransport. It has CloseIdleConnections()
	Allowed    func(a netip.Addr) error                                      // nil: all; an error says why an address is not to be used
	Dial       func(ctx context.Context, a netip.AddrPort) (net.Conn, error) // nil: TCP
	SessionKey []byte                                                        // signs session cookies; all nodes of a service have the same
	Logger     *slog.Logger                                                  // required
	Registerer prometheus.Registerer                                         // nil: no metrics
	Changed    func(t Transition)                                            // nil: nobody; called without a lock, must not block
}

func (o Options) validate() error {
	if o.Logger == nil {
		return errors.New("options of backends: Logger is missing")
	}
	return nil
}

// TransportOptions are what one http.RoundTripper gets: it serves one address
// of one backend.
type TransportOptions struct {
	// Dial returns a connection that is ready for HTTP: the proxy has let it
	// through, TLS is done and a *tls.Conn. Its errors are *ConnectError, and
	// RoundTrip returns them as they are or wrapped.
	Dial    func(ctx context.Context) (net.Conn, error)
	Secure  bool          // the connections are *tls.Conn
	HTTP1   bool          // HTTP/1.1 may be spoken
	HTTP2   bool          // HTTP/2 may be spoken: by ALPN where Secure, else with prior knowledge
	Proxy   *url.URL      // requests are written in absolute form, for this proxy; nil: not
	Connect time.Duration // to connect, at most
	Header  time.Duration // from the end of the request to the header of the answer
	Idle    time.Duration // of a kept connection
	MaxIdle int           // kept connections
}

// Transition is a change of a breaker.
type Transition struct {
	Backend string
	breaker.Transition
}

// Order is what an operator wants of a backend.
type Order struct {
	Disabled      bool           // no requests at all
	DisabledUntil time.Time      // zero: until taken back
	Breaker       breaker.Forced // its breaker, or as if it had one
	BreakerUntil  time.Time      // zero: until taken back
	Reason        string         // of what is said of the breaker
}
