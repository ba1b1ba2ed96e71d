package healthprobe

import (
	"cmp"
	"fmt"
	"time"
)

// HoldDown damps a target that goes up and down. The rule:
//
//   - A target that goes down within Memory of its last way up has flapped; its
//     level rises by one. After more than Memory of being up the level is 0.
//   - At level 0 there is no hold-down: `rise` successes bring a target back.
//   - At level k > 0 its successes must also have lasted, without a failure
//     between them, for Start × 2^(k-1), at most Most.
//
// What is required is a quiet time and not a mere waiting time, so a target
// whose probes alternate comes back once and then stays down until it has
// settled (fault A6). The zero HoldDown means the defaults.
type HoldDown struct {
	Start  time.Duration // 1s .. 1h; default 30s
	Most   time.Duration // Start .. 24h; default 10m
	Memory time.Duration // 1s .. 24h; default 10m
	Off    bool          // no hold-down at any level
}

func (h HoldDown) orDefaults() HoldDown {
	h.Start = cmp.Or(h.Start, 30*time.Second)
	h.Most = cmp.Or(h.Most, max(10*time.Minute, h.Start))
	h.Memory = cmp.Or(h.Memory, 10*time.Minute)
	return h
}

func (h HoldDown) validate() error {
	h = h.orDefaults()
	if h.Start < time.Second || h.Start > time.Hour {
		return fmt.Errorf("hold-down start %v: want 1s to 1h", h.Start)
	}
	if h.Most < h.Start || h.Most > 24*time.Hour {
		return fmt.Errorf("hold-down most %v: want its start, %v, to 24h", h.Most, h.Start)
	}
	if h.Memory < time.Second || h.Memory > 24*time.Hour {
		return fmt.Errorf("hold-down memory %v: want 1s to 24h", h.Memory)
	}
	return nil
}

// maxLevel keeps a level small; the hold is at its most long before.
const maxLevel = 20

// quiet is how long successes must have lasted at a level.
func (h HoldDown) quiet(level int) time.Duration {
	h = h.orDefaults()
	if level <= 0 || h.Off {
		return 0
	}
	d := h.Start
	for range level - 1 {
		d = min(2*d, h.Most)
	}
	return min(d, h.Most)
}

// next is the level of a target that goes down at now. wentUp is when it last
// came back from down; zero if it never did.
func (h HoldDown) next(level int, wentUp, now time.Time) int {
	if wentUp.IsZero() || now.Sub(wentUp) > h.orDefaults().Memory {
		return 0
	}
	return min(level+1, maxLevel)
}
