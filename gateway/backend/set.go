package backend

import (
	"net/url"
	"time"
)

// Set is the backends and pools of one plan. It does not change; what its
// backends share with other sets does.
type Set struct{}

// Find returns the backend or pool of a name, without regard to case.
func (s *Set) Find(name string) (*Target, bool) { return nil, false }

// At returns a target for a URL that no name stands for. A configured backend
// with the same scheme, host and port and a path that u's begins with lends its
// breaker, credentials and connections.
func (s *Set) At(u *url.URL) *Target { return nil }

// Status returns the backends by name.
func (s *Set) Status(now time.Time) []Status { return nil }

// Share returns how many members of the worst of the pools with
// HealthOfLocation admit requests, of how many; 0, 0 without such a pool.
func (s *Set) Share() (healthy, all int) { return 0, 0 }
