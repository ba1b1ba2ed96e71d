package healthprobe

import "time"

const (
	beatEvery = time.Second
	// freezeGap is the time without a beat after which this process must have
	// stood still (SIGSTOP, a starved machine): what it saw meanwhile is void.
	freezeGap = 3 * time.Second
)

// beats keeps the pulse by which a freeze is noticed.
func (m *Monitor) beats() {
	ticker := time.NewTicker(beatEvery)
	defer ticker.Stop()
	for {
		select {
		case <-m.quit:
			return
		case <-ticker.C:
			m.mu.Lock()
			m.beat(time.Now())
			m.mu.Unlock()
		}
	}
}

// beat notes that the process runs at now. After a freeze every probe begun
// before is void, no entry of the row is a vote until its target has been
// probed again, and that happens at once. Verdicts stay. The lock is held.
//
// Results call it too: after a thaw one may be faster than the ticker.
func (m *Monitor) beat(now time.Time) {
	gap := now.Sub(m.lastBeat)
	m.lastBeat = now
	if gap < freezeGap {
		return
	}
	m.epoch++
	for _, w := range m.watches {
		m.restart(w)
	}
	m.wake()
}

// restart forgets what a target's last probe taught and has it probed at once.
func (m *Monitor) restart(w *watch) {
	w.taught = time.Time{}
	w.last = Result{Reason: ReasonUnchecked}
	w.tracker.Interrupt()
	m.recount(w)
	select {
	case w.again <- struct{}{}:
	default:
	}
}

// currentEpoch is the number of freezes so far.
func (m *Monitor) currentEpoch() uint64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.epoch
}
