package breaker

import "time"

// buckets is into how many parts the interval is cut where attempts are counted
// by them. Memory is bounded by it: an attempt counts for the interval and up
// to a 32nd of it longer.
const buckets = 32

// window counts the attempts of an interval that ends now. The failures of a
// count rule are exact: the times of the newest Count of them are held.
type window struct {
	interval time.Duration
	epoch    time.Time // when the first attempt was counted; zero: none yet
	tallies  [buckets + 1]tally
	head     int64 // number of the newest slice since epoch
	attempts int   // in all tallies
	failures int
	recent   []time.Duration // ring of the newest failures, since epoch; empty for a share
	next     int             // where the ring goes on
	held     int             // failures in the ring that lie in the interval
}

type tally struct {
	attempts, failures uint32
}

func newWindow(r Rule) window {
	return window{interval: max(r.Interval, buckets), recent: make([]time.Duration, r.Count)}
}

// clear forgets everything counted.
func (w *window) clear() {
	w.tallies = [buckets + 1]tally{}
	w.attempts, w.failures, w.held = 0, 0, 0
}

// add counts an attempt. now is never before an earlier one.
func (w *window) add(now time.Time, failed bool) {
	if w.epoch.IsZero() {
		w.epoch = now
	}
	w.advance(now)
	t := &w.tallies[w.head%int64(len(w.tallies))]
	t.attempts++
	w.attempts++
	if !failed {
		return
	}
	t.failures++
	w.failures++
	w.remember(now.Sub(w.epoch))
}

// remember puts a failure into the ring in place of the oldest.
func (w *window) remember(at time.Duration) {
	if len(w.recent) == 0 {
		return
	}
	w.recent[w.next] = at
	w.next = (w.next + 1) % len(w.recent)
	w.held = min(w.held+1, len(w.recent))
}

// advance drops what has left the interval at now.
func (w *window) advance(now time.Time) {
	if w.epoch.IsZero() {
		return
	}
	at := now.Sub(w.epoch)
	head := max(w.head, int64(at/(w.interval/buckets)))
	for passed := min(head-w.head, int64(len(w.tallies))); passed > 0; passed-- {
		t := &w.tallies[(head-passed+1)%int64(len(w.tallies))]
		w.attempts -= int(t.attempts)
		w.failures -= int(t.failures)
		*t = tally{}
	}
	w.head = head
	for w.held > 0 && at-w.oldest() >= w.interval {
		w.held--
	}
}

// oldest returns the time of the oldest failure that is held.
func (w *window) oldest() time.Duration {
	return w.recent[(w.next-w.held+len(w.recent))%len(w.recent)]
}

// failed returns the failures in the interval.
func (w *window) failed() int {
	if len(w.recent) > 0 {
		return w.held
	}
	return w.failures
}
