package backend

import (
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// line is the connections to one address in one version of HTTP, for a while:
// then requests use a new line, and this one ends with its last request.
type line struct {
	trip    http.RoundTripper
	ends    time.Time
	users   atomic.Int64
	retired atomic.Bool
}

// newLine makes a line that lives for age, ± 20 %.
func newLine(trip http.RoundTripper, age time.Duration, now time.Time) *line {
	return &line{trip: trip, ends: now.Add(age*4/5 + rand.N(age*2/5+1))}
}

func (l *line) enter() { l.users.Add(1) }

// leave ends a use. The last one of a retired line closes what is left.
func (l *line) leave() {
	if l.users.Add(-1) == 0 && l.retired.Load() {
		l.hangUp()
	}
}

// retire closes idle connections; those in use close when they are free.
func (l *line) retire() {
	l.retired.Store(true)
	l.hangUp()
}

func (l *line) hangUp() {
	if c, ok := l.trip.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// lines are the lines of one address, by version.
type lines struct {
	open [versions]atomic.Pointer[line]
	mu   sync.Mutex
}

// get returns the line of a version, and makes it where there is none or it is
// too old.
func (s *lines) get(v version, now time.Time, connect func(version) http.RoundTripper, age time.Duration) *line {
	if l := s.open[v].Load(); l != nil && now.Before(l.ends) {
		return l
	}
	s.mu.Lock()
	old := s.open[v].Load()
	if old != nil && now.Before(old.ends) {
		s.mu.Unlock()
		return old
	}
	l := newLine(connect(v), age, now)
	s.open[v].Store(l)
	s.mu.Unlock()
	if old != nil {
		old.retire()
	}
	return l
}

// retire retires every line. A request that has the address still may open one
// more; it ends as it does.
func (s *lines) retire() {
	for v := range s.open {
		if l := s.open[v].Swap(nil); l != nil {
			l.retire()
		}
	}
}

// expire retires lines that are too old and unused.
func (s *lines) expire(now time.Time) {
	for v := range s.open {
		l := s.open[v].Load()
		if l != nil && !now.Before(l.ends) && s.open[v].CompareAndSwap(l, nil) {
			l.retire()
		}
	}
}

func (s *lines) users() int {
	n := int64(0)
	for v := range s.open {
		if l := s.open[v].Load(); l != nil {
			n += l.users.Load()
		}
	}
	return int(n)
}
