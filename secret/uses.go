package secret

import (
	"sync"
	"time"
)

// maxUses is how many tokens Uses remembers.
const maxUses = 4096

// Uses remembers when tokens were last used, on this node and since it started.
// Its methods may be called by many goroutines at once. The zero value is ready.
type Uses struct {
	mu   sync.Mutex
	last map[Name]time.Time
}

// Note says that a token was used.
func (u *Uses) Note(name Name, now time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.last == nil {
		u.last = map[Name]time.Time{}
	}
	if _, known := u.last[name]; known || len(u.last) < maxUses {
		u.last[name] = now
	}
}

// Last returns when a token was last used; the zero time: never.
func (u *Uses) Last(name Name) time.Time {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.last[name]
}
