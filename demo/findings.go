package demo

import (
	"sync"
	"time"
)

// findings are the verdicts of all servers that are watched for one change. Nodes
// answer by what they agree on, so that the first to find something may have to
// wait for the others before its answers change.
type findings struct {
	mu      sync.Mutex
	missing int // servers without a verdict
	last    time.Time
}

// add notes the verdict of one more server.
func (f *findings) add(verdict time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.missing--
	if verdict.After(f.last) {
		f.last = verdict
	}
}

// settled reports whether every server has had its verdict for longer than
// answers may take to follow.
func (f *findings) settled(now time.Time) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.missing <= 0 && now.Sub(f.last) > afterglow
}
