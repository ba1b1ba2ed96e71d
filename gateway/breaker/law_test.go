package breaker

import (
	"math/rand/v2"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// given is a permit whose result is still out.
type given struct {
	p  Permit
	at time.Time
}

// Whatever is asked, recorded, lost, forced and in whatever order: no more than
// Probes leases at once, Wait and Status tell the truth about the next Admit,
// and a generation never comes back.
func TestLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := Recovery{
			Probes:    rapid.IntRange(1, 3).Draw(t, "probes"),
			Successes: rapid.IntRange(1, 4).Draw(t, "successes"),
			Lease:     10 * time.Second,
		}
		b := New(Rule{
			Count: rapid.IntRange(1, 4).Draw(t, "count"), Interval: time.Minute, TripDuration: 20 * time.Second,
			Statuses: []Range{{500, 599}}, HalfOpen: &h, AcceptRetryAfter: true,
		})
		now := time.Unix(1_700_000_000, 0)
		var out []given
		var generation uint64
		admit := func(t *rapid.T) {
			wait, seen := b.Wait(now), b.Status(now)
			p, ok := b.Admit(now, 0)
			if ok != (wait == 0) {
				t.Fatalf("Wait said %s, Admit %v", wait, ok)
			}
			if got := b.Status(now).State; got != seen.State {
				t.Fatalf("Status said %s, Admit found %s", seen.State, got)
			}
			if !ok {
				return
			}
			out = append(out, given{p, now})
			live := 0
			for _, g := range out {
				if g.p.Probe() && g.p.generation == p.generation && now.Before(g.at.Add(h.Lease)) {
					live++
				}
			}
			if live > h.Probes {
				t.Fatalf("%d probes at once, at most %d", live, h.Probes)
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"admit": admit,
			"result": func(t *rapid.T) {
				if len(out) == 0 {
					t.Skip()
				}
				i := rapid.IntRange(0, len(out)-1).Draw(t, "which")
				o := rapid.SampledFrom([]Outcome{
					{Status: 200}, {Status: 503}, {Status: 503, RetryAfter: 3 * time.Second}, {Reason: Timeout}, {Ignored: true}, {},
				}).Draw(t, "outcome")
				before := b.Status(now)
				tr, changed := b.Record(out[i].p, o, now)
				if changed && out[i].p.generation != before.Generation {
					t.Fatalf("a result of generation %d changed generation %d: %+v", out[i].p.generation, before.Generation, tr)
				}
				out = append(out[:i], out[i+1:]...)
			},
			"lose": func(t *rapid.T) {
				if len(out) > 8 {
					out = out[:4]
				}
			},
			"pass": func(t *rapid.T) {
				now = now.Add(time.Duration(rapid.IntRange(0, 15).Draw(t, "seconds")) * time.Second)
			},
			"force": func(t *rapid.T) {
				f := rapid.SampledFrom([]Forced{ForceNone, ForceOpen, ForceClosed}).Draw(t, "order")
				b.Force(f, now.Add(time.Duration(rapid.IntRange(-5, 20).Draw(t, "for"))*time.Second), "r", now)
			},
			"": func(t *rapid.T) {
				s := b.Status(now)
				if s.Generation < generation {
					t.Fatalf("generation %d after %d", s.Generation, generation)
				}
				generation = s.Generation
				if s.Probes > h.Probes || s.Failures > s.Attempts || s.Share < 0 || s.Share > 1 {
					t.Fatalf("status: %+v", s)
				}
				if !s.Until.IsZero() && !s.Until.After(now) {
					t.Fatalf("%s until %s, now is %s", s.State, s.Until, now)
				}
			},
		})
	})
}

// Scenario E3: results get lost, come late or come twice while the backend
// fails. Once it has recovered, the breaker closes within the open time, one
// lease and the probes it takes.
func TestE3ClosesAfterRecovery(t *testing.T) {
	const open, period, tick = 10 * time.Second, 5 * time.Second, 100 * time.Millisecond
	for trial := range 1000 {
		r := rand.New(rand.NewPCG(uint64(trial), 3))
		h := Recovery{Probes: 1 + r.IntN(3), Successes: 1 + r.IntN(4), Lease: period}
		b := New(Rule{Count: 3, Interval: time.Minute, TripDuration: open, Statuses: []Range{{500, 599}}, HalfOpen: &h})
		start := time.Unix(1_700_000_000, 0)
		recovery := start.Add(time.Duration(r.IntN(60_000)) * time.Millisecond)
		var stuck []Permit
		now := start
		for ; now.Before(recovery); now = now.Add(tick) {
			misbehave(b, r, &stuck, now)
		}
		// Three of four late results still come in, as failures of before.
		late := stuck[:len(stuck)*3/4]
		limit := recovery.Add(open + period + time.Duration(h.Successes+1)*tick)
		for ; b.Status(now).State != Closed; now = now.Add(tick) {
			if now.After(limit) {
				t.Fatalf("trial %d: %s after the recovery it is %+v", trial, now.Sub(recovery), b.Status(now))
			}
			if len(late) > 0 {
				b.Record(late[0], Outcome{Reason: Timeout}, now)
				late = late[1:]
			}
			if p, ok := b.Admit(now, 0); ok {
				b.Record(p, Outcome{Status: 200}, now)
			}
		}
	}
}

// misbehave is one request to a failing backend, whose result may get lost, be
// late or come twice.
func misbehave(b *Breaker, r *rand.Rand, stuck *[]Permit, now time.Time) {
	p, ok := b.Admit(now, 0)
	if !ok {
		return
	}
	switch r.IntN(6) {
	case 0: // the handler panicked
	case 1: // hangs
		*stuck = append(*stuck, p)
	case 2: // the client went away
		b.Record(p, Outcome{Ignored: true}, now)
	case 3: // twice
		b.Record(p, Outcome{Status: 503}, now)
		b.Record(p, Outcome{Status: 503}, now)
	default:
		b.Record(p, Outcome{Status: 503}, now)
	}
}

// Without half-open nothing can wedge either: it closes when the trip ends.
func TestFullCloseNeedsNoResult(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := New(seedRule())
		now := time.Unix(1_700_000_000, 0)
		for range rapid.IntRange(3, 30).Draw(t, "calls") {
			if p, ok := b.Admit(now, 0); ok && rapid.Bool().Draw(t, "recorded") {
				b.Record(p, Outcome{Status: 500}, now)
			}
			now = now.Add(time.Second)
		}
		if _, ok := b.Admit(now.Add(10*time.Minute), 0); !ok {
			t.Fatalf("not closed after the trip: %+v", b.Status(now.Add(10*time.Minute)))
		}
	})
}
