package drill

import (
	"slices"
	"sync"
	"time"

	"meridian/routing"
)

// Limits of a NodeLog.
const (
	maxSamples      = 3600 // 1 h of one a second; then every other one goes
	maxPinned       = 64
	maxMarks        = 1024
	maxObservations = 3600
	maxNetworks     = 4096
	sampleStep      = time.Second
)

// Recorder writes the log of one drill on one node. It is safe for concurrent
// use, and bounded whatever happens.
type Recorder struct {
	mu    sync.Mutex
	log   NodeLog
	tally tally
	first time.Time // wall and monotonic; log instants count from it
	zero  Stamp     // of first
}

// NewRecorder begins a log. before may be nil; what it holds comes first.
func NewRecorder(drill, node string, location routing.LocationName, before *Baseline, now time.Time) *Recorder {
	r := &Recorder{log: NodeLog{Drill: drill, Node: node, Location: location, StepMillis: sampleStep.Milliseconds()}}
	r.first, r.zero = now, StampOf(now)
	for _, k := range before.readings() {
		r.sample(r.stamp(k.at), k.counts, false)
	}
	return r
}

// Resume goes on with a log from disk after a restart; the process's counters
// began at zero. The gap is marked.
func Resume(log NodeLog, now time.Time) *Recorder {
	r := &Recorder{log: log, first: now, zero: max(StampOf(now), log.end())}
	r.tally.anew = true
	if n := len(log.Samples); n > 0 {
		r.tally.sum = log.Samples[n-1]
	}
	r.mark(Mark{At: r.zero, Kind: Gap, Text: "the node began anew"})
	return r
}

// end is the last instant of the log.
func (l NodeLog) end() Stamp {
	var last Stamp
	for _, s := range l.Samples {
		last = max(last, s.At)
	}
	for _, m := range l.Marks {
		last = max(last, m.At)
	}
	return last
}

// stamp is the instant of now on the log's own clock.
func (r *Recorder) stamp(now time.Time) Stamp {
	return max(0, r.zero+Stamp(now.Sub(r.first).Milliseconds()))
}

// Sample adds the counters of now, once a second.
func (r *Recorder) Sample(now time.Time, c Counts) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sample(r.stamp(now), c, false)
}

// Mark adds something that happened now, with the counters of the same moment:
// what comes before a mark and what after it is told apart exactly. At is set
// by the recorder; a mark that NodeLog.Validate would refuse is not kept.
func (r *Recorder) Mark(now time.Time, m Mark, c Counts) {
	r.mu.Lock()
	defer r.mu.Unlock()
	m.At = r.stamp(now)
	m.By, m.Text = line(m.By), line(m.Text)
	var p problems
	m.check(&p, "mark")
	if len(p.list) > 0 || !r.mark(m) || !m.Kind.pins() {
		return
	}
	r.sample(m.At, c, true)
}

// Observe adds what somebody outside of us had counted since it began. At is
// set by the recorder.
func (r *Recorder) Observe(now time.Time, o Observation) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	o.At, o.Observer = r.stamp(now), line(o.Observer)
	var p problems
	o.check(&p, "observation")
	if err := p.err(); err != nil {
		return err
	}
	r.log.Observations = append(r.log.Observations, o)
	if len(r.log.Observations) > maxObservations {
		r.log.Observations = thinObservations(r.log.Observations)
	}
	return nil
}

// SetNetworks replaces the late networks; more says that there were others.
func (r *Recorder) SetNetworks(list []Network, more bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := min(len(list), maxNetworks)
	r.log.Networks = append([]Network(nil), list[:n]...)
	r.log.NetworksFull = more || n < len(list)
}

// Log returns a copy of what is recorded.
func (r *Recorder) Log() NodeLog {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.log.clone()
}

func (r *Recorder) mark(m Mark) bool {
	if len(r.log.Marks) >= maxMarks {
		return false
	}
	r.log.Marks = append(r.log.Marks, m)
	return true
}

// sample appends a reading, unless it is older than the last one or, not being
// pinned, closer to it than the step.
func (r *Recorder) sample(at Stamp, c Counts, pin bool) {
	n := len(r.log.Samples)
	if n > 0 && at < r.log.Samples[n-1].At {
		at = r.log.Samples[n-1].At
	}
	pin = pin && r.log.pinned() < maxPinned
	if !pin && n > 0 && int64(at-r.log.Samples[n-1].At) < r.log.StepMillis*9/10 {
		return
	}
	s := r.tally.add(r.comparable(c))
	s.At, s.Pinned = at, pin
	r.log.Samples = append(r.log.Samples, s)
	if len(r.log.Samples) >= maxSamples {
		r.log.Samples = thin(r.log.Samples)
		r.log.StepMillis *= 2
	}
}

// comparable returns c without histograms that have other buckets than the
// log, the others coarser; the first usable ones decide.
func (r *Recorder) comparable(c Counts) Counts {
	c.Late = adopt(&r.log.LateBounds, c.Late)
	c.Latency = adopt(&r.log.LatencyBounds, c.Latency)
	return c
}

func adopt(bounds *[]float64, h Histogram) Histogram {
	if !h.usable() {
		return Histogram{}
	}
	h = h.coarse()
	if *bounds == nil {
		*bounds = append([]float64{}, h.Bounds...)
	}
	if !slices.Equal(*bounds, h.Bounds) {
		return Histogram{}
	}
	return h
}

func (l *NodeLog) pinned() int {
	n := 0
	for _, s := range l.Samples {
		if s.Pinned {
			n++
		}
	}
	return n
}
