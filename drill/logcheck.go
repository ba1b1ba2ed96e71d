package drill

import (
	"net/netip"
	"strconv"

	"meridian/routing"
)

// maxCount bounds a counter, so that sums of many never wrap.
const maxCount = 1 << 53

// Validate names what is wrong with the log, of each list the first problem: a
// log comes from another node or from disk.
func (l NodeLog) Validate() error {
	var p problems
	p.label("drill", l.Drill)
	p.add(l.Node == "", "node: empty")
	p.text("node", l.Node, 256)
	p.add(!isLocation(l.Location), "location: %q is no location's id", clip(string(l.Location), 80))
	p.add(!risingBounds(l.LateBounds, maxBuckets), "lateBounds: not rising numbers from 0, at most %d", maxBuckets)
	p.add(!risingBounds(l.LatencyBounds, maxBuckets), "latencyBounds: not rising numbers from 0, at most %d", maxBuckets)
	p.add(l.StepMillis < 0 || l.Doubt < 0, "stepMillis, doubtMillis: %d, %d, at least 0", l.StepMillis, l.Doubt)
	most(&p, "samples", len(l.Samples), maxSamples+maxPinned)
	most(&p, "marks", len(l.Marks), maxMarks+1)
	most(&p, "observations", len(l.Observations), maxObservations+1)
	most(&p, "networks", len(l.Networks), maxNetworks)
	if len(p.list) == 0 {
		l.checkSamples(&p)
		checkEach(&p, "marks", l.Marks, Mark.check)
		checkEach(&p, "observations", l.Observations, Observation.check)
		checkEach(&p, "networks", l.Networks, Network.check)
	}
	return p.err()
}

func most(p *problems, field string, n, limit int) {
	p.add(n > limit, "%s: %d, at most %d", field, n, limit)
}

// checkEach stops at the first element that has a problem.
func checkEach[T any](p *problems, field string, list []T, check func(T, *problems, string)) {
	for i, e := range list {
		check(e, p, field+"["+strconv.Itoa(i)+"]")
		if len(p.list) > 0 {
			return
		}
	}
}

func (l NodeLog) checkSamples(p *problems) {
	var last Sample
	for i, s := range l.Samples {
		at := "samples[" + strconv.Itoa(i) + "]"
		p.add(!s.At.valid() || s.At < last.At, "%s.at: %d is before %d or out of range", at, s.At, last.At)
		p.add(len(s.Late) > len(l.LateBounds)+1 || len(s.Latency) > len(l.LatencyBounds)+1, "%s: more buckets than bounds", at)
		p.add(len(s.Answers) > maxAnswers, "%s.answers: %d locations, at most %d", at, len(s.Answers), maxAnswers)
		p.add(!s.atLeast(last), "%s: a counter is less than before, or over %d", at, int64(maxCount))
		if len(p.list) > 0 {
			return
		}
		last = s
	}
}

// atLeast reports whether no counter of s is less than in before, and none too
// big.
func (s Sample) atLeast(before Sample) bool {
	return grew(s.scalars(), before.scalars()) && grewAnswers(s.Answers, before.Answers) &&
		grew(s.Late, before.Late) && grew(s.Latency, before.Latency)
}

func (s Sample) scalars() []uint64 {
	return []uint64{s.Arrivals, s.Served, s.Relayed, s.Refused, s.Errors}
}

func grewAnswers(now, before map[routing.LocationName]uint64) bool {
	for name, n := range now {
		if !isLocation(name) || n < before[name] || n > maxCount {
			return false
		}
	}
	for name := range before {
		if _, kept := now[name]; !kept {
			return false
		}
	}
	return true
}

func grew(now, before []uint64) bool {
	if len(now) < len(before) {
		return false
	}
	for i, n := range now {
		if n > maxCount || i < len(before) && n < before[i] {
			return false
		}
	}
	return true
}

func (m Mark) check(p *problems, at string) {
	p.add(!m.At.valid(), "%s.at: %d is out of range", at, m.At)
	p.add(!m.Kind.known(), "%s.kind: %q", at, clip(string(m.Kind), 80))
	p.add(m.Location != "" && !isLocation(m.Location), "%s.location: %q", at, clip(string(m.Location), 80))
	p.add(m.Kind == Over && !m.Cause.early(), "%s.cause: %q", at, clip(string(m.Cause), 80))
	p.text(at+".by", m.By, maxText)
	p.text(at+".text", m.Text, maxText)
}

// early reports whether the cause ends a drill before its time.
func (c Cause) early() bool { return c == Aborted || c == Yielded || c == Superseded }

func (o Observation) check(p *problems, at string) {
	p.add(!o.At.valid(), "%s.at: %d is out of range", at, o.At)
	p.add(o.Observer == "", "%s.observer: empty", at)
	p.text(at+".observer", o.Observer, maxText)
	p.add(o.Requests > maxCount || o.Failures > o.Requests, "%s: %d failures of %d requests", at, o.Failures, o.Requests)
}

func (n Network) check(p *problems, at string) {
	_, err := netip.ParsePrefix(n.Prefix)
	p.add(err != nil, "%s.prefix: %q is no network", at, clip(n.Prefix, 80))
	p.add(n.Relayed > maxCount || n.Refused > maxCount, "%s: a counter is over %d", at, int64(maxCount))
}
