package healthprobe

import "strings"

// Reason names the outcome of a probe: one word for people, metrics and rows.
type Reason string

// A success and what is no outcome at all.
const (
	ReasonOK        Reason = "ok"
	ReasonUnchecked Reason = "unchecked" // not probed yet
)

// The target's side answered, and the answer is bad news. The prober's own
// network works.
const (
	ReasonRefused             Reason = "refused"
	ReasonReset               Reason = "reset"
	ReasonClosed              Reason = "closed" // connection ended before an answer was complete
	ReasonStatus              Reason = "status" // Result.Status has the number
	ReasonTLSExpired          Reason = "tls_expired"
	ReasonTLSNotYetValid      Reason = "tls_not_yet_valid"
	ReasonTLSNameMismatch     Reason = "tls_name_mismatch"
	ReasonTLSUnknownAuthority Reason = "tls_unknown_authority"
	ReasonTLSAlert            Reason = "tls_alert"
	ReasonTLSFailed           Reason = "tls_failed"        // handshake failed otherwise
	ReasonProtocol            Reason = "protocol"          // not TLS, or not HTTP/1.x
	ReasonHeadersTooLarge     Reason = "headers_too_large" // more than 64 KiB of header
	ReasonTimeoutTLS          Reason = "timeout_tls"       // connected: the kernel of the target answered
	ReasonTimeoutHeaders      Reason = "timeout_headers"
	ReasonTimeoutBody         Reason = "timeout_body"
)

// Nothing came back from the target: it may be dead, or we may be cut off.
const (
	ReasonTimeoutConnect Reason = "timeout_connect"
	ReasonUnreachable    Reason = "unreachable" // a router said so
)

// Nothing was learnt of the target: these never count, in either direction.
const (
	ReasonTimeoutResolve Reason = "timeout_resolve"
	ReasonDNSFailure     Reason = "dns_failure"
	ReasonNoAddress      Reason = "no_address"
	ReasonNoRoute        Reason = "no_route" // this machine has no way to that family or network
	ReasonLocal          Reason = "local"    // this machine is out of descriptors, ports or memory
	ReasonCanceled       Reason = "canceled"
	ReasonPanic          Reason = "panic" // a defect of ours
)

// Unknown reports whether r says nothing about the target. Such a result keeps
// the last verdict and touches no counter (fault A9).
func (r Reason) Unknown() bool {
	switch r {
	case ReasonTimeoutResolve, ReasonDNSFailure, ReasonNoAddress, ReasonNoRoute, ReasonLocal,
		ReasonCanceled, ReasonPanic, ReasonUnchecked, "":
		return true
	}
	return false
}

// Failure reports whether r counts against the target.
func (r Reason) Failure() bool { return r != ReasonOK && !r.Unknown() }

// Answered reports whether r can only come of packets the target's side sent.
// It acquits the prober: the way there and back works.
func (r Reason) Answered() bool {
	return !r.Unknown() && r != ReasonTimeoutConnect && r != ReasonUnreachable
}

// severity orders the outcomes of several addresses of one name; the greatest
// is the one told. A success is above all, an answer above silence, and
// anything learnt above nothing learnt.
func (r Reason) severity() int {
	switch {
	case r == ReasonOK:
		return 3
	case r.Answered():
		return 2
	case r.Failure():
		return 1
	default:
		return 0
	}
}

// phase is a step of a probe.
type phase string

const (
	phaseResolve phase = "resolve"
	phaseConnect phase = "connect"
	phaseTLS     phase = "tls"
	phaseHeaders phase = "headers"
	phaseBody    phase = "body"
)

// timeout is the reason of a probe that ran out of time in p.
func (p phase) timeout() Reason { return Reason(strings.Join([]string{"timeout", string(p)}, "_")) }
