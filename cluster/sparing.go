package cluster

import (
	"sync"
	"time"
)

// sparing lets one log line a second through, however many there would be.
type sparing struct {
	mu      sync.Mutex
	last    time.Time
	skipped int
}

// allow says whether to write a line, and how many were left out before it.
func (s *sparing) allow() (skipped int, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	if !s.last.IsZero() && now.Sub(s.last) < time.Second {
		s.skipped++
		return 0, false
	}
	skipped, s.skipped, s.last = s.skipped, 0, now
	return skipped, true
}
