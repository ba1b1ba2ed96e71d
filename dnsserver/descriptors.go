//go:build linux || darwin

package dnsserver

import (
	"math"

	"golang.org/x/sys/unix"
)

// descriptorLimit returns how many descriptors the process may have open: the
// soft limit, which the Go runtime has raised to the hard one at start.
func descriptorLimit() uint64 {
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &limit) != nil {
		return math.MaxUint64
	}
	return limit.Cur
}
