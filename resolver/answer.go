package resolver

import (
	"errors"
	"net/netip"
	"slices"
	"time"
)

// Answer is what is known of the addresses of a name.
type Answer struct {
	Addrs   []netip.Addr // at most MaxAddrs, IPv4 first, each family sorted; the caller owns none of it
	Expires time.Time    // when the first part of it stops being fresh
	Stale   bool         // some addresses are kept although they expired or were denied
	Err     error        // an *Error: why there are no addresses, or why some are stale; nil otherwise
}

// same reports whether a and b mean the same to whoever uses the addresses.
func (a Answer) same(b Answer) bool {
	return a.Stale == b.Stale && slices.Equal(a.Addrs, b.Addrs) && kindIn(a.Err) == kindIn(b.Err)
}

// kindIn returns the kind in an error of this package, zero for nil.
func kindIn(err error) Kind {
	var kind Kind
	errors.As(err, &kind)
	return kind
}
