//go:build !linux && !darwin

package dnsserver

import "math"

// descriptorLimit is unknown here.
func descriptorLimit() uint64 { return math.MaxUint64 }
