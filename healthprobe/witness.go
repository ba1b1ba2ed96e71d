package healthprobe

import (
	"context"
	"sync"
	"time"
)

// witness asks the references on behalf of every target of a Monitor. Those
// who ask at the same time share one round of questions.
type witness struct {
	asker      Asker
	references []string

	mu    sync.Mutex
	round *round // the last one begun
}

// round is one asking of all references.
type round struct {
	began  time.Time
	done   chan struct{} // closed when anchor is set
	anchor Anchor
}

// configured reports whether there is anybody to ask.
func (w *witness) configured() bool { return len(w.references) > 0 }

// ask returns what the references said in a round that began at notBefore or
// later; it starts one if there is none. It returns AnchorUnasked when ctx ends
// before they did.
func (w *witness) ask(ctx context.Context, notBefore time.Time) Anchor {
	if !w.configured() {
		return AnchorNone
	}
	w.mu.Lock()
	r := w.round
	mine := r == nil || r.began.Before(notBefore)
	if mine {
		r = &round{began: time.Now(), done: make(chan struct{})}
		w.round = r
	}
	w.mu.Unlock()
	if mine {
		r.anchor = w.askAll(ctx)
		close(r.done)
		return r.anchor
	}
	select {
	case <-r.done:
		return r.anchor
	case <-ctx.Done():
		return AnchorUnasked
	}
}

// askAll asks all references at once; one answer is enough.
func (w *witness) askAll(ctx context.Context) Anchor {
	bounded, cancel := context.WithTimeout(ctx, referenceTimeout)
	defer cancel()
	asks := make([]func(context.Context) error, len(w.references))
	for i, ref := range w.references {
		asks[i] = func(ctx context.Context) error { return w.asker.Ask(ctx, ref) }
	}
	switch err := firstNil(bounded, asks...); {
	case err == nil:
		return AnchorAnswered
	case ctx.Err() != nil:
		return AnchorUnasked
	default:
		return AnchorSilent
	}
}
