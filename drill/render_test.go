package drill

import (
	"bytes"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"meridian/routing"
)

var update = flag.Bool("update", false, "write the golden files anew")

// story is a drill with two locations and a client population that leaves with
// a half-life of ten seconds.
func story(t testing.TB, mode Mode, with func(*Spec)) *Timeline {
	t.Helper()
	spec := exampleSpec()
	spec.Mode, spec.For = mode, 2*time.Minute
	with(&spec)
	tl := NewTimeline(spec)
	for i, n := range []struct {
		name     string
		location routing.LocationName
	}{{"westus2-1", "westus2"}, {"westeurope-1", "westeurope"}} {
		log := storyNode(tl.Spec.ID, n.name, n.location, mode, i)
		if err := tl.Add(log, 0, time.Duration(i)*3*time.Millisecond); err != nil {
			t.Fatal(err)
		}
	}
	return tl
}

// storyNode lives through 60 s before, 120 s of drill and 60 s after.
func storyNode(drill, name string, location routing.LocationName, mode Mode, i int) NodeLog {
	at := func(s float64) time.Time { return worldZero.Add(time.Duration(s * float64(time.Second))) }
	r := NewRecorder(drill, name, location, nil, at(0))
	c := Counts{
		Answers: map[routing.LocationName]uint64{"westus2": 0, "westeurope": 0},
		Late:    Histogram{Bounds: lateBounds(), Counts: make([]uint64, 7)},
		Latency: Histogram{Bounds: latencyBounds(), Counts: make([]uint64, 8)},
	}
	own := location == "westus2"
	for s := range 241 {
		if s > 0 {
			storySecond(&c, s, own, mode)
		}
		r.Sample(at(float64(s)), c)
		switch s {
		case 60:
			if own {
				r.Mark(at(60), Mark{Kind: Decided, By: "ops"}, c)
			}
			r.Mark(at(60.02+float64(i)*.05), Mark{Kind: Applied}, c)
			r.Mark(at(60.2+float64(i)*.1), Mark{Kind: Answered}, c)
		case 100:
			r.Mark(at(100.5), Mark{Kind: Health, Location: "westeurope", Text: "degraded: 1 of 2 gateways"}, c)
			if err := r.Observe(at(100.6), Observation{Observer: "synthetic", Requests: 1000, Failures: 2}); err != nil {
				panic(err)
			}
		case 180:
			r.Mark(at(180+float64(i)*.03), Mark{Kind: Lifted, Text: "expired"}, c)
		}
	}
	if own {
		list := []Network{{Prefix: "203.0.113.0/24", Relayed: 700}, {Prefix: "2001:db8::/48", Relayed: 96}}
		if mode == Loss {
			list = []Network{{Prefix: "203.0.113.0/24", Refused: 796}}
		}
		r.SetNetworks(list, false)
	}
	return r.Log()
}

// storySecond is what happens in one second.
func storySecond(c *Counts, s int, own bool, mode Mode) {
	late := 0.0
	west := 60.0
	if s > 60 && s <= 180 {
		late, west = float64(s-60), 60*math.Exp2(-float64(s-60)/10)
	}
	n := uint64(west)
	if !own {
		n = 120 - n
	}
	c.Arrivals += n
	c.Latency.Counts[2] += n - n/50
	c.Latency.Counts[5] += n / 50
	switch {
	case own && late > 0 && mode == Loss:
		c.Refused += n
		c.Late.Counts[bucket(late)] += n
	case own && late > 0:
		c.Relayed += n
		c.Late.Counts[bucket(late)] += n
	default:
		c.Served += n
	}
	answers := map[routing.LocationName]uint64{"westus2": c.Answers["westus2"], "westeurope": c.Answers["westeurope"] + 6}
	if late == 0 {
		answers["westus2"] += 4
	} else {
		answers["westeurope"] += 4
	}
	c.Answers = answers
}

func bucket(age float64) int {
	for i, b := range lateBounds() {
		if age <= b {
			return i
		}
	}
	return len(lateBounds())
}

// stories are the reports that are kept as files.
func stories(t testing.TB) map[string]*Report {
	running := NewTimeline(exampleSpec())
	aborted := story(t, Drain, func(s *Spec) { s.Schedule = "weekly" })
	aborted.Nodes[0].Marks = append(aborted.Nodes[0].Marks, Mark{At: world0(90_000), Kind: Over, Cause: Aborted, By: SignalBy("errors"), Text: "rate(errors) is 0.02, wanted <= 0.01"})
	return map[string]*Report{
		"drain":   NewReport(story(t, Drain, func(s *Spec) { s.Hypothesis.MaxShiftSeconds = ptr(30.0) })),
		"loss":    NewReport(story(t, Loss, func(s *Spec) { s.Hypothesis.MaxErrors = ptr(uint64(100)); s.Signals = Signals{} })),
		"aborted": NewReport(aborted),
		"nothing": NewReport(running),
	}
}

func TestGoldenReports(t *testing.T) {
	for name, r := range stories(t) {
		page, err := r.HTML()
		if err != nil {
			t.Fatal(err)
		}
		golden(t, name+".md", r.Markdown())
		golden(t, name+".html", page)
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", "report", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want, got) {
		t.Errorf("%s is not as it was: look at the difference of `go test ./drill -update`", path)
	}
}

// TestReportSaysWhatARealLossWouldCost: always, whatever the mode.
func TestReportSaysWhatARealLossWouldCost(t *testing.T) {
	for name, r := range stories(t) {
		text := string(r.Markdown())
		if !strings.Contains(text, "would have failed in a real loss") && !strings.Contains(text, "How many clients came late is not known") {
			t.Errorf("%s: the sentence is missing", name)
		}
	}
	loss := string(stories(t)["loss"].Markdown())
	if !strings.Contains(loss, "Refused 796 requests from 1 network: they did fail.") {
		t.Errorf("got %s, want the failures of the loss named", loss[:800])
	}
}

// TestVerdicts: each claim is met, not met or not measurable for its reason.
func TestVerdicts(t *testing.T) {
	for _, c := range []struct {
		name string
		mode Mode
		h    Hypothesis
		with func(*Timeline)
		want Verdict
		why  string
	}{
		{"none", Drain, Hypothesis{}, nil, NoHypothesis, ""},
		{"rate, the observer is worse", Drain, Hypothesis{MaxErrorRate: ptr(.001)}, nil, NotMet, ""},
		{"rate", Drain, Hypothesis{MaxErrorRate: ptr(.01)}, nil, Met, ""},
		{"errors", Loss, Hypothesis{MaxErrors: ptr(uint64(795))}, nil, NotMet, ""},
		{"errors, just", Loss, Hypothesis{MaxErrors: ptr(uint64(796))}, nil, Met, ""},
		{"shift", Drain, Hypothesis{MaxShiftSeconds: ptr(10.0)}, nil, NotMet, ""},
		{"shift beyond all buckets", Drain, Hypothesis{MaxShiftSeconds: ptr(60.0)}, nil, NotMeasurable, "the limit lies inside of the bucket that was hit"},
		{"p99", Drain, Hypothesis{MaxP99Millis: ptr(500.0)}, nil, Met, ""},
		{"p99 inside of a bucket", Drain, Hypothesis{MaxP99Millis: ptr(300.0)}, nil, NotMeasurable, "the limit lies inside of the bucket that was hit"},
		{"p99 too high", Drain, Hypothesis{MaxP99Millis: ptr(200.0)}, nil, NotMet, ""},
		{"one is not met", Drain, Hypothesis{MaxP99Millis: ptr(200.0), MaxErrorRate: ptr(1.0), MaxShiftSeconds: ptr(60.0)}, nil, NotMet, ""},
		{"nobody measured", Drain, Hypothesis{MaxErrors: ptr(uint64(0))}, func(tl *Timeline) { tl.Nodes = nil }, NotMeasurable, "no request came during the drill"},
		{"no gateway there", Drain, Hypothesis{MaxShiftSeconds: ptr(60.0)}, func(tl *Timeline) { tl.Nodes = tl.Nodes[:1] }, NotMeasurable, "no gateway of the location gave a log"},
		{"aborted, within limits", Drain, Hypothesis{MaxErrorRate: ptr(1.0)}, func(tl *Timeline) {
			tl.Nodes[0].Marks = append(tl.Nodes[0].Marks, Mark{At: world0(90_000), Kind: Over, Cause: Yielded})
		}, NotMeasurable, "so far within the limit, but the drill did not run its time: yielded"},
		{"aborted, over the limit", Drain, Hypothesis{MaxErrorRate: ptr(.001)}, func(tl *Timeline) {
			tl.Nodes[0].Marks = append(tl.Nodes[0].Marks, Mark{At: world0(90_000), Kind: Over, Cause: Yielded})
		}, NotMet, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			tl := story(t, c.mode, func(s *Spec) { s.Hypothesis, s.Signals = c.h, Signals{} })
			if c.with != nil {
				c.with(tl)
			}
			r := NewReport(tl)
			if r.Verdict != c.want || c.why != "" && r.Clauses[0].Why != c.why {
				t.Errorf("got %s, %+v, want %s, %q", r.Verdict, r.Clauses, c.want, c.why)
			}
		})
	}
	t.Run("a signal fired", func(t *testing.T) {
		if r := stories(t)["aborted"]; r.Verdict != NotMet || r.Outcome.Cause != Aborted {
			t.Errorf("got %s, %+v, want not met", r.Verdict, r.Outcome)
		}
	})
}

// poison is a name that tries to leave each of the places it is put in.
const poison = "</title></desc><script>alert(1)</script>\"' onload=x [a](javascript:x) `code` |cell| <!-- # *b* _i_ ![i](http://e.example/x) www.e.example http://e.example @you {{.}}"

func poisoned(t *testing.T) *Report {
	tl := story(t, Drain, func(s *Spec) {
		s.Reason, s.By = poison, poison
		s.Signals.Abort[0].Metric = poison
	})
	tl.Nodes[0].Node = poison
	tl.Nodes[0].Marks = append(tl.Nodes[0].Marks, Mark{At: world0(90_000), Kind: Over, Cause: Aborted, By: poison, Text: poison})
	tl.Nodes[0].Observations[0].Observer = poison
	tl.Nodes[0].Location = routing.LocationName(poison)
	for i := range tl.Nodes[1].Samples {
		tl.Nodes[1].Samples[i].Answers = map[routing.LocationName]uint64{routing.LocationName(poison): uint64(i)}
	}
	return NewReport(tl)
}

// TestMarkdownIsPlain: nothing in a name is markup. What is left of a poisoned
// text after unescaping is the text; no line but ours begins anything.
func TestMarkdownIsPlain(t *testing.T) {
	text := string(poisoned(t).Markdown())
	unescaped := regexp.MustCompile("(^|[^\\\\])[<`\\[!_*~@&]")
	for i, l := range strings.Split(text, "\n") {
		if strings.HasPrefix(l, "    ") { // a code block: nothing is markup
			continue
		}
		if at := unescaped.FindString(l); at != "" {
			t.Errorf("line %d has %q unescaped: %s", i+1, at, l)
		}
		if strings.Contains(l, "http://") || strings.Contains(l, "www.") {
			t.Errorf("line %d has what becomes a link: %s", i+1, l)
		}
		if strings.HasPrefix(l, "|") && strings.Count(l, "|")-strings.Count(l, `\|`) != strings.Count(header(text, i), "|") {
			t.Errorf("line %d has another number of cells than its head: %s", i+1, l)
		}
	}
	if !strings.Contains(text, escape(poison)) {
		t.Errorf("the reason is missing")
	}
}

// header is the first line of the table in which line i is.
func header(text string, i int) string {
	lines := strings.Split(text, "\n")
	for i > 0 && strings.HasPrefix(lines[i-1], "|") {
		i--
	}
	return lines[i]
}

// TestHTMLIsOurs parses the page: the elements and attributes are those of the
// template whatever the names are, and nothing is fetched.
func TestHTMLIsOurs(t *testing.T) {
	page, err := poisoned(t).HTML()
	if err != nil {
		t.Fatal(err)
	}
	root, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	elements := "html head meta title style body main h1 h2 p span section div table caption thead tbody tr th td details summary svg desc path text"
	attributes := "lang charset name content http-equiv class viewbox role aria-labelledby id d x y dx dy text-anchor transform scope tabindex"
	seen := 0
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		seen++
		if !strings.Contains(" "+elements+" ", " "+n.Data+" ") {
			t.Errorf("got an element %s", n.Data)
		}
		for _, a := range n.Attr {
			if !strings.Contains(" "+attributes+" ", " "+strings.ToLower(a.Key)+" ") {
				t.Errorf("got an attribute %s of %s", a.Key, n.Data)
			}
		}
	}
	if seen < 100 {
		t.Errorf("got %d elements, want a whole report", seen)
	}
	if bytes.Contains(page, []byte("<script")) {
		t.Errorf("got a script")
	}
}

// TestDrawing: lines stay in their field, and what is not known is not drawn.
func TestDrawing(t *testing.T) {
	p := &plot{Title: "t", X: "s", Y: "share", Lines: []curve{{Name: "a", Points: []point{{-10, 0, true}, {0, 0, false}, {10, 1, true}, {20, .5, true}}}}}
	d := p.draw("p")
	if want := "M56 254M488 20L704 137"; d.Lines[0].Path != want {
		t.Errorf("got %s, want %s", d.Lines[0].Path, want)
	}
	if got := fmt.Sprint(d.XTicks); got != "[{56 -10} {164 -5} {272 0} {380 5} {488 10} {596 15} {704 20}]" {
		t.Errorf("got ticks %s", got)
	}
	if d.Summary != "a from 0 % to 50 %." {
		t.Errorf("got summary %q", d.Summary)
	}
	for _, points := range [][]point{nil, {{5, .5, true}}, {{1e12, 0, true}, {1e12 + 1, 1, true}}, {{0, 0, false}}} {
		one := &plot{Lines: []curve{{Name: "a", Points: points}}}
		for _, k := range one.draw("p").XTicks {
			if strings.Contains(k.At, "N") || strings.Contains(k.At, "I") {
				t.Errorf("got a tick at %s of %v", k.At, points)
			}
		}
	}
}

func TestFigures(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{seconds(0), "0 ms"},
		{seconds(.0123456), "12.3 ms"},
		{seconds(1.2345), "1.23 s"},
		{seconds(99.94), "99.9 s"},
		{seconds(120), "2 min"},
		{seconds(3725), "1 h 2 min 5 s"},
		{seconds(-.5), "-500 ms"},
		{precise(20 * time.Millisecond), "20 ms"},
		{precise(-40500 * time.Millisecond), "-40.5 s"},
		{precise(120030 * time.Millisecond), "2 min 0.03 s"},
		{percent(.00125), "0.125 %"},
		{percent(1), "100 %"},
		{Quantile{}.String(), "nothing measured"},
		{Quantile{N: 1, Low: 8, Open: true}.String(), "over 8 s"},
		{Quantile{N: 1, Low: 1, High: 2}.String(), "over 1 s, at most 2 s"},
		{Quantile{N: 1, High: .5}.String(), "at most 500 ms"},
		{group(-1234567.4), "-1,234,567"},
		{group(999), "999"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}
