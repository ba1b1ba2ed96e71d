package admin

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"meridian/admin/api"
)

const (
	maxReplays = 1024           // outcomes kept, the oldest go
	replayLife = 24 * time.Hour // of an outcome
)

// replays keeps the outcomes of orders by Idempotency-Key, in memory: an order
// that a caller repeats, for it has not seen the answer, is not carried out
// again.
type replays struct {
	mu   sync.Mutex
	kept map[replayKey]*replay
	keys []replayKey // in the order they came
}

// replayKey tells orders apart: callers have keys of their own.
type replayKey struct{ caller, key string }

// replay is one order and its outcome.
type replay struct {
	sum  [sha256.Size]byte // of the order
	at   time.Time
	done chan struct{} // closed when out and err are there
	out  any
	err  error
}

func newReplays() *replays { return &replays{kept: map[replayKey]*replay{}} }

// begin returns the order under a key, and whether it is new, and so the
// caller's to carry out.
func (r *replays) begin(k replayKey, sum [sha256.Size]byte) (p *replay, fresh bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	for len(r.keys) > 0 && (len(r.keys) >= maxReplays || now.Sub(r.kept[r.keys[0]].at) > replayLife) {
		delete(r.kept, r.keys[0])
		r.keys = r.keys[1:]
	}
	if p, ok := r.kept[k]; ok {
		return p, false
	}
	p = &replay{sum: sum, at: now, done: make(chan struct{})}
	r.kept[k] = p
	r.keys = append(r.keys, k)
	return p, true
}

// end keeps an outcome, or forgets the order where it was refused: it may be
// tried again.
func (r *replays) end(k replayKey, p *replay, out any, err error) {
	p.out, p.err = out, err
	close(p.done)
	if err == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.kept[k] != p {
		return // made room for others
	}
	delete(r.kept, k)
	for i := range r.keys {
		if r.keys[i] == k {
			r.keys = append(r.keys[:i:i], r.keys[i+1:]...)
			break
		}
	}
}

// once carries an order out, or returns the outcome of the same order under the
// same key. It waits for one that is being carried out.
func once[O any](ctx context.Context, r *replays, s spec, in any, key string, do func() (O, error)) (O, error) {
	if key == "" || s.unkept {
		return do()
	}
	var none O
	order, err := json.Marshal(in)
	if err != nil {
		return none, fmt.Errorf("writing order: %w", err)
	}
	k := replayKey{caller: PrincipalOf(ctx).Name, key: key}
	sum := sha256.Sum256(append([]byte(s.id+"\n"), order...))
	p, fresh := r.begin(k, sum)
	if fresh {
		return carryOut(r, k, p, do)
	}
	if p.sum != sum {
		return none, api.Errorf(api.Invalid, "Idempotency-Key %q: it was used for another order", key)
	}
	select {
	case <-p.done:
	case <-ctx.Done():
		return none, ctx.Err()
	}
	if p.err != nil {
		return none, p.err
	}
	return p.out.(O), nil // the same operation, so the same type
}

// carryOut carries a new order out; those who wait for it are told even when it
// panics.
func carryOut[O any](r *replays, k replayKey, p *replay, do func() (O, error)) (out O, err error) {
	err = api.Errorf(api.Internal, "the order was not carried out")
	defer func() { r.end(k, p, out, err) }()
	return do()
}
