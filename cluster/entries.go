package cluster

import (
	"bytes"
	"cmp"
	"slices"
	"time"
)

// Entries returns what is held, by key, then author, then version, with ages
// as of now. The records are shared and must not be changed.
func (l *Ledger[V]) Entries() []Entry[V] {
	l.mu.RLock()
	defer l.mu.RUnlock()
	now := time.Since(l.epoch)
	out := make([]Entry[V], 0, len(l.keys))
	for _, hs := range l.keys {
		for _, h := range hs {
			out = append(out, h.entry(now))
		}
	}
	slices.SortFunc(out, compareEntries)
	return out
}

// Of returns what is held of one key, by author, then version.
func (l *Ledger[V]) Of(key string) []Entry[V] {
	l.mu.RLock()
	defer l.mu.RUnlock()
	now := time.Since(l.epoch)
	var out []Entry[V]
	for _, h := range l.keys[key] {
		out = append(out, h.entry(now))
	}
	slices.SortFunc(out, compareEntries)
	return out
}

// entry returns the record with its age, now being counted from the epoch.
func (h *held[V]) entry(now time.Duration) Entry[V] {
	e := Entry[V]{Record: h.record, Value: h.value, raw: h.raw}
	e.Record.Age = clampAge(now - h.born)
	return e
}

func compareEntries[V any](a, b Entry[V]) int {
	return cmp.Or(
		cmp.Compare(a.Record.Key, b.Record.Key),
		bytes.Compare(a.Record.Author, b.Record.Author),
		cmp.Compare(a.Record.Version.Major, b.Record.Version.Major),
		cmp.Compare(a.Record.Version.Minor, b.Record.Version.Minor),
		bytes.Compare(a.Record.Body, b.Record.Body),
	)
}
