package resolver

import (
	"fmt"
	"time"

	"meridian/dnswire"
)

// entry is one name of the cache. Everything but name is guarded by
// Resolver.mu.
type entry struct {
	name   dnswire.Name
	both   [2]family     // IPv4, IPv6
	flight chan struct{} // closed when the lookup under way is done; nil: none is
	used   time.Time     // last asked for by Lookup

	subs   []*subscription // who watches; the name is kept fresh while there are any
	poke   chan struct{}   // wakes the keeper; nil: there is none
	gone   chan struct{}   // closed when nobody watches any more
	forced time.Time       // of the last early refresh
	told   Answer          // last logged
}

func (e *entry) asked() bool { return e.both[0].asked && e.both[1].asked }

// dueFamilies says which families are to be asked for.
func (e *entry) dueFamilies(now time.Time) (due [2]bool) {
	for i := range e.both {
		due[i] = !e.both[i].asked || !now.Before(e.both[i].due)
	}
	return due
}

// due is when the next family is due; in the past for a new name.
func (e *entry) due() time.Time {
	if !e.asked() {
		return time.Time{}
	}
	if e.both[0].due.Before(e.both[1].due) {
		return e.both[0].due
	}
	return e.both[1].due
}

// overdue reports whether a family has expired and may be asked for.
func (e *entry) overdue(now time.Time) bool {
	for i := range e.both {
		if f := &e.both[i]; !now.Before(f.expires) && !now.Before(f.due) {
			return true
		}
	}
	return false
}

// look finds a name's entry. flight is nil when the answer is good to use, else
// the lookup to wait for.
func (r *Resolver) look(name dnswire.Name) (e *entry, answer Answer, flight <-chan struct{}, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if e, err = r.entry(name); err != nil {
		return nil, Answer{}, nil, err
	}
	now := time.Now()
	e.used = now
	answer = merge(now, e.both, r.rules)
	if !e.asked() || len(e.subs) == 0 && e.overdue(now) {
		flight = r.refresh(e)
	}
	return e, answer, flight, nil
}

// entry returns a name's entry, made if need be. r.mu is held.
func (r *Resolver) entry(name dnswire.Name) (*entry, error) {
	if e := r.entries[name]; e != nil {
		return e, nil
	}
	if len(r.entries) >= r.opts.MaxNames && !r.evict() {
		return nil, &Error{Name: name, Kind: Unreachable, Detail: fmt.Sprintf("%d names are held and watched: want at most that many", r.opts.MaxNames)}
	}
	e := &entry{name: name}
	r.entries[name] = e
	return e, nil
}

// evict forgets the name that was used least recently of those not watched;
// who waits for it still gets its answer. r.mu is held.
func (r *Resolver) evict() bool {
	var oldest *entry
	for _, e := range r.entries {
		if len(e.subs) == 0 && (oldest == nil || e.used.Before(oldest.used)) {
			oldest = e
		}
	}
	if oldest == nil {
		return false
	}
	delete(r.entries, oldest.name)
	return true
}
