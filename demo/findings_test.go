package demo

import (
	"testing"
	"time"
)

// TestFindings: who found a change first is watched until the others have found
// it too and answers had time to follow, unless its answers have changed.
func TestFindings(t *testing.T) {
	now := time.Now()
	early, late := now.Add(-2*afterglow), now.Add(-afterglow/2)
	for name, tt := range map[string]struct {
		verdicts []time.Time // of three servers, the watched one first
		sweeps   int         // since its first changed answer
		want     bool
	}{
		"nobody":                {nil, 0, false},
		"alone":                 {[]time.Time{early}, 0, false},
		"alone, and it changed": {[]time.Time{early}, 2, true},
		"one is missing":        {[]time.Time{early, early}, 0, false},
		"the last has just":     {[]time.Time{early, late, early}, 0, false},
		"all long ago":          {[]time.Time{early, early, early}, 0, true},
		"all, first of answers": {[]time.Time{early, late, early}, 1, false},
	} {
		all := &findings{missing: 3}
		w := &watch{sweeps: tt.sweeps, all: all}
		for i, v := range tt.verdicts {
			if all.add(v); i == 0 {
				w.seen.verdict = v
			}
		}
		if got := w.over(now); got != tt.want {
			t.Errorf("%s: got over %v, want %v", name, got, tt.want)
		}
	}
}
