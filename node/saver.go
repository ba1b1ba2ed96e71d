package node

import (
	"sync"
	"sync/atomic"
)

// saver saves something for many callers at once: one save serves all who asked
// before it began.
type saver struct {
	save  func() error
	asked atomic.Uint64

	mu     sync.Mutex
	served uint64 // of asked: those the last save was for
	err    error  // of the last save
}

// do returns when what was there at the call is saved, or cannot be.
func (s *saver) do() error {
	mine := s.asked.Add(1)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.served < mine {
		serves := s.asked.Load()
		s.err = s.save()
		s.served = serves
	}
	return s.err
}
