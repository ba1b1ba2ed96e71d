//go:build !linux

package gateway

// limitUnsent does nothing: the system's own limits hold.
func limitUnsent(uintptr) {}
