package drill

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"meridian/routing"
)

func locationName(s string) routing.LocationName { return routing.LocationName(s) }

// request is one request as an all-seeing observer knows it.
type request struct {
	at                             Stamp
	served, relayed, refused, fail bool
	took                           float64 // s
}

// answer is one DNS answer.
type answer struct {
	at Stamp
	to routing.LocationName
}

// simNode is a node of the drilled world, with everything that happens on it.
type simNode struct {
	name            string
	location        routing.LocationName
	applied, lifted Stamp
	requests        []request
	answers         []answer
	log             NodeLog
}

var worldZero = time.Date(2026, 3, 2, 3, 0, 0, 0, time.UTC)

// The world lasts 60 s; the drill is decided at 20 s and ends at 40 s.
const (
	worldEnd     = 60_000
	worldDecided = 20_000
	worldOver    = 40_000
)

func lateBounds() []float64    { return []float64{.5, 1, 2, 4, 8, 16} }
func latencyBounds() []float64 { return []float64{.01, .02, .05, .1, .2, .5, 1} }

func bucketsOf(bounds, values []float64) Histogram {
	h := Histogram{Bounds: bounds, Counts: make([]uint64, len(bounds)+1)}
	for _, v := range values {
		i := 0
		for i < len(bounds) && v > bounds[i] {
			i++
		}
		h.Counts[i]++
	}
	return h
}

// age is how old a late request is, and whether it is late.
func (n *simNode) age(r request) (float64, bool) {
	return float64(r.at-n.applied) / 1000, n.location == "west" && r.at > n.applied && r.at <= n.lifted
}

// counts is what the node's process has counted at an instant, on top of what
// it had before the world began.
func (n *simNode) counts(t Stamp) Counts {
	c := Counts{Answers: map[routing.LocationName]uint64{"east": 4711}, Arrivals: 1000, Served: 900, Relayed: 50, Refused: 50, Errors: 7}
	var ages, took []float64
	for _, r := range n.requests {
		if r.at > t {
			continue
		}
		c.Arrivals++
		c.Served += one(r.served)
		c.Relayed += one(r.relayed)
		c.Refused += one(r.refused)
		c.Errors += one(r.fail)
		if age, late := n.age(r); late {
			ages = append(ages, age)
		}
		if !r.refused {
			took = append(took, r.took)
		}
	}
	for _, a := range n.answers {
		if a.at <= t {
			c.Answers[a.to]++
		}
	}
	c.Late, c.Latency = bucketsOf(lateBounds(), ages), bucketsOf(latencyBounds(), took)
	c.Latency.Counts[0] += 12
	return c
}

func one(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

// live runs the node's recorder through the world.
func (n *simNode) live(phase Stamp, decides bool) {
	at := func(t Stamp) time.Time { return worldZero.Add(time.Duration(t) * time.Millisecond) }
	marks := map[Stamp]Kind{n.applied: Applied, n.lifted: Lifted}
	if decides {
		marks[worldDecided] = Decided
	}
	r := NewRecorder("world", n.name, n.location, nil, at(0))
	var instants []Stamp
	for t := range marks {
		instants = append(instants, t)
	}
	for t := phase; t <= worldEnd; t += 1000 {
		instants = append(instants, t)
	}
	slices.Sort(instants)
	for _, t := range slices.Compact(instants) {
		if kind, ok := marks[t]; ok {
			r.Mark(at(t), Mark{Kind: kind}, n.counts(t))
		}
		if t%1000 == phase {
			r.Sample(at(t), n.counts(t))
		}
	}
	n.log = r.Log()
}

func drawNode(t *rapid.T, name string, location routing.LocationName, decides bool) *simNode {
	n := &simNode{name: name, location: location}
	n.applied = worldDecided + Stamp(rapid.IntRange(1, 900).Draw(t, "applied"))
	n.lifted = worldOver + Stamp(rapid.IntRange(0, 1900).Draw(t, "lifted"))
	for range rapid.IntRange(0, 40).Draw(t, "requests") {
		r := request{at: Stamp(rapid.IntRange(0, worldEnd).Draw(t, "at")), took: float64(rapid.IntRange(0, 3000).Draw(t, "took")) / 1000}
		_, late := n.age(r)
		r.relayed = late && rapid.Bool().Draw(t, "relayed")
		r.refused = late && !r.relayed
		r.served = !late
		r.fail = !r.refused && rapid.IntRange(0, 4).Draw(t, "fails") == 0
		n.requests = append(n.requests, r)
	}
	for range rapid.IntRange(0, 40).Draw(t, "answers") {
		n.answers = append(n.answers, answer{Stamp(rapid.IntRange(0, worldEnd).Draw(t, "at")), rapid.SampledFrom([]routing.LocationName{"west", "east", "europe"}).Draw(t, "to")})
	}
	n.live(Stamp(rapid.IntRange(0, 999).Draw(t, "phase")), decides)
	return n
}

// on the world's clock.
func world0(s Stamp) Stamp { return StampOf(worldZero) + s }

// TestReportTwin compares every figure of the report with what an observer who
// saw each request and each answer works out from them one by one.
func TestReportTwin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tl := NewTimeline(Spec{ID: "world", Location: "west", Mode: Drain, For: 20 * time.Second, Reason: "r"})
		nodes := []*simNode{drawNode(t, "n0", "east", true)}
		for i, location := range []routing.LocationName{"west", "west", "europe"} {
			if rapid.Bool().Draw(t, "there") {
				nodes = append(nodes, drawNode(t, fmt.Sprint("n", i+1), location, false))
			}
		}
		for _, n := range nodes {
			if err := tl.Add(n.log, 0, 0); err != nil {
				t.Fatal(err)
			}
		}
		r := NewReport(tl)
		checkMoments(t, nodes, r)
		checkLate(t, nodes, r)
		checkShares(t, nodes, r)
		checkFailures(t, nodes, r)
		checkLatency(t, nodes, r)
		checkCurves(t, nodes, r)
	})
}

func checkMoments(t *rapid.T, nodes []*simNode, r *Report) {
	var applied, lifted []Stamp
	for _, n := range nodes {
		applied, lifted = append(applied, world0(n.applied)), append(lifted, world0(n.lifted))
	}
	for _, c := range []struct {
		name string
		got  Moment
		want Stamp
	}{
		{"decided", r.Decided, world0(worldDecided)},
		{"first applied", r.FirstApplied, slices.Min(applied)},
		{"last applied", r.LastApplied, slices.Max(applied)},
		{"first restored", r.FirstRestored, slices.Min(lifted)},
		{"last restored", r.LastRestored, slices.Max(lifted)},
	} {
		if !c.got.Known || c.got.At != c.want || c.got.After != c.want.Since(world0(worldDecided)) {
			t.Errorf("%s: got %+v, want %d", c.name, c.got, c.want)
		}
	}
	want, found := Stamp(math.MaxInt64), false
	last, old := Stamp(0), false
	for _, n := range nodes {
		for _, a := range n.answers {
			if a.at > n.applied && a.at <= n.next(worldEnd) {
				want, found = min(want, n.sampled(a.at)), true
			}
			if a.to == "west" && a.at > n.applied && a.at <= n.lifted {
				last, old = max(last, n.sampled(a.at)), true
			}
		}
	}
	if r.FirstChanged.Known != found || found && r.FirstChanged.At != world0(want) {
		t.Errorf("first changed answer: got %+v, want %v %d", r.FirstChanged, found, world0(want))
	}
	if r.LastOld.Known != old || old && r.LastOld.At != world0(last) {
		t.Errorf("last old answer: got %+v, want %v %d", r.LastOld, old, world0(last))
	}
}

// next is the last sample that is not later than t, sampled the first that is
// not earlier: what the recorder could know.
func (n *simNode) next(t Stamp) Stamp {
	out := Stamp(0)
	for _, s := range n.log.Samples {
		if s.At <= world0(t) {
			out = s.At - world0(0)
		}
	}
	return out
}

func (n *simNode) sampled(t Stamp) Stamp {
	for _, s := range n.log.Samples {
		if s.At >= world0(t) {
			return s.At - world0(0)
		}
	}
	return math.MaxInt64
}

// seen calls f for each request after from, to the last sample not after to.
func (n *simNode) seen(from, to Stamp, f func(request)) {
	for _, r := range n.requests {
		if r.at > from && r.at <= n.next(to) {
			f(r)
		}
	}
}

func (n *simNode) settled() (from, to Stamp) { return n.applied, n.lifted + 5000 }

// begin is the first sample: what was before it is not of the log.
func (n *simNode) begin() Stamp { return n.log.Samples[0].At - world0(0) }

func checkLate(t *rapid.T, nodes []*simNode, r *Report) {
	var ages []float64
	var relayed, refused uint64
	known := false
	for _, n := range nodes {
		if n.location != "west" {
			continue
		}
		known = true
		from, to := n.settled()
		n.seen(from, to, func(q request) {
			relayed, refused = relayed+one(q.relayed), refused+one(q.refused)
			if age, late := n.age(q); late {
				ages = append(ages, age)
			}
		})
	}
	l := r.Late
	if l.Known != known || l.Relayed != relayed || l.Refused != refused || l.N != uint64(len(ages)) {
		t.Errorf("late: got %+v, want %v, %d relayed, %d refused of %d", l, known, relayed, refused, len(ages))
	}
	for q, got := range map[float64]Quantile{.5: l.T50, .95: l.T95, .99: l.T99} {
		checkQuantile(t, q, got, ages, lateBounds())
	}
	for _, a := range l.Ages {
		n := uint64(0)
		for _, age := range ages {
			n += one(age <= a.Seconds)
		}
		if a.N != n {
			t.Errorf("late no older than %v: got %d, want %d", a.Seconds, a.N, n)
		}
	}
}

// checkQuantile wants the value of rank ⌈q·n⌉ inside of what is reported, and
// that to be one bucket.
func checkQuantile(t *rapid.T, q float64, got Quantile, values, bounds []float64) {
	if got.N != uint64(len(values)) {
		t.Errorf("quantile %v: got %d values, want %d", q, got.N, len(values))
	}
	if len(values) == 0 {
		return
	}
	slices.Sort(values)
	want := values[max(0, int(math.Ceil(q*float64(len(values))))-1)]
	if got.Open != (want > bounds[len(bounds)-1]) || !got.Open && !(want <= got.High) || want < got.Low || want == got.Low && want != 0 {
		t.Errorf("quantile %v: got %+v, want %v", q, got, want)
	}
	if i := slices.Index(bounds, got.High); !got.Open && (i < 0 || i > 0 && got.Low != bounds[i-1]) {
		t.Errorf("quantile %v: got %+v, want one bucket of %v", q, got, bounds)
	}
}

func checkShares(t *rapid.T, nodes []*simNode, r *Report) {
	arrivals, answers := map[string]uint64{}, map[string]uint64{}
	for _, n := range nodes {
		edges := []Stamp{n.begin(), n.applied, n.lifted, worldEnd}
		for p := range 3 {
			n.seen(edges[p], edges[p+1], func(request) {
				arrivals[fmt.Sprint(p, n.location)]++
				arrivals[fmt.Sprint(p)]++
			})
			for _, a := range n.answers {
				if a.at > edges[p] && a.at <= n.next(edges[p+1]) {
					answers[fmt.Sprint(p, a.to)]++
					answers[fmt.Sprint(p)]++
				}
			}
		}
	}
	for _, s := range r.Shares {
		for p := range 3 {
			key := fmt.Sprint(p, s.Location)
			if want := (Part{arrivals[key], arrivals[fmt.Sprint(p)]}); s.Arrivals[p] != want {
				t.Errorf("arrivals of %s in phase %d: got %v, want %v", s.Location, p, s.Arrivals[p], want)
			}
			if want := (Part{answers[key], answers[fmt.Sprint(p)]}); s.Answers[p] != want {
				t.Errorf("answers of %s in phase %d: got %v, want %v", s.Location, p, s.Answers[p], want)
			}
		}
	}
}

func checkFailures(t *rapid.T, nodes []*simNode, r *Report) {
	var want Failures
	for _, n := range nodes {
		from, to := n.settled()
		n.seen(from, to, func(q request) {
			want.Requests++
			want.Errors += one(q.fail)
			want.Refused += one(q.refused)
		})
	}
	want.Known, want.How = true, r.Failures.How
	if diff := cmp.Diff(want, r.Failures); diff != "" {
		t.Errorf("wrong failures (-want +got):\n%s", diff)
	}
}

func checkLatency(t *rapid.T, nodes []*simNode, r *Report) {
	for p, got := range r.Latency {
		var took []float64
		for _, n := range nodes {
			edges := []Stamp{n.begin(), n.applied, n.lifted, worldEnd}
			n.seen(edges[p], edges[p+1], func(q request) {
				if !q.refused {
					took = append(took, q.took)
				}
			})
		}
		checkQuantile(t, .5, got.P50, took, latencyBounds())
		checkQuantile(t, .99, got.P99, took, latencyBounds())
	}
}

// checkCurves works out each point anew: what each node had counted by its last
// sample that is not later than the end of the step.
func checkCurves(t *rapid.T, nodes []*simNode, r *Report) {
	step := Stamp(r.Answers.Step.Milliseconds())
	for j, at := range r.Answers.At {
		to := worldDecided + Stamp(at.Milliseconds())
		answers, arrivals := map[routing.LocationName]uint64{}, map[routing.LocationName]uint64{}
		var sum uint64
		for _, n := range nodes {
			n.seen(max(n.begin(), n.next(to-step)), to, func(request) { arrivals[n.location]++ })
			for _, a := range n.answers {
				if a.at > max(n.begin(), n.next(to-step)) && a.at <= n.next(to) {
					answers[a.to]++
					sum++
				}
			}
		}
		for i, name := range r.Answers.Locations {
			if r.Answers.Counts[i][j] != answers[name] || r.Answers.Totals[j] != sum {
				t.Errorf("answers of %s to %s: got %d of %d, want %d of %d", name, at, r.Answers.Counts[i][j], r.Answers.Totals[j], answers[name], sum)
			}
		}
		for i, name := range r.Arrivals.Locations {
			if r.Arrivals.Counts[i][j] != arrivals[name] {
				t.Errorf("arrivals of %s to %s: got %d, want %d", name, at, r.Arrivals.Counts[i][j], arrivals[name])
			}
		}
	}
}

// drawLog is a log of node n of the drill "world", valid and small.
func drawLog(t *rapid.T, node string) NodeLog {
	now := worldZero
	r := NewRecorder("world", node, rapid.SampledFrom([]routing.LocationName{"west", "east"}).Draw(t, "location"), nil, now)
	n := uint64(0)
	for range rapid.IntRange(0, 6).Draw(t, "samples") {
		now = now.Add(time.Duration(rapid.IntRange(1000, 5000).Draw(t, "ms")) * time.Millisecond)
		n += uint64(rapid.IntRange(0, 9).Draw(t, "n"))
		r.Sample(now, counts(n))
		if rapid.Bool().Draw(t, "marks") {
			r.Mark(now, Mark{Kind: rapid.SampledFrom([]Kind{Decided, Applied, Lifted, Health, Gap}).Draw(t, "kind"), Text: "x"}, counts(n))
		}
	}
	return r.Log()
}

// TestMergeLaws: the order in which logs come, and repeats, change nothing.
func TestMergeLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var logs []NodeLog
		for range rapid.IntRange(1, 6).Draw(t, "logs") {
			logs = append(logs, drawLog(t, rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "node")))
		}
		spec := Spec{ID: "world", Location: "west", Mode: Drain, For: time.Minute, Reason: "r"}
		merge := func(order []NodeLog) *Timeline {
			tl := NewTimeline(spec)
			for _, l := range order {
				if err := tl.Add(l, 0, 0); err != nil {
					t.Fatal(err)
				}
			}
			return tl
		}
		want := merge(logs)
		got := merge(append(rapid.Permutation(logs).Draw(t, "order"), rapid.SampledFrom(logs).Draw(t, "again")))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("the order matters (-want +got):\n%s", diff)
		}
		var read []NodeLog
		for _, l := range got.Nodes {
			data, err := l.Encode()
			if err != nil {
				t.Fatal(err)
			}
			again, err := DecodeLog(data)
			if err != nil {
				t.Fatal(err)
			}
			read = append(read, again)
		}
		back := merge(read)
		if diff := cmp.Diff(NewReport(want), NewReport(back)); diff != "" {
			t.Errorf("the report changed on disk (-want +got):\n%s", diff)
		}
	})
}

// TestClocks: a node whose clock is ahead is read by the reader's.
func TestClocks(t *testing.T) {
	tl := NewTimeline(exampleSpec())
	now := worldZero
	for i, ahead := range []time.Duration{0, 7 * time.Second, -3 * time.Second} {
		r := NewRecorder(tl.Spec.ID, fmt.Sprint("n", i), "westus2", nil, now.Add(ahead))
		r.Mark(now.Add(ahead), Mark{Kind: Applied}, counts(0))
		if err := r.Observe(now.Add(ahead), Observation{Observer: "o"}); err != nil {
			t.Fatal(err)
		}
		if err := tl.Add(r.Log(), ahead, 20*time.Millisecond); err != nil {
			t.Fatal(err)
		}
	}
	rep := NewReport(tl)
	if rep.FirstApplied.At != StampOf(now) || rep.LastApplied.At != StampOf(now) {
		t.Errorf("got %s to %s, want both at %s", rep.FirstApplied.At, rep.LastApplied.At, StampOf(now))
	}
	if len(rep.Notes) != 3 || rep.Nodes[1].Doubt != 20*time.Millisecond {
		t.Errorf("got %q, want the doubt of each clock", rep.Notes)
	}
}

func TestAddRefuses(t *testing.T) {
	tl := NewTimeline(exampleSpec())
	good := NewRecorder(tl.Spec.ID, "n", "westus2", nil, worldZero)
	good.Sample(worldZero, counts(1))
	good.Sample(worldZero.Add(time.Second), counts(2))
	for _, c := range []struct {
		name string
		with func(*NodeLog)
	}{
		{"another drill", func(l *NodeLog) { l.Drill = "other" }},
		{"no node", func(l *NodeLog) { l.Node = "" }},
		{"no location", func(l *NodeLog) { l.Location = "West US 2" }},
		{"time goes back", func(l *NodeLog) { l.Samples[1].At = l.Samples[0].At - 1 }},
		{"before 1970", func(l *NodeLog) { l.Samples[0].At = -1 }},
		{"a counter shrinks", func(l *NodeLog) { l.Samples[0].Errors = 2 }},
		{"an answer vanishes", func(l *NodeLog) { l.Samples[0].Answers = map[routing.LocationName]uint64{"mars": 1} }},
		{"buckets without bounds", func(l *NodeLog) { l.LateBounds = nil }},
		{"bounds fall", func(l *NodeLog) { l.LateBounds = []float64{2, 1} }},
		{"a bucket shrinks", func(l *NodeLog) { l.Samples[0].Late = []uint64{9} }},
		{"overflow", func(l *NodeLog) { l.Samples[1].Arrivals = math.MaxUint64 }},
		{"too many samples", func(l *NodeLog) { l.Samples = make([]Sample, 4000) }},
		{"unknown mark", func(l *NodeLog) { l.Marks = []Mark{{Kind: "x"}} }},
		{"mark of two lines", func(l *NodeLog) { l.Marks = []Mark{{Kind: Health, Text: "a\nb"}} }},
		{"no network", func(l *NodeLog) { l.Networks = []Network{{Prefix: "<b>"}} }},
		{"more failures than requests", func(l *NodeLog) { l.Observations = []Observation{{Observer: "o", Failures: 1}} }},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := good.Log()
			c.with(&l)
			if err := tl.Add(l, 0, 0); err == nil {
				t.Error("got it accepted")
			}
		})
	}
	if err := tl.Add(good.Log(), 0, 0); err != nil {
		t.Errorf("got %v, want the good one accepted", err)
	}
	if err := tl.Add(good.Log(), 100*365*24*time.Hour, 0); err == nil {
		t.Error("got a log from before 1970 accepted")
	}
}

// FuzzLog: whatever a node sends as its log, a report can be made with it.
func FuzzLog(f *testing.F) {
	spec := exampleSpec()
	r := NewRecorder(spec.ID, "n", "westus2", nil, worldZero)
	for i := range 5 {
		r.Mark(worldZero.Add(time.Duration(i)*time.Second), Mark{Kind: []Kind{Decided, Applied, Over, Lifted, Gap}[i], Cause: []Cause{"", "", Aborted, "", ""}[i]}, counts(uint64(i)))
	}
	data, err := r.Log().Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte("null"))
	f.Add([]byte(`{"drill":"` + spec.ID + `","node":"n","location":"a","samples":null,"marks":[{"at":0,"kind":"decided"},{"at":253402300799999,"kind":"applied"}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		log, err := DecodeLog(data)
		if err != nil {
			return
		}
		tl := NewTimeline(spec)
		if err := tl.Add(log, 0, 0); err != nil {
			return
		}
		report := NewReport(tl)
		if len(report.Answers.At) > maxPoints+2 || len(report.Arrivals.At) > maxPoints+2 {
			t.Errorf("got %d points, want at most %d", len(report.Answers.At), maxPoints+2)
		}
		report.Markdown()
		if _, err := report.HTML(); err != nil {
			t.Error(err)
		}
	})
}

// TestLongerLogWins: a node's log as collected twice while it grows.
func TestLongerLogWins(t *testing.T) {
	tl := NewTimeline(exampleSpec())
	r := NewRecorder(tl.Spec.ID, "n", "westus2", nil, worldZero)
	r.Sample(worldZero, counts(0))
	short := r.Log()
	r.Sample(worldZero.Add(time.Second), counts(1))
	for _, l := range []NodeLog{short, r.Log(), short} {
		if err := tl.Add(l, 0, 0); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(tl.Nodes[0].Samples); len(tl.Nodes) != 1 || n != 2 {
		t.Errorf("got %d nodes, %d samples, want one with 2", len(tl.Nodes), n)
	}
}
