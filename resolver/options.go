package resolver

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Limits.
const (
	// MaxAddrs is the most addresses kept of one name, both families together.
	MaxAddrs = 64
	// MaxAliases is the most CNAME records followed for one name.
	MaxAliases = 8
	// MaxServers is the most servers used of Options.Servers or resolv.conf.
	MaxServers = 8
)

// Options of a Resolver. The zero value asks the servers of /etc/resolv.conf.
type Options struct {
	Servers    []netip.AddrPort // recursive servers, in order of preference; empty: ResolvConf
	ResolvConf string           // read again when it changes; empty: /etc/resolv.conf
	Timeout    time.Duration    // of one question to one server; 0: 2 s
	Attempts   int              // questions per family and name, over all servers; 0: 3
	MinTTL     time.Duration    // shorter TTLs count as this; 0: 5 s
	MaxTTL     time.Duration    // longer TTLs count as this; 0: 1 h
	StaleFor   time.Duration    // how long addresses outlive their TTL while servers fail; 0: 1 h; negative: not at all
	Interval   time.Duration    // how long addresses are fresh, whatever their TTL; 0: their TTL
	MaxNames   int              // names held at once; 0: 4096
	Dial       Dial             // 0: the network
	Logger     *slog.Logger     // nil: none
	Registerer prometheus.Registerer
}

func (o *Options) setDefaults() {
	o.ResolvConf = cmp.Or(o.ResolvConf, "/etc/resolv.conf")
	o.Timeout = cmp.Or(o.Timeout, 2*time.Second)
	o.Attempts = cmp.Or(o.Attempts, 3)
	o.MinTTL = cmp.Or(o.MinTTL, 5*time.Second)
	o.MaxTTL = cmp.Or(o.MaxTTL, max(time.Hour, o.MinTTL))
	o.StaleFor = max(0, cmp.Or(o.StaleFor, time.Hour))
	o.MaxNames = cmp.Or(o.MaxNames, 4096)
	o.Logger = cmp.Or(o.Logger, slog.New(slog.DiscardHandler))
}

// validate reports everything wrong at once.
func (o *Options) validate() error {
	return errors.Join(append(o.validateServers(),
		between("timeout", o.Timeout, 10*time.Millisecond, time.Minute),
		between("minimum TTL", o.MinTTL, time.Second, time.Hour),
		between("maximum TTL", o.MaxTTL, o.MinTTL, 7*24*time.Hour),
		between("stale time", o.StaleFor, 0, 7*24*time.Hour),
		between("interval", cmp.Or(o.Interval, time.Second), time.Second, 24*time.Hour),
		between("attempts", o.Attempts, 1, 10),
		between("names", o.MaxNames, 1, 1<<20))...)
}

func between[T cmp.Ordered](name string, got, low, high T) error {
	if got < low || got > high {
		return fmt.Errorf("%s %v: want %v .. %v", name, got, low, high)
	}
	return nil
}

func (o *Options) validateServers() (errs []error) {
	for _, server := range o.Servers {
		if !server.IsValid() || server.Port() == 0 {
			errs = append(errs, fmt.Errorf("server %q: want an address and a port 1 .. 65535", server))
		}
	}
	if len(o.Servers) > MaxServers {
		errs = append(errs, fmt.Errorf("%d servers: want at most %d", len(o.Servers), MaxServers))
	}
	return errs
}
