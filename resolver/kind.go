package resolver

import (
	"fmt"
	"net/netip"
	"time"

	"meridian/dnswire"
)

// Kind says why a lookup has no addresses. A Kind is an error, so that
// errors.Is(err, NXDomain) asks for it.
type Kind uint8

// The kinds of failure.
const (
	NXDomain    Kind = iota + 1 // the name does not exist
	NoData                      // the name exists and has no address
	AliasLoop                   // its CNAME records lead nowhere
	ServFail                    // the server could not find out
	Refused                     // the server does not want to answer us
	Timeout                     // no answer came
	Unreachable                 // no server could be reached
	BadReply                    // what came is no answer: malformed, a referral, another rcode
	Canceled                    // the caller or Shutdown gave up
)

// String returns the kind in snake_case, as metrics show it.
func (k Kind) String() string {
	names := [...]string{
		"none", "nxdomain", "nodata", "alias_loop", "servfail", "refused", "timeout", "unreachable", "bad_reply", "canceled",
	}
	if int(k) < len(names) {
		return names[k]
	}
	return fmt.Sprintf("Kind(%d)", uint8(k))
}

// Error describes the kind in words.
func (k Kind) Error() string {
	words := [...]string{
		"no failure", "name does not exist (NXDOMAIN)", "name has no address (NODATA)", "CNAME records form a loop or a chain of more than 8",
		"server failed (SERVFAIL)", "server refused", "no answer in time", "server cannot be reached", "reply is not usable", "given up",
	}
	if int(k) < len(words) {
		return words[k]
	}
	return k.String()
}

// Definite reports whether the failure is a statement about the name, made by
// a server that works. Other kinds say nothing of the name: a verdict on it is
// unknown.
func (k Kind) Definite() bool { return k == NXDomain || k == NoData || k == AliasLoop }

// Error is a failed lookup. errors.Is finds its Kind.
type Error struct {
	Name    dnswire.Name
	Kind    Kind
	Server  netip.AddrPort // the last one asked; zero when none was
	Detail  string         // may be empty
	Expired time.Duration  // not zero: addresses were known and are older than this
}

// Error says what was looked up, where, and what came of it.
func (e *Error) Error() string {
	text := fmt.Sprintf("looking up %s: %s", e.Name, e.Kind.Error())
	if e.Server.IsValid() {
		text += fmt.Sprintf(", asked %s", e.Server)
	}
	if e.Detail != "" {
		text += ": " + e.Detail
	}
	if e.Expired > 0 {
		text += fmt.Sprintf("; the last addresses are stale for more than %s", e.Expired)
	}
	return text
}

// Unwrap returns the kind.
func (e *Error) Unwrap() error { return e.Kind }
