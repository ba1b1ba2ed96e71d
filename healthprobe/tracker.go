package healthprobe

import (
	"time"

	"meridian/routing"
)

// Tracker turns the results of one target into a verdict. It is pure: the zero
// value is not usable, NewTracker makes one, a copy is independent.
//
//   - tolerated+1 failures in a row: down.
//   - The first success of a target not yet judged: up.
//   - rise successes in a row, the hold-down's quiet time, and with manual
//     failback a Release: up again.
//   - An unknown result changes nothing: no verdict, no counter.
type Tracker struct {
	id    TargetID
	check Check

	health routing.Health
	since  time.Time // of the verdict
	reason Reason    // why the verdict is what it is
	told   bool      // the target itself gave the reason: some answer came from it
	proven bool      // the verdict rests on probes, not on the initial state

	streak streak
	down   time.Time // first failed probe of the way down; zero when not down
	wentUp time.Time // when it last came back from down
	level  int       // of hold-down
	freed  bool      // an operator has lifted hold-down and manual failback
}

// streak is the run of equal outcomes that is going on.
type streak struct {
	ok      bool
	count   int
	first   time.Time // start of its first probe
	excused int       // failures that do not count, beyond the tolerated ones
}

// NewTracker returns a tracker without a verdict.
func NewTracker(id TargetID, c Check, now time.Time) Tracker {
	t := Tracker{id: id, check: c, since: now, reason: ReasonUnchecked}
	if c.Initial == InitialWait {
		t.health = routing.Down
	}
	return t
}

// Health returns the verdict, and since when it stands.
func (t *Tracker) Health() (routing.Health, time.Time) { return t.health, t.since }

// Reason returns why the verdict is what it is.
func (t *Tracker) Reason() Reason { return t.reason }

// Observe takes one result in, at the time it became known, and returns the
// change of the verdict, if any.
func (t *Tracker) Observe(now time.Time, r Result) (Transition, bool) {
	if r.Reason.Unknown() {
		return Transition{}, false
	}
	t.extend(r)
	if r.OK() {
		return t.succeed(now, r)
	}
	return t.fail(now, r)
}

// Drops reports whether Observe would turn the verdict to down on r.
func (t *Tracker) Drops(r Result) bool {
	next := *t
	change, changed := next.Observe(r.At, r)
	return changed && change.New == routing.Down
}

// extend adds r to the streak or begins a new one.
func (t *Tracker) extend(r Result) {
	if t.streak.first.IsZero() || t.streak.ok != r.OK() {
		t.streak = streak{ok: r.OK(), first: r.At}
	}
	t.streak.count++
}

func (t *Tracker) fail(now time.Time, r Result) (Transition, bool) {
	if t.health == routing.Down {
		t.reason, t.told = r.Reason, r.Answered
		return Transition{}, false
	}
	if t.streak.count <= t.check.Tolerated+t.streak.excused {
		return Transition{}, false
	}
	t.level = t.check.HoldDown.next(t.level, t.wentUp, now)
	t.down, t.freed = t.streak.first, false
	return t.turn(now, routing.Down, r), true
}

func (t *Tracker) succeed(now time.Time, r Result) (Transition, bool) {
	switch {
	case t.health == routing.Up:
		t.reason, t.told = r.Reason, true
		return Transition{}, false
	case !t.proven:
		return t.turn(now, routing.Up, r), true
	case !t.mayRise(r):
		return Transition{}, false
	}
	return t.rise(now, r), true
}

// mayRise reports whether a target that is down may come up with r, the last
// of a streak of successes.
func (t *Tracker) mayRise(r Result) bool {
	if t.streak.count < t.check.rise() {
		return false
	}
	if t.freed {
		return true
	}
	return t.check.Failback == FailbackAuto && r.At.Sub(t.streak.first) >= t.check.HoldDown.quiet(t.level)
}

func (t *Tracker) rise(now time.Time, r Result) Transition {
	t.wentUp, t.down, t.freed = now, time.Time{}, false
	return t.turn(now, routing.Up, r)
}

// turn changes the verdict.
func (t *Tracker) turn(now time.Time, to routing.Health, r Result) Transition {
	change := Transition{
		Target: t.id, Old: t.health, New: to, Reason: r.Reason, Detail: r.Detail,
		First: t.streak.first, Count: t.streak.count, At: now,
	}
	t.health, t.since, t.reason, t.told, t.proven = to, now, r.Reason, r.Answered || r.OK(), true
	return change
}

// Release lets a target that is down come back: at once if its last `rise`
// probes succeeded, else with the probe that makes it so. It lifts both manual
// failback and hold-down, until the target goes down again.
func (t *Tracker) Release(now time.Time) (Transition, bool) {
	if t.health != routing.Down || !t.proven {
		return Transition{}, false
	}
	t.freed = true
	if !t.streak.ok || t.streak.count < t.check.rise() {
		return Transition{}, false
	}
	return t.rise(now, Result{Reason: ReasonReleased, Answered: true}), true
}

// Waiting says what a target that is down and whose last probe succeeded waits
// for: "rise", "hold_down" or "release"; empty when it waits for nothing.
func (t *Tracker) Waiting() string {
	switch {
	case t.health != routing.Down || !t.streak.ok || t.streak.count == 0:
		return ""
	case t.streak.count < t.check.rise():
		return "rise"
	case t.check.Failback == FailbackManual:
		return "release"
	default:
		return "hold_down"
	}
}

// Excuse grants the streak of failures one more before it means down.
func (t *Tracker) Excuse(r Result) {
	if t.streak.count == 0 || t.streak.ok {
		t.streak = streak{first: r.At}
	}
	t.streak.excused = 1
}

// excused reports whether the streak has had its Excuse.
func (t *Tracker) excused() bool { return t.streak.excused > 0 && !t.streak.ok }

// Rebase goes on with another check. The verdict stays, for it is the best
// there is; the streak begins anew.
func (t *Tracker) Rebase(c Check) {
	t.check = c
	t.Interrupt()
}

// Interrupt ends the streak that is going on: what comes after a time in which
// results did not count starts anew. The verdict stays.
func (t *Tracker) Interrupt() { t.streak = streak{} }
