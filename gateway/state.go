package gateway

import "time"

// State is what a gateway says of its location.
type State struct {
	Off   bool          // disableGateway or a drill
	Bare  bool          // Off: there is no plan to serve by; nobody is to be sent here
	Since time.Time     // Off: since when; names the time off
	TTL   time.Duration // Off: the largest TTL of the names that answered the location
}
