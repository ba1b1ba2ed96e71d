package drill

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"meridian/routing"
)

// counts makes a reading in which everything is n or depends on it.
func counts(n uint64) Counts {
	return Counts{
		Answers:  map[routing.LocationName]uint64{"west": n, "east": 2 * n},
		Arrivals: n, Served: n, Relayed: n, Refused: n, Errors: n,
		Late:    Histogram{Bounds: []float64{1, 10}, Counts: []uint64{n, 0, n}},
		Latency: Histogram{Bounds: []float64{.1}, Counts: []uint64{n, 0}},
	}
}

func lastOf(l NodeLog) Sample { return l.Samples[len(l.Samples)-1] }

func TestRecorderCountsFromItsStart(t *testing.T) {
	now := time.Now()
	r := NewRecorder("d", "n", "west", nil, now)
	r.Sample(now, counts(1000))
	r.Sample(now.Add(time.Second), counts(1007))
	want := Sample{
		At: StampOf(now) + 1000, Answers: map[routing.LocationName]uint64{"west": 7, "east": 14},
		Arrivals: 7, Served: 7, Relayed: 7, Refused: 7, Errors: 7, Late: []uint64{7, 0, 7}, Latency: []uint64{7},
	}
	l := r.Log()
	if diff := cmp.Diff(want, lastOf(l)); diff != "" {
		t.Errorf("wrong sample (-want +got):\n%s", diff)
	}
	if first := l.Samples[0]; first.Arrivals != 0 || total(first.Latency) != 0 {
		t.Errorf("got %+v, want the first sample to be zero", first)
	}
	if err := l.Validate(); err != nil {
		t.Error(err)
	}
}

// TestCountersBeginAnew: the node's counters are lost in the middle, and then
// the whole recorder, which goes on from its log. Nothing is counted twice, and
// no more is lost than what was between the last sample and the end.
func TestCountersBeginAnew(t *testing.T) {
	now := time.Now()
	r := NewRecorder("d", "n", "west", nil, now)
	at := func(s int) time.Time { return now.Add(time.Duration(s) * time.Second) }
	r.Sample(at(0), counts(100))
	r.Sample(at(1), counts(110))
	r.Sample(at(2), counts(5)) // a new process: 5 more
	data, err := r.Log().Encode()
	if err != nil {
		t.Fatal(err)
	}
	log, err := DecodeLog(data)
	if err != nil {
		t.Fatal(err)
	}
	r = Resume(log, at(10))
	r.Sample(at(11), counts(3))
	r.Sample(at(12), counts(4))
	l := r.Log()
	if got := lastOf(l); got.Arrivals != 19 || total(got.Latency) != 19 || got.Answers["east"] != 38 {
		t.Errorf("got %+v, want 10 + 5 + 4 = 19 arrivals", got)
	}
	if m, ok := l.first(Gap); !ok || m.At != StampOf(at(10)) {
		t.Errorf("got %+v, want the gap marked", l.Marks)
	}
	if err := l.Validate(); err != nil {
		t.Error(err)
	}
}

func TestOtherBucketsAreLeftOut(t *testing.T) {
	now := time.Now()
	r := NewRecorder("d", "n", "west", nil, now)
	other := counts(500)
	other.Latency = Histogram{Bounds: []float64{.2}, Counts: []uint64{400, 100}}
	broken := counts(600)
	broken.Latency = Histogram{Bounds: []float64{.2, .1}, Counts: []uint64{1}}
	for i, c := range []Counts{counts(100), counts(110), other, broken, counts(620)} {
		r.Sample(now.Add(time.Duration(i)*time.Second), c)
	}
	if got := lastOf(r.Log()); total(got.Latency) != 520 || got.Arrivals != 520 {
		t.Errorf("got %+v, want 520 of each: the readings with other buckets are passed over", got)
	}
}

// TestBaseline: what was before the drill is in the log, five minutes of it.
func TestBaseline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &Baseline{}
		n := uint64(0)
		for range 400 {
			b.Add(time.Now(), counts(n))
			n++
			time.Sleep(time.Second)
		}
		r := NewRecorder("d", "n", "west", b, time.Now())
		r.Mark(time.Now(), Mark{Kind: Applied}, counts(n))
		l := r.Log()
		if len(l.Samples) != 301 || lastOf(l).Arrivals != 300 || lastOf(l).At.Since(l.Samples[0].At) != 300*time.Second {
			t.Errorf("got %d samples to %+v, want 300 s before the mark", len(l.Samples), lastOf(l))
		}
	})
}

// TestDayLong: a drill of a day stays within bounds, keeps its marks exact, and
// its log is valid at each hour.
func TestDayLong(t *testing.T) {
	now := time.Now()
	r := NewRecorder("d", "n", "west", nil, now)
	for s := range 86400 {
		at := now.Add(time.Duration(s) * time.Second)
		r.Sample(at, counts(uint64(s)))
		if s%10007 == 0 {
			r.Mark(at.Add(300*time.Millisecond), Mark{Kind: Applied, Text: fmt.Sprint(s)}, counts(uint64(s)))
		}
		if s%3600 == 0 {
			l := r.Log()
			if err := l.Validate(); err != nil || len(l.Samples) > maxSamples {
				t.Fatalf("after %d s: %d samples, %v", s, len(l.Samples), err)
			}
		}
	}
	l := r.Log()
	for _, m := range l.Marks {
		if got := l.at(m.At); fmt.Sprint(got.Arrivals) != m.Text || got.At != m.At {
			t.Errorf("at mark %s: got %d arrivals at %s, want the counters of that moment", m.Text, got.Arrivals, got.At)
		}
	}
	data, err := l.Encode()
	if err != nil || len(data) > MaxLog {
		t.Errorf("got %d bytes, %v, want at most %d", len(data), err, MaxLog)
	}
	if len(l.Samples) < 1000 || l.StepMillis > 64000 {
		t.Errorf("got %d samples, one in %d ms, want at least 1000", len(l.Samples), l.StepMillis)
	}
}

// TestSetClock is C14: readings have a monotonic part, and only it counts
// after the beginning. A bubble has no clock to set: a time without a monotonic
// part stands for one whose wall clock was set, and is the only one that moves.
func TestSetClock(t *testing.T) {
	now := time.Now()
	r := NewRecorder("d", "n", "west", nil, now)
	r.Sample(now, counts(0))
	r.Sample(now.Add(time.Second), counts(1))
	r.Sample(now.Round(0).Add(-24*time.Hour), counts(2))
	r.Sample(now.Add(3*time.Second), counts(3))
	r.Sample(time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC), counts(4))
	l := r.Log()
	if err := l.Validate(); err != nil {
		t.Errorf("got %v, want instants that do not go back", err)
	}
	if got := lastOf(l); got.At != StampOf(now)+3000 {
		t.Errorf("got the last sample at %s, want 3 s after the beginning", got.At)
	}
}

func TestMarksAreBounded(t *testing.T) {
	now := time.Now()
	r := NewRecorder("d", "n", "west", nil, now)
	r.Mark(now, Mark{Kind: "nonsense"}, counts(0))
	r.Mark(now, Mark{Kind: Over, Cause: "tired"}, counts(0))
	for range 2000 {
		r.Mark(now, Mark{Kind: Health, Text: "a\x00b\n\u202e" + string(make([]byte, 5000))}, counts(0))
	}
	l := r.Log()
	if err := l.Validate(); err != nil || len(l.Marks) != maxMarks {
		t.Errorf("got %d marks, %v, want %d valid ones", len(l.Marks), err, maxMarks)
	}
}

func TestObservationsAreBounded(t *testing.T) {
	now := time.Now()
	r := NewRecorder("d", "n", "west", nil, now)
	if err := r.Observe(now, Observation{Observer: "x", Requests: 1, Failures: 2}); err == nil {
		t.Error("got two failures of one request accepted")
	}
	for i := range 20000 {
		if err := r.Observe(now.Add(time.Duration(i)*time.Second), Observation{Observer: fmt.Sprint("o", i%3), Requests: uint64(i)}); err != nil {
			t.Fatal(err)
		}
	}
	l := r.Log()
	if err := l.Validate(); err != nil {
		t.Error(err)
	}
	if last := l.Observations[len(l.Observations)-1]; last.Requests != 19999 || len(l.Observations) > maxObservations {
		t.Errorf("got %d to %+v, want at most %d and the last", len(l.Observations), last, maxObservations)
	}
}

// TestRecorderTwin feeds counters that restart at random and compares the sums
// with an account that knows.
func TestRecorderTwin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := time.Now()
		r := NewRecorder("d", "n", "west", nil, now)
		r.Sample(now, Counts{})
		var want, counter uint64
		for s := range rapid.IntRange(1, 50).Draw(t, "seconds") {
			switch n := uint64(rapid.IntRange(0, 9).Draw(t, "n")); {
			case n == 9 && counter > 0:
				// A process that begins anew is seen only if it has counted
				// less than before.
				counter = min(counter-1, uint64(rapid.IntRange(0, 3).Draw(t, "anew")))
				want += counter
			default:
				counter += n
				want += n
			}
			r.Sample(now.Add(time.Duration(s+1)*time.Second), Counts{Arrivals: counter, Answers: map[routing.LocationName]uint64{"west": counter}})
		}
		got := lastOf(r.Log())
		if got.Arrivals != want || got.Answers["west"] != want {
			t.Errorf("got %+v, want %d", got, want)
		}
	})
}

// TestFineHistograms: hundreds of buckets, as a gateway has them, become few;
// counts stay exact and a bucket is never wider than 1.3 times its lower bound.
func TestFineHistograms(t *testing.T) {
	fine := Histogram{Counts: []uint64{0}}
	for b := 8e-6; b < 3e5; b *= 1.0905 { // eight to each power of two
		fine.Bounds, fine.Counts = append(fine.Bounds, b), append(fine.Counts, 0)
	}
	now := time.Now()
	r := NewRecorder("d", "n", "west", nil, now)
	r.Sample(now, Counts{Latency: fine})
	grown := Histogram{Bounds: fine.Bounds, Counts: make([]uint64, len(fine.Counts))}
	for i := range grown.Counts {
		grown.Counts[i] = uint64(i)
	}
	r.Sample(now.Add(time.Second), Counts{Latency: grown})
	l := r.Log()
	if err := l.Validate(); err != nil {
		t.Fatal(err)
	}
	var n uint64
	at := 0
	for i, b := range l.LatencyBounds {
		if i > 0 && b/l.LatencyBounds[i-1] > 1.3 {
			t.Errorf("got a bucket from %v to %v", l.LatencyBounds[i-1], b)
		}
		for ; at < len(fine.Bounds) && fine.Bounds[at] <= b; at++ {
			n += grown.Counts[at]
		}
		if got := total(lastOf(l).Latency[:i+1]); got != n {
			t.Errorf("got %d up to %v, want %d", got, b, n)
		}
	}
	if got := total(lastOf(l).Latency); got != total(grown.Counts) || l.LatencyBounds[len(l.LatencyBounds)-1] < 86400 {
		t.Errorf("got %d up to %v, want %d up to a day", got, l.LatencyBounds, total(grown.Counts))
	}
}
