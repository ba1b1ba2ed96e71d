package gateway

import "time"

// State is what a gateway says of its location.
type State struct {
	Off   bool          // disableGateway or a drill
	Since time.Time     // Off: since when; names the time off
	TTL   time.Duration // Off: the largest TTL of the names that answered the location
}
