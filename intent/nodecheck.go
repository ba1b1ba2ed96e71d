package intent

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// Limits of a node's registration, in bytes where not said otherwise.
const (
	MaxGateways = 16 // addresses
	keyBytes    = 32
	maxLabel    = 63
	maxDisplay  = 100
	maxZone     = 20
	maxVersion  = 64
	maxHost     = 253
	maxRoles    = 16
)

// NodeIDOf returns the id of the node with a public key: the first half of its
// SHA-256 in hexadecimal.
func NodeIDOf(key []byte) NodeID {
	sum := sha256.Sum256(key)
	return NodeID(hex.EncodeToString(sum[:nodeIDDigits/2]))
}

// Validate says what is wrong with a registration; one that comes from outside
// must pass it before anything else looks at it.
func (n Node) Validate() error {
	for _, check := range []func() error{n.checkIdentity, n.checkNames, n.checkRoles, n.checkPeer, n.checkGateways, n.Plan.validate} {
		if err := check(); err != nil {
			return fmt.Errorf("node %.70q: %w", n.Name, err)
		}
	}
	return nil
}

func (n Node) checkIdentity() error {
	if len(n.Key) != keyBytes {
		return fmt.Errorf("key of %d bytes: want %d", len(n.Key), keyBytes)
	}
	if want := NodeIDOf(n.Key); n.ID != want {
		return fmt.Errorf("id %.40q: its key makes it %s", n.ID, want)
	}
	if n.Registered == 0 {
		return fmt.Errorf("registered at %s: want a time after 1970", n.Registered)
	}
	return nil
}

func (n Node) checkNames() error {
	switch {
	case !label(n.Name):
		return fmt.Errorf("name %.70q: want a label of 1 .. %d lower-case letters, digits and hyphens", n.Name, maxLabel)
	case !label(n.Location) || strings.Contains(n.Location, "-"):
		return fmt.Errorf("location %.70q: want 1 .. %d lower-case letters and digits", n.Location, maxLabel)
	case len(n.Display) > maxDisplay || !printable(n.Display):
		return fmt.Errorf("display %.110q: want at most %d bytes of printable text", n.Display, maxDisplay)
	case len(n.Zone) > maxZone || !printable(n.Zone):
		return fmt.Errorf("zone %.40q: want at most %d bytes of printable text", n.Zone, maxZone)
	case len(n.Version) > maxVersion || !printable(n.Version):
		return fmt.Errorf("version %.70q: want at most %d bytes of printable text", n.Version, maxVersion)
	}
	return nil
}

// checkRoles lets roles pass that this version does not know.
func (n Node) checkRoles() error {
	unknown := func(r string) bool { return !slices.Contains(roles(), r) && (len(r) > maxProperty || !letters(r)) }
	if i := slices.IndexFunc(n.Roles, unknown); i >= 0 {
		return fmt.Errorf("role %.40q: want one of %q", n.Roles[i], roles())
	}
	if len(n.Roles) == 0 || len(n.Roles) > maxRoles {
		return fmt.Errorf("%d roles: want 1 .. %d", len(n.Roles), maxRoles)
	}
	if s := n.State; s != Active && s != Leaving && s != Left {
		return fmt.Errorf("state %.40q: want %s, %s or %s", s, Active, Leaving, Left)
	}
	return nil
}

func (n Node) checkPeer() error {
	for _, address := range []string{n.Gossip, n.Streams} {
		if address != "" && !hostPort(address) {
			return fmt.Errorf("peer address %.270q: want host:port", address)
		}
	}
	return nil
}

func (n Node) checkGateways() error {
	if len(n.Gateways) > MaxGateways {
		return fmt.Errorf("%d gateway addresses: want at most %d", len(n.Gateways), MaxGateways)
	}
	for _, s := range n.Gateways {
		if a, err := netip.ParseAddr(s); err != nil || a.Zone() != "" {
			return fmt.Errorf("gateway address %.60q: want an IPv4 or IPv6 address", s)
		}
	}
	if n.GatewayPort < 0 || n.GatewayPort > 65535 {
		return fmt.Errorf("gateway port %d: want 1 .. 65535, or 0 for none", n.GatewayPort)
	}
	return nil
}

// hostPort reports whether s is an address or a name with a port from 1.
func hostPort(s string) bool {
	if a, err := netip.ParseAddrPort(s); err == nil {
		return a.Port() != 0
	}
	host, port, ok := strings.Cut(s, ":")
	n, err := strconv.ParseUint(port, 10, 16)
	return ok && err == nil && n != 0 && host != "" && len(host) <= maxHost && strings.IndexFunc(host, notHost) < 0
}

func notHost(r rune) bool {
	return !lowerOrDigit(r) && (r < 'A' || r > 'Z') && r != '-' && r != '.' && r != '_'
}

// label reports whether s is a DNS label in lower case.
func label(s string) bool {
	other := func(r rune) bool { return !lowerOrDigit(r) && r != '-' }
	return s != "" && len(s) <= maxLabel && s[0] != '-' && s[len(s)-1] != '-' && strings.IndexFunc(s, other) < 0
}

func lowerOrDigit(r rune) bool { return r >= 'a' && r <= 'z' || r >= '0' && r <= '9' }
