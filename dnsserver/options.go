package dnsserver

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Options configure a Server.
type Options struct {
	// Listen holds addresses with ports, each served over UDP and TCP:
	// "192.0.2.1:53", "[::]:53", ":53" (all of IPv4 and IPv6). Port 0 picks one
	// that is free for both.
	Listen []string
	// NSID is told to those who ask for it (RFC 5001): at most 64 octets; empty: nothing.
	NSID       string
	Cookies    CookieSecrets // a zero Current: a random one
	Limits     Limits
	RateLimit  RateLimit
	Logger     *slog.Logger          // nil: none
	Registerer prometheus.Registerer // nil: none
}

// Limits bound what clients can make a Server hold. Zero values are defaults.
type Limits struct {
	Sockets       int           // UDP sockets per address, 1 .. 256; 0: one per core
	Connections   int           // TCP connections in all, fewer where descriptors are short; 0: 1024
	PerSource     int           // TCP connections of one /24 or /56; 0: 64
	Queries       int           // per TCP connection; 0: 10,000
	IdleTimeout   time.Duration // for a whole query to arrive; 0: 10 s
	WriteTimeout  time.Duration // for a client to take a reply; 0: 5 s
	ReceiveBuffer int           // octets per UDP socket, as far as the system grants them; 0: 4 MiB
}

const (
	maxNSID        = 64
	maxOldSecrets  = 4
	maxSockets     = 256
	keepaliveUnit  = 100 * time.Millisecond
	maxIdleTimeout = 65535 * keepaliveUnit
)

// withDefaults returns the options with every zero value filled in.
func (o Options) withDefaults() Options {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	l := &o.Limits
	fill(&l.Sockets, defaultSockets())
	fill(&l.Connections, 1024)
	fill(&l.PerSource, 64)
	fill(&l.Queries, 10_000)
	fill(&l.IdleTimeout, 10*time.Second)
	fill(&l.WriteTimeout, 5*time.Second)
	fill(&l.ReceiveBuffer, 4<<20)
	r := &o.RateLimit
	fill(&r.Answers, defaultAnswerRate)
	fill(&r.Denials, defaultDenialRate)
	fill(&r.Slots, defaultRateSlots)
	if r.Exempt == nil {
		r.Exempt = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
	}
	return o
}

// Descriptors that are not for TCP connections to the DNS server: its sockets,
// probes, files, the admin API. And the connections there are at least.
const (
	otherDescriptors = 512
	fewConnections   = 16
)

// affordable returns how many TCP connections to have at once where the
// process may have so many descriptors open, and warns if they are fewer than
// configured.
func (o *Options) affordable(descriptors uint64) int {
	wanted := o.Limits.Connections
	if descriptors >= uint64(wanted)+otherDescriptors {
		return wanted
	}
	limit := int(descriptors) // below 1<<20 + 512
	granted := min(wanted, max(fewConnections, limit-otherDescriptors, limit/2))
	if granted < wanted {
		o.Logger.Warn("descriptors are short, so fewer tcp connections are served at once",
			"connections", granted, "configured", wanted, "descriptor_limit", descriptors)
	}
	return granted
}

// fill sets a zero value to its default.
func fill[T comparable](v *T, value T) {
	var zero T
	if *v == zero {
		*v = value
	}
}

// validate reports everything that is out of range.
func (o *Options) validate() error {
	return errors.Join(
		between("number of listen addresses", len(o.Listen), 1, 1024),
		between("length of NSID", len(o.NSID), 0, maxNSID),
		between("number of other cookie secrets", len(o.Cookies.Others), 0, maxOldSecrets),
		between("sockets", o.Limits.Sockets, 1, maxSockets),
		between("connections", o.Limits.Connections, 1, 1<<20),
		between("connections per source", o.Limits.PerSource, 1, 1<<20),
		between("queries per connection", o.Limits.Queries, 1, 1<<30),
		between("receive buffer", o.Limits.ReceiveBuffer, 4096, 1<<30),
		between("idle timeout", o.Limits.IdleTimeout, keepaliveUnit, maxIdleTimeout),
		between("write timeout", o.Limits.WriteTimeout, time.Millisecond, time.Hour),
		between("answers per second", o.RateLimit.Answers, 1, 1e6),
		between("denials per second", o.RateLimit.Denials, 1, 1e6),
		between("rate limit slots", o.RateLimit.Slots, 1, maxRateSlots),
	)
}

func between[T cmp.Ordered](name string, got, low, high T) error {
	if got < low || got > high {
		return fmt.Errorf("%s %v: want %v .. %v", name, got, low, high)
	}
	return nil
}
