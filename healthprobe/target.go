package healthprobe

import (
	"cmp"
	"fmt"
	"net/netip"
)

// TargetID is the stable identity of one check of one address or name:
// "shop/us", "contoso/westus2/203.0.113.10". Two checks of one address are two
// targets.
type TargetID string

// Limits of a set of targets.
const (
	MaxTargets  = 20000 // targets of one Monitor
	maxTargetID = 512   // bytes of a TargetID
	maxHostName = 253   // bytes of a host name (RFC 1035 §2.3.4)
)

// Target is one thing to probe. At least one of Host and Addr is set.
type Target struct {
	ID    TargetID
	Check Check
	Host  string     // name of the target: Host header, SNI, and what is looked up when Addr is not set
	Addr  netip.Addr // where to connect; the zero Addr has Host looked up before each probe
}

// Validate reports the first thing wrong with t.
func (t Target) Validate() error {
	switch {
	case t.ID == "" || len(t.ID) > maxTargetID:
		return fmt.Errorf("target id %.40q: want 1 to %d bytes", t.ID, maxTargetID)
	case t.Host == "" && !t.Addr.IsValid():
		return fmt.Errorf("target %q: want a host or an address", t.ID)
	case len(t.Host) > maxHostName:
		return fmt.Errorf("target %q: host %.40q…: want at most %d bytes", t.ID, t.Host, maxHostName)
	}
	if err := t.Check.Validate(); err != nil {
		return fmt.Errorf("target %q: %w", t.ID, err)
	}
	return nil
}

// same reports whether o is probed and judged exactly as t is.
func (t Target) same(o Target) bool {
	return t.ID == o.ID && t.place() == o.place() && t.Check.fingerprint() == o.Check.fingerprint()
}

// hostHeader is the value of the Host header field: the custom one, else the
// target's name, else its address (azure.md §1.9).
func (t Target) hostHeader() string {
	if t.Check.Host != "" {
		return t.Check.Host
	}
	host := t.Host
	if host == "" {
		host = t.Addr.WithZone("").String()
	}
	return withPort(host, t.Check)
}

// withPort appends the port to host unless it is the protocol's own.
func withPort(host string, c Check) string {
	if a, err := netip.ParseAddr(host); err == nil && a.Is6() {
		host = "[" + host + "]"
	}
	if c.Port == c.Protocol.defaultPort() {
		return host
	}
	return fmt.Sprintf("%s:%d", host, c.Port)
}

// serverName is the name for SNI and for the check of the certificate: the
// check's, else the custom Host header's, else the target's name or address.
func (t Target) serverName() string {
	return cmp.Or(t.Check.ServerName, hostOnly(t.Check.Host), t.Host, t.Addr.WithZone("").String())
}
