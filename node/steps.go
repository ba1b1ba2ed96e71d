package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
)

// steps is a stack of named things to undo, last first.
type steps struct {
	mu    sync.Mutex
	stack []step
}

type step struct {
	name string
	undo func(context.Context) error
}

func (s *steps) push(name string, undo func(context.Context) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stack = append(s.stack, step{name, undo})
}

// unwind undoes everything, once, and joins the errors.
func (s *steps) unwind(ctx context.Context, log *slog.Logger) error {
	s.mu.Lock()
	stack := s.stack
	s.stack = nil
	s.mu.Unlock()
	var errs []error
	for i := len(stack) - 1; i >= 0; i-- {
		log.Debug("stopping", "step", stack[i].name)
		if err := stack[i].undo(ctx); err != nil {
			errs = append(errs, fmt.Errorf("stopping %s: %w", stack[i].name, err))
		}
	}
	return errors.Join(errs...)
}
