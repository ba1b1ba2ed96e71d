package admin

import (
	"fmt"
	"strconv"
	"strings"
	"sync"

	"meridian/admin/api"
)

// EventLog is an EventSource that keeps the last events in memory. Writers
// never wait for readers: a reader that is too slow loses the oldest events,
// and is told so.
type EventLog struct {
	run string // tells the ids of this run from those of others

	mu      sync.Mutex
	ring    []api.Event // the event numbered n is at n % len(ring)
	next    uint64      // number of the next event; the first is 1
	changed chan struct{}
}

// NewEventLog makes a log that keeps size events (1 to 100000). run is part of
// the ids and must differ from one start of the node to the next: the time of
// the start, say. It must not contain a hyphen.
func NewEventLog(run string, size int) (*EventLog, error) {
	if size < 1 || size > 100_000 {
		return nil, fmt.Errorf("event log size %d: want 1 to 100000", size)
	}
	if run == "" || strings.Contains(run, "-") {
		return nil, fmt.Errorf("event log run %q: want a word without hyphen", run)
	}
	return &EventLog{run: run, ring: make([]api.Event, size), next: 1, changed: make(chan struct{})}, nil
}

// Append numbers an event, keeps it and wakes the readers. The event's ID is
// set here; its Fields must not be written to afterwards.
func (l *EventLog) Append(e api.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e.ID = l.run + "-" + strconv.FormatUint(l.next, 10)
	l.ring[l.next%uint64(len(l.ring))] = e
	l.next++
	close(l.changed)
	l.changed = make(chan struct{})
}

// Since implements EventSource.
func (l *EventLog) Since(after string, limit int) ([]api.Event, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	first := l.number(after) + 1
	oldest := uint64(1)
	if kept := uint64(len(l.ring)); l.next > kept {
		oldest = l.next - kept
	}
	lost := first < oldest && after != ""
	first = max(first, oldest)
	var out []api.Event
	for n := first; n < l.next && len(out) < limit; n++ {
		out = append(out, l.ring[n%uint64(len(l.ring))])
	}
	return out, lost
}

// number returns the number in an id; 0, before the first, for ids that are
// none of this run.
func (l *EventLog) number(id string) uint64 {
	run, digits, _ := strings.Cut(id, "-")
	n, err := strconv.ParseUint(digits, 10, 64)
	if err != nil || run != l.run || n >= l.next {
		return 0
	}
	return n
}

// Changed implements EventSource.
func (l *EventLog) Changed() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.changed
}
