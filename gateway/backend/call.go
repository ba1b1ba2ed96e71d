package backend

import (
	"net/netip"
	"time"
)

// Call is one use of a target. The zero Call is ready; it is used once.
type Call struct {
	Timeout     time.Duration // to the header of the answer, all attempts together; 0: each attempt has its backend's
	Retry       bool          // the built-in repetition may take place
	Repetition  bool          // it repeats another, by leave of Target.Repeat: no request of its own to the retry budget
	HTTPVersion string        // "1", "2" or "2or1"; "": the backend's
	Session     string        // value of the session cookie; "": the request's own
	Asked       []string      // backends that calls for the same request asked before: a pool chooses others while it can

	Attempts []Attempt      // out, in order
	Backend  string         // out: name of the backend asked last; "" of a URL's
	Region   string         // out: its region
	Addr     netip.AddrPort // out: address asked last

	room [2]Attempt
}

// Attempt is one try at one backend. Connections that could not be made are
// tries of addresses, not attempts: Tried counts them.
type Attempt struct {
	Backend string
	Addr    netip.AddrPort // the last one tried
	Tried   int            // addresses, the last one included
	Status  int            // of the answer; 0: none
	Err     error
	Took    time.Duration // to the header of the answer, or to the failure
	Tripped bool          // the breaker opened by it
}
