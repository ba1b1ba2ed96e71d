package gateway

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Options is what a Gateway needs.
type Options struct {
	Listen       []Listener
	Certificates []Certificate // for TLS listeners; the first one serves names that no other is for
	Relays       net.Listener  // accepts proved peers; nil: this node takes no relays. Shutdown closes it

	Local  http.RoundTripper // serves requests here. ArrivalOf tells it about the request
	Router Router
	Peers  Peers // nil: nobody can be relayed to

	Node     string                // our name, told to the peer
	Location string                // our location's id, told to the peer
	PeerOf   func(net.Conn) string // which node is at the other end of a connection of Relays; nil: what it says itself

	Deep   func() bool                // whether the pools that the location's health hangs on have their share; nil: there are none
	Claims func(r *http.Request) bool // whether an API takes a request to StatusPathShort; nil: none does

	Trusted   []netip.Prefix // front ends whose Forwarded and X-Forwarded-* are believed; none: everybody's are replaced
	AccessLog io.Writer      // gets lines of JSON, one Write at a time; nil: no access log. It may block: lines are dropped then, no request waits

	Limits     Limits
	Logger     *slog.Logger          // nil: silent
	Registerer prometheus.Registerer // nil: none
}

// Listener is an address clients arrive at.
type Listener struct {
	Address            string // host:port; port 0 picks one
	TLS                bool   // with the Certificates; else HTTP/1.1 and h2c with prior knowledge
	ClientCertificates bool   // TLS: ask for one. It is not verified here, its holder is proved
}

// Certificate is a pair of PEM files. A change on disk is seen within
// Limits.Reload.
type Certificate struct {
	CertFile string // chain, leaf first
	KeyFile  string
}

// Limits bound what clients may take. Zero fields are the defaults.
type Limits struct {
	Connections int           // open at a time; 16384. Above 9/10 of it connections are closed after each response
	HeaderBytes int           // of a request; 64 KiB
	Streams     int           // per HTTP/2 connection; 250
	Header      time.Duration // to send a request's header, and to shake hands; 10 s
	Idle        time.Duration // of a kept connection; 2 min
	Stall       time.Duration // without a byte moving, in a body, a response or a tunnel's write; 1 min
	BodyGrace   time.Duration // before a body of declared length must keep BodyRate; 20 s
	BodyRate    int           // bytes per second; 500
	Relays      int           // under way at a time, tunnels included; 4096
	Linger      time.Duration // that Leave relays after the TTL; 5 s
	Farewell    time.Duration // for which nobody has to be told to go, before Shutdown closes idle connections; 500 ms
	Reload      time.Duration // between looks at the certificate files; 2 s
	LogRate     int           // lines of the access log a second, before it is sampled; 100
}

func (o Options) validate() error {
	if o.Local == nil || o.Router == nil {
		return errors.New("gateway: Local and Router are required")
	}
	if len(o.Listen) == 0 && o.Relays == nil {
		return errors.New("gateway: neither a listen address nor a relay listener given")
	}
	for _, l := range o.Listen {
		if l.TLS && len(o.Certificates) == 0 {
			return fmt.Errorf("gateway: listener %q has TLS and there is no certificate", l.Address)
		}
		if l.ClientCertificates && !l.TLS {
			return fmt.Errorf("gateway: listener %q asks for client certificates without TLS", l.Address)
		}
	}
	return o.Limits.validate()
}

func (o Options) withDefaults() Options {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Peers == nil {
		o.Peers = nobody{}
	}
	if o.PeerOf == nil {
		o.PeerOf = func(net.Conn) string { return "" }
	}
	o.Limits = o.Limits.withDefaults()
	return o
}

// nobody is Peers where there are none.
type nobody struct{}

// RelayTransport implements Peers.
func (nobody) RelayTransport(string) http.RoundTripper { return nil }

func (l Limits) validate() error {
	for _, f := range []struct {
		name string
		n    int64
	}{
		{"Connections", int64(l.Connections)},
		{"HeaderBytes", int64(l.HeaderBytes)},
		{"Streams", int64(l.Streams)},
		{"Header", int64(l.Header)},
		{"Idle", int64(l.Idle)},
		{"Stall", int64(l.Stall)},
		{"BodyGrace", int64(l.BodyGrace)},
		{"BodyRate", int64(l.BodyRate)},
		{"Relays", int64(l.Relays)},
		{"Linger", int64(l.Linger)},
		{"Farewell", int64(l.Farewell)},
		{"Reload", int64(l.Reload)},
		{"LogRate", int64(l.LogRate)},
	} {
		if f.n < 0 {
			return fmt.Errorf("gateway: limit %s is %d, at least 0 (0: the default) is allowed", f.name, f.n)
		}
	}
	return nil
}

func (l Limits) withDefaults() Limits {
	orElse(&l.Connections, 16384)
	orElse(&l.HeaderBytes, 64<<10)
	orElse(&l.Streams, 250)
	orElse(&l.Header, 10*time.Second)
	orElse(&l.Idle, 2*time.Minute)
	orElse(&l.Stall, time.Minute)
	orElse(&l.BodyGrace, 20*time.Second)
	orElse(&l.BodyRate, 500)
	orElse(&l.Relays, 4096)
	orElse(&l.Linger, 5*time.Second)
	orElse(&l.Farewell, 500*time.Millisecond)
	orElse(&l.Reload, 2*time.Second)
	orElse(&l.LogRate, 100)
	return l
}

func orElse[T ~int | ~int64](v *T, otherwise T) {
	if *v == 0 {
		*v = otherwise
	}
}
