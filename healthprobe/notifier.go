package healthprobe

import (
	"time"

	"meridian/routing"
)

// notifier reports what changed, outside the lock, as fast as pace allows.
func (m *Monitor) notifier() {
	var seen reported
	var pace pace
	for {
		select {
		case <-m.quit:
			return
		case <-m.changed:
		}
		m.report(&seen)
		if !m.rest(pace.pause(time.Now())) {
			return
		}
	}
}

// pace lets notifyBurst reports go at once and then waits until all of them
// would have gone at one per notifyEvery: a single verdict is told without
// delay, thousands become two publishes a second (fault A10).
type pace struct {
	due time.Time // when the reports so far would have gone at one per notifyEvery
}

// pause returns how long to wait after a report made at now.
func (p *pace) pause(now time.Time) time.Duration {
	if p.due.Before(now) {
		p.due = now
	}
	p.due = p.due.Add(notifyEvery)
	if owed := p.due.Sub(now); owed >= notifyBurst*notifyEvery {
		return owed
	}
	return 0
}

// rest waits for d; it reports false when the Monitor shuts down meanwhile.
func (m *Monitor) rest(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-m.quit:
		return false
	case <-timer.C:
		return true
	}
}

// reported is what the log was last told about this prober itself.
type reported struct {
	isolated bool
	epoch    uint64
}

// report logs the changes and hands them to the owner.
func (m *Monitor) report(seen *reported) {
	m.mu.Lock()
	r := Report{Row: m.row(time.Now()), Changes: m.pending}
	m.pending = nil
	now := reported{isolated: m.self.isolated, epoch: m.epoch}
	m.mu.Unlock()
	m.logSelf(*seen, now)
	*seen = now
	for _, c := range r.Changes {
		m.logChange(c)
	}
	m.opt.Notify(r)
}

func (m *Monitor) logSelf(was, is reported) {
	if is.epoch != was.epoch {
		m.opt.Logger.Warn("prober stood still, results discarded", "freezes", is.epoch)
	}
	switch {
	case is.isolated && !was.isolated:
		m.opt.Logger.Warn("prober is isolated, verdicts held", "references", m.opt.References)
	case was.isolated && !is.isolated:
		m.opt.Logger.Info("prober is no longer isolated")
	}
}

func (m *Monitor) logChange(c Transition) {
	log := m.opt.Logger.Info
	if c.New == routing.Down {
		log = m.opt.Logger.Warn
	}
	log("target changed health", "target", c.Target, "old", c.Old, "new", c.New,
		"reason", c.Reason, "detail", c.Detail, "first_probe", c.First, "count", c.Count)
}
