package resolver

import (
	"fmt"
	"io"
	"net/netip"
	"os"
	"strings"
	"sync"
	"time"
)

const (
	maxResolvConf    = 64 << 10        // octets read of resolv.conf
	resolvConfPeriod = 5 * time.Second // between two looks at whether it changed
)

// resolvConf is the file the servers come from.
type resolvConf struct {
	path   string
	mu     sync.Mutex
	looked time.Time
	stamp  string // of the file as last read
}

// poll reads the file if it may have changed; ok is false if it did not or if
// it was looked at a moment ago.
func (c *resolvConf) poll(now time.Time) (addrs []netip.AddrPort, ok bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.looked.IsZero() && now.Sub(c.looked) < resolvConfPeriod {
		return nil, false, nil
	}
	c.looked = now
	info, err := os.Stat(c.path)
	if err != nil {
		return nil, false, fmt.Errorf("reading resolver configuration: %w", err)
	}
	stamp := fmt.Sprint(info.ModTime().UnixNano(), info.Size())
	if stamp == c.stamp {
		return nil, false, nil
	}
	file, err := os.Open(c.path)
	if err != nil {
		return nil, false, fmt.Errorf("reading resolver configuration: %w", err)
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxResolvConf))
	if err != nil {
		return nil, false, fmt.Errorf("reading resolver configuration: %w", err)
	}
	c.stamp = stamp
	return parseResolvConf(string(text)), true, nil
}

// parseResolvConf returns the name servers of resolv.conf(5) text; without any
// it is the one on this machine. Other lines do not matter here: names are
// absolute.
func parseResolvConf(text string) []netip.AddrPort {
	var addrs []netip.AddrPort
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		if len(words) < 2 || words[0] != "nameserver" || len(addrs) == MaxServers {
			continue
		}
		if addr, err := netip.ParseAddr(words[1]); err == nil {
			addrs = append(addrs, netip.AddrPortFrom(addr, 53))
		}
	}
	if addrs == nil {
		addrs = []netip.AddrPort{netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), 53)}
	}
	return addrs
}
