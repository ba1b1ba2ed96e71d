package resolver

import (
	"context"
	"fmt"
	"slices"
	"time"

	"meridian/dnswire"
)

// earlyRefreshPeriod is the least time between two early refreshes of a name.
const earlyRefreshPeriod = 5 * time.Second

// Watch is somebody's interest in a set of names.
type Watch struct {
	resolver *Resolver
	changed  func(dnswire.Name, Answer)
	subs     map[dnswire.Name]*subscription // guarded by Resolver.mu
	closed   bool                           // as above
}

// subscription is one Watch on one name. Guarded by Resolver.mu.
type subscription struct {
	watch *Watch
	told  bool
	last  Answer
}

// Watch keeps names fresh and calls changed with the first answer for each and
// whenever its addresses, its staleness or the kind of its error change. Calls
// for one name come one after the other, from a goroutine of the resolver,
// which looks after that name alone: it may block, and may call the resolver.
// Names that are watched already share the lookups.
func (r *Resolver) Watch(names []dnswire.Name, changed func(dnswire.Name, Answer)) (*Watch, error) {
	w := &Watch{resolver: r, changed: changed, subs: map[dnswire.Name]*subscription{}}
	return w, w.Set(names)
}

// Set replaces the names: those not listed are no longer kept fresh. With an
// error nothing has changed.
func (w *Watch) Set(names []dnswire.Name) error {
	r := w.resolver
	r.mu.Lock()
	defer r.mu.Unlock()
	if w.closed || r.closed {
		return fmt.Errorf("watching %d names: the watch or the resolver is closed", len(names))
	}
	wanted := map[dnswire.Name]bool{}
	for _, name := range names {
		wanted[name] = true
	}
	if held := r.watchedBeside(w, wanted); held > r.opts.MaxNames {
		return fmt.Errorf("watching %d names: %d would be watched in all; want at most %d", len(wanted), held, r.opts.MaxNames)
	}
	for name := range w.subs {
		if !wanted[name] {
			r.unsubscribe(w, name)
		}
	}
	for name := range wanted {
		if w.subs[name] == nil {
			if err := r.subscribe(w, name); err != nil {
				return err
			}
		}
	}
	return nil
}

// Close ends the watch. A call of its function that has begun may still be
// running when Close returns; none begins later.
func (w *Watch) Close() {
	w.resolver.mu.Lock()
	defer w.resolver.mu.Unlock()
	w.closed = true
	for name := range w.subs {
		w.resolver.unsubscribe(w, name)
	}
}

// watchedBeside counts the names that would be watched if w watched wanted.
func (r *Resolver) watchedBeside(w *Watch, wanted map[dnswire.Name]bool) int {
	count := len(wanted)
	for name, e := range r.entries {
		others := slices.ContainsFunc(e.subs, func(s *subscription) bool { return s.watch != w })
		if others && !wanted[name] {
			count++
		}
	}
	return count
}

// subscribe adds a name to a watch. r.mu is held.
func (r *Resolver) subscribe(w *Watch, name dnswire.Name) error {
	e, err := r.entry(name)
	if err != nil {
		return fmt.Errorf("watching: %w", err)
	}
	s := &subscription{watch: w}
	w.subs[name] = s
	e.subs = append(e.subs, s)
	if len(e.subs) == 1 && r.started {
		r.startKeeping(e)
		return nil
	}
	e.wake()
	return nil
}

// unsubscribe takes a name out of a watch. r.mu is held.
func (r *Resolver) unsubscribe(w *Watch, name dnswire.Name) {
	e := r.entries[name]
	e.subs = slices.DeleteFunc(e.subs, func(s *subscription) bool { return s.watch == w })
	delete(w.subs, name)
	if len(e.subs) == 0 && e.gone != nil {
		close(e.gone)
		e.poke, e.gone = nil, nil
	}
}

func (e *entry) wake() {
	select {
	case e.poke <- struct{}{}:
	default: // a wake-up is waiting already, or nobody sleeps
	}
}

// Refresh asks for a watched name before its time, as when none of its
// addresses can be connected to. Within 5 s of the last it does nothing. It
// returns what is closed when the lookup under way is done; nil: none is, or
// the name is not watched.
func (r *Resolver) Refresh(name dnswire.Name) <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	e, now := r.entries[name], time.Now()
	if e == nil || len(e.subs) == 0 {
		return nil
	}
	if !e.forced.IsZero() && now.Sub(e.forced) < earlyRefreshPeriod {
		return e.flight
	}
	e.forced = now
	for i := range e.both {
		e.both[i].due = now
	}
	e.wake()
	return r.refresh(e)
}

// startKeeping starts the keeper of a watched name. r.mu is held.
func (r *Resolver) startKeeping(e *entry) {
	if r.closed {
		return
	}
	poke, gone := make(chan struct{}, 1), make(chan struct{})
	e.poke, e.gone = poke, gone
	r.run(func(ctx context.Context) { r.keep(ctx, e, poke, gone) })
}

// keep keeps one name fresh until nobody watches it.
func (r *Resolver) keep(ctx context.Context, e *entry, poke, gone <-chan struct{}) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		r.notify(e)
		var done <-chan struct{}
		r.mu.Lock()
		if wait := time.Until(e.due()); wait > 0 {
			timer.Reset(wait)
		} else {
			timer.Stop()
			done = r.refresh(e)
		}
		r.mu.Unlock()
		select {
		case <-done:
		case <-timer.C:
		case <-poke:
		case <-gone:
			return
		case <-ctx.Done():
			return
		}
	}
}

// notify tells those who watch e what is new to them.
func (r *Resolver) notify(e *entry) {
	r.mu.Lock()
	answer := merge(time.Now(), e.both, r.rules)
	if !e.asked() || answer.Err == nil && (answer.Stale || len(answer.Addrs) == 0) {
		r.mu.Unlock() // what is known is from an earlier watch and is being asked for again
		return
	}
	var tell []*Watch
	for _, s := range e.subs {
		if !s.told || !s.last.same(answer) {
			s.told, s.last = true, answer
			tell = append(tell, s.watch)
		}
	}
	news := !e.told.same(answer)
	e.told = answer
	r.mu.Unlock()
	if news {
		r.logChange(e.name, answer)
	}
	for _, w := range tell {
		answer.Addrs = slices.Clone(answer.Addrs)
		w.changed(e.name, answer)
	}
}

func (r *Resolver) logChange(name dnswire.Name, a Answer) {
	logged, skipped := r.quiet.take(time.Now())
	if skipped > 0 {
		r.log.Warn("changes of names not logged", "changes", skipped)
	}
	switch {
	case !logged:
	case len(a.Addrs) == 0:
		r.log.Warn("name has no usable addresses", "name", name, "error", a.Err)
	case a.Stale:
		r.log.Warn("addresses of name are stale", "name", name, "addresses", a.Addrs, "expires", a.Expires, "error", a.Err)
	default:
		r.log.Info("addresses of name changed", "name", name, "addresses", a.Addrs)
	}
}
