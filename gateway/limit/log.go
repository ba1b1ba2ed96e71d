package limit

import "time"

// spans is how finely a window is kept: limits of up to so many calls are exact
// to the call and its time; of greater ones, calls within a 256th of the period
// leave together, when the last of them does.
const spans = 256

// log is the calls of one window, oldest first.
type log struct {
	marks []mark // from head on
	head  int
	used  int // calls in the window
}

type mark struct {
	at time.Duration
	n  int
}

// slide drops what has left the window that ends at.
func (l *log) slide(at, period time.Duration) {
	for l.head < len(l.marks) && at-l.marks[l.head].at >= period {
		l.used -= l.marks[l.head].n
		l.head++
	}
	if l.head == len(l.marks) {
		l.marks, l.head = l.marks[:0], 0
	}
}

// add appends n calls. What happened before the newest mark is taken to have
// happened with it.
func (l *log) add(at, period time.Duration, n, calls int) {
	l.used += n
	if last := len(l.marks) - 1; last >= l.head {
		newest := &l.marks[last]
		at = max(at, newest.at)
		together := calls > spans && at/(period/spans+1) == newest.at/(period/spans+1)
		if together || at == newest.at || len(l.marks)-l.head > spans {
			newest.at = at
			newest.n += n
			return
		}
	}
	l.compact()
	l.marks = append(l.marks, mark{at, n})
}

// compact moves the marks to the front where half of them are gone.
func (l *log) compact() {
	if l.head > len(l.marks)/2 {
		l.marks = l.marks[:copy(l.marks, l.marks[l.head:])]
		l.head = 0
	}
}

// free returns how long until n calls have left the window; the whole period
// where they never will.
func (l *log) free(n int, at, period time.Duration) time.Duration {
	for _, m := range l.marks[l.head:] {
		if n -= m.n; n <= 0 {
			return max(m.at+period-at, 1)
		}
	}
	return period
}
