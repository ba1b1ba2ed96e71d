package api

import "time"

// How long a mutating call waits for what it ordered to be in the published
// snapshots of nodes.
const (
	WaitNone      = "none"      // not at all
	WaitReachable = "reachable" // of every registered node that can be reached
	WaitAll       = "all"       // of every registered node
)

// Terms are what every mutating call says beside the change itself. The server
// fills By and Origin; the rest comes from the caller.
type Terms struct {
	By      string        // who asks: the name of a token, of a certificate, "socket:0"
	Reason  string        // why
	Bypass  []string      // safety rules that shall not hold the change, such as "minEnabledLocations"
	Wait    string        // WaitNone, WaitReachable or WaitAll; "" from a client: the server's default, reachable
	Timeout time.Duration // how long to wait; 0 from a client: the server's default, 10 s
	DryRun  bool          // return what would change; nothing does
	Key     string        // Idempotency-Key; used by client and server, not by sources
}
