package backend

import (
	"time"

	"meridian/gateway/breaker"
)

const (
	silentFor   = 10 * time.Second // without an answer, before a backend is called silent
	silentAsked = 2                // attempts, before it is
	silentKept  = 5 * time.Minute  // without an attempt, after which it is no longer
)

// Silence is a row of attempts at a backend that all had no answer: no
// connection, none in time, or one that broke off. Any answer ends it.
type Silence struct {
	Backend  string
	Since    time.Time // of the first attempt's end
	Last     time.Time // of the last one's
	Attempts int
	Reason   breaker.Reason // of the last one
	Detail   string         // likewise
}

// told reports whether the row is long enough at now to say something of the
// backend, and not too old to.
func (s *Silence) told(now time.Time) bool {
	return s.Attempts >= silentAsked && now.Sub(s.Since) >= silentFor && now.Sub(s.Last) < silentKept
}

// hear takes in what became of an attempt: a row of failures goes on, or ends.
func (c *circuit) hear(o breaker.Outcome, now time.Time) {
	for !o.Void() {
		before := c.silence.Load()
		if o.Status > 0 && before == nil {
			return // as nearly always
		}
		if c.silence.CompareAndSwap(before, c.after(before, o, now)) {
			return
		}
	}
}

// after is the row that follows before by an outcome.
func (c *circuit) after(before *Silence, o breaker.Outcome, now time.Time) *Silence {
	if o.Status > 0 {
		return nil
	}
	next := &Silence{Backend: c.name, Since: now, Last: now, Attempts: 1, Reason: o.Reason, Detail: o.Detail}
	if before != nil && now.Sub(before.Last) < silentKept {
		next.Since, next.Attempts = before.Since, before.Attempts+1
	}
	return next
}

// Silences returns, by name, the backends that have not answered an attempt for
// 10 s or more and were asked within the last 5 minutes.
func (s *Set) Silences(now time.Time) []Silence {
	var out []Silence
	for _, e := range s.ends {
		if row := e.circuit.silence.Load(); row != nil && row.told(now) {
			out = append(out, *row)
		}
	}
	return out
}
