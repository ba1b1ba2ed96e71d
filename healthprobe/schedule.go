package healthprobe

import (
	"hash/fnv"
	"time"
)

// firstSpread is the time over which the first probes after a start are dealt,
// so that a node has its verdicts soon but not all in one instant.
const firstSpread = 2 * time.Second

// schedule is the fixed timetable of one target on one node: slots at a phase
// that a hash of the two gives, every interval, on the wall clock's grid. Nodes
// of a fleet never probe one target in step, and a restart keeps the phase. The
// wall clock is read once; from then on only durations count.
type schedule struct {
	interval time.Duration
	slot     time.Time // the next slot
	early    time.Time // an extra probe before the first slot; zero for none
}

func newSchedule(node string, id TargetID, interval time.Duration, now time.Time) schedule {
	h := fnv.New64a()
	h.Write([]byte(node))
	h.Write([]byte{0})
	h.Write([]byte(id))
	sum := mix(h.Sum64())
	phase := time.Duration(sum % uint64(interval))
	past := time.Duration(now.UnixNano()) % interval
	s := schedule{interval: interval, slot: now.Add((phase - past + interval) % interval)}
	if spread := min(interval, firstSpread); s.slot.Sub(now) > spread {
		s.early = now.Add(time.Duration(mix(sum) % uint64(spread)))
	}
	return s
}

// mix spreads a hash over all its bits (the finalizer of SplitMix64), so that
// names which differ in one letter get unrelated phases.
func mix(x uint64) uint64 {
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	return x ^ x>>31
}

// next returns when to probe next. Slots that are over are skipped, not made
// up for; after an extra probe the next slot is at least half an interval off.
func (s *schedule) next(now time.Time) time.Time {
	if !s.early.IsZero() {
		at := s.early
		s.early = time.Time{}
		s.skipTo(at.Add(s.interval / 2))
		return at
	}
	s.skipTo(now)
	at := s.slot
	s.slot = s.slot.Add(s.interval)
	return at
}

// skipTo moves the next slot to t or later.
func (s *schedule) skipTo(t time.Time) {
	if behind := t.Sub(s.slot); behind > 0 {
		missed := (int64(behind) + int64(s.interval) - 1) / int64(s.interval)
		s.slot = s.slot.Add(time.Duration(missed * int64(s.interval)))
	}
}
