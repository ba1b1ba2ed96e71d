package node

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
)

// TestSaverServesAll has many callers change and save a number: after each call
// a save has seen the caller's change, and there are fewer saves than callers.
func TestSaverServesAll(t *testing.T) {
	var number, saved, saves atomic.Int64
	s := saver{save: func() error {
		saved.Store(number.Load())
		saves.Add(1)
		return nil
	}}
	var wg sync.WaitGroup
	for range 64 {
		wg.Go(func() {
			for range 50 {
				mine := number.Add(1)
				if err := s.do(); err != nil || saved.Load() < mine {
					t.Errorf("got %v with %d saved, want at least %d", err, saved.Load(), mine)
				}
			}
		})
	}
	wg.Wait()
	if saves.Load() > 64*50 {
		t.Errorf("got %d saves for %d calls", saves.Load(), 64*50)
	}
}

func TestSaverTellsOfFailure(t *testing.T) {
	broken := errors.New("disk full")
	s := saver{save: func() error { return broken }}
	if err := s.do(); !errors.Is(err, broken) {
		t.Errorf("got %v, want %v", err, broken)
	}
}
