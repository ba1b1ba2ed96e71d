package backend

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"meridian/gateway/breaker"
)

// OpenError says that no backend was asked: every breaker is open or every
// backend disabled.
type OpenError struct {
	Target  string
	Status  int           // to be answered: FailureStatus, or 503
	Retry   time.Duration // the smallest wait of all; 0: unknown
	Skipped []Skip
}

// Skip is a backend that was passed over.
type Skip struct {
	Member string
	Why    string        // open, halfOpen, forcedOpen, disabled
	Wait   time.Duration // breaker.Never: without an end
}

// Error implements error.
func (e *OpenError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "backend %q is not available:", e.Target)
	for _, s := range e.Skipped {
		fmt.Fprintf(&b, " %s is %s;", s.Member, s.Why)
	}
	return strings.TrimRight(b.String(), ";:")
}

// AttemptError says that a backend was tried and gave no answer.
type AttemptError struct {
	Backend string
	Reason  breaker.Reason // Timeout, BackendConnectionFailure, or ServerErrors: it broke off
	Err     error
}

// Error implements error.
func (e *AttemptError) Error() string { return fmt.Sprintf("asking backend %q: %v", e.Backend, e.Err) }

// Unwrap returns what failed.
func (e *AttemptError) Unwrap() error { return e.Err }

// LocalError says that this machine could not ask: no ports, descriptors or
// memory. It counts nowhere.
type LocalError struct {
	Backend string
	Err     error
}

// Error implements error.
func (e *LocalError) Error() string {
	return fmt.Sprintf("asking backend %q: this machine: %v", e.Backend, e.Err)
}

// Unwrap returns what failed.
func (e *LocalError) Unwrap() error { return e.Err }

// BodyError says that the request's own body could not be read, or that it cannot
// be sent as it is. It counts nowhere.
type BodyError struct{ Err error }

// Error implements error.
func (e *BodyError) Error() string { return fmt.Sprintf("reading the request's body: %v", e.Err) }

// Unwrap returns what failed.
func (e *BodyError) Unwrap() error { return e.Err }

// ConnectError says that an address could not be connected to, by TCP, a proxy
// or TLS: no byte of a request was sent.
type ConnectError struct {
	Addr netip.AddrPort
	Err  error
}

// Error implements error.
func (e *ConnectError) Error() string {
	if !e.Addr.IsValid() {
		return "connecting: " + e.Err.Error()
	}
	return fmt.Sprintf("connecting to %v: %v", e.Addr, e.Err)
}

// Unwrap returns what failed.
func (e *ConnectError) Unwrap() error { return e.Err }
