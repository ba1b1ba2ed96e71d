package configs

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
)

// parseAddr reads an address that can be answered or asked: unmapped, without
// zone, one host's.
func parseAddr(text string) (netip.Addr, error) {
	a, err := netip.ParseAddr(text)
	if err != nil || a.Zone() != "" {
		return netip.Addr{}, fmt.Errorf("%s is no IP address: want one such as 203.0.113.10 or 2001:db8::10", quote(text))
	}
	a = a.Unmap()
	if a.IsUnspecified() || a.IsMulticast() || a == netip.AddrFrom4([4]byte{255, 255, 255, 255}) {
		return netip.Addr{}, fmt.Errorf("%s is not the address of one host: want a unicast address", quote(text))
	}
	return a, nil
}

// parseEach reads a list of values with parse. Those that are wrong are
// reported and left out.
func parseEach[T any](r *report, texts []string, p *path, parse func(string) (T, error)) []T {
	var out []T
	for i, text := range texts {
		if v, err := parse(text); err != nil {
			r.fail(p.item(i), "%v", err)
		} else {
			out = append(out, v)
		}
	}
	return out
}

// addressesOnce returns a parseAddr that refuses what is taken already, with
// the error of twice, and takes the rest for owner.
func addressesOnce(taken map[netip.Addr]string, owner string, twice func(a netip.Addr, other string) error) func(string) (netip.Addr, error) {
	return func(text string) (netip.Addr, error) {
		a, err := parseAddr(text)
		if other, held := taken[a]; err == nil && held {
			return a, twice(a, other)
		}
		taken[a] = owner
		return a, err
	}
}

// parseClient reads an address of a client network: any, in its own family.
func parseClient(text string) (netip.Addr, error) {
	a, err := netip.ParseAddr(text)
	if err != nil || a.Zone() != "" || a.Is4In6() {
		return netip.Addr{}, fmt.Errorf("%s is no IP address: want one such as 2001:db8:: or 203.0.113.0", quote(text))
	}
	return a, nil
}

// parseServer reads address:port, or a bare address where port is not 0.
func parseServer(text string, port uint16) (netip.AddrPort, error) {
	if a, err := parseAddr(text); err == nil && port != 0 {
		return netip.AddrPortFrom(a, port), nil
	}
	ap, err := netip.ParseAddrPort(text)
	if err != nil || ap.Port() == 0 {
		return netip.AddrPort{}, fmt.Errorf("%s: want address:port, such as 192.0.2.53:53 or [2001:db8::53]:53", quote(text))
	}
	a, err := parseAddr(ap.Addr().String())
	return netip.AddrPortFrom(a, ap.Port()), err
}

// parseListen reads what a listener binds, host:port or :port. The host is the
// zero Addr where there is none.
func parseListen(text string) (netip.Addr, error) {
	wrong := fmt.Errorf("%s: want address:port or :port, such as 0.0.0.0:53 or [::]:53, port 0 .. 65535", quote(text))
	host, port, err := net.SplitHostPort(text)
	if err != nil {
		return netip.Addr{}, wrong
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return netip.Addr{}, wrong
	}
	if host == "" {
		return netip.Addr{}, nil
	}
	a, err := netip.ParseAddr(host)
	if err != nil {
		return netip.Addr{}, wrong
	}
	return a, nil
}

var errLabel = errors.New("want 1 to 63 letters, digits and hyphens, no hyphen at either end")

// checkLabel checks one label of a host name, in lower case.
func checkLabel(s string) error {
	bad := strings.IndexFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-'
	})
	if s == "" || len(s) > 63 || bad >= 0 || s[0] == '-' || s[len(s)-1] == '-' {
		return fmt.Errorf("%s is no DNS label: %w", quote(s), errLabel)
	}
	return nil
}
