//go:build linux

package e2e

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"meridian/admin/api"
)

// settleTime is a bit longer than what still counts for a drill after its end.
const settleTime = 6500 * time.Millisecond

// moment is when something happened, as a report has it.
type moment struct {
	Known bool
	At    int64 // ms since 1970
	After time.Duration
	Node  string
}

func (m moment) time() time.Time { return time.UnixMilli(m.At) }

// part is N of Of.
type part struct{ N, Of uint64 }

// quantile is what buckets say of one.
type quantile struct {
	N         uint64
	Low, High float64
	Open      bool
}

// drillReport is what the tests read of a report's JSON.
type drillReport struct {
	Outcome struct{ State, Cause, By, Text string }

	Decided, FirstApplied, LastApplied, FirstChanged, LastOld, FirstRestored, LastRestored moment

	Nodes []struct {
		Node, Location  string
		Applied, Lifted moment
		Doubt           time.Duration
	}
	Shares []struct {
		Location          string
		Answers, Arrivals [3]part
	}
	Late struct {
		N, Relayed, Refused uint64
		T50, T95            quantile
		Networks, Cut       int
	}
	Failures struct{ Requests, Errors, Refused uint64 }
	Verdict  string
}

// doubt is how far the clocks of the report's nodes may be off each other.
func (r drillReport) doubt() time.Duration {
	most := 10 * time.Millisecond
	for _, n := range r.Nodes {
		most = max(most, 2*n.Doubt)
	}
	return most
}

// startDrill starts a drill at a region and returns its id.
func (r *region) startDrill(t *testing.T, o api.DrillOrder) string {
	t.Helper()
	c, err := r.api.StartDrill(t.Context(), o, api.Terms{Reason: "test", Timeout: 5 * time.Second})
	if err != nil {
		t.Fatalf("starting a drill of %s at %s: %v", o.Location, r.name, err)
	}
	return strings.TrimPrefix(c.Object, "drill/")
}

// drillEnds waits until a region says that a drill has ended, and returns it.
func (r *region) drillEnds(t *testing.T, within time.Duration, id string) (d api.Drill) {
	t.Helper()
	eventually(t, within, fmt.Sprintf("drill %s having ended at %s", id, r.name), func() (bool, string) {
		var err error
		d, err = r.api.Drill(t.Context(), id)
		return err == nil && d.State == "ended", fmt.Sprintf("%v %+v", err, d)
	})
	return d
}

func (r *region) drillReport(t *testing.T, id string) (out drillReport) {
	t.Helper()
	got, err := r.api.DrillReport(t.Context(), id, "json")
	if err == nil {
		err = json.Unmarshal(got.Body, &out)
	}
	if err != nil {
		t.Fatalf("report of drill %s at %s: %v", id, r.name, err)
	}
	return out
}

// drillWorld is three regions that clients and an observer use.
type drillWorld struct {
	*cluster
	witness *witness
}

// TestDrill runs a drill in each mode under load from clients that never look a
// name up again, and compares its report with what the clients saw.
func TestDrill(t *testing.T) {
	t.Parallel()
	c := startCluster(t, clusterOptions{ttl: 1})
	t.Run("drain", func(t *testing.T) {
		w := drillWorld{c, startWitness(c.regions)}
		id, got := w.conduct(t, "drain", c.regions[1], c.regions[0])
		if n := got.Failures.Errors + got.Failures.Refused; n > 0 || got.Verdict != "met" {
			t.Errorf("%d failures, hypothesis %q, want none and met", n, got.Verdict)
		}
		if n := w.refused(); n > 0 {
			t.Errorf("%d requests refused, want none", n)
		}
		w.checkLate(t, c.regions[1], got)
		w.documents(t, id, got)
	})
	t.Run("loss", func(t *testing.T) {
		w := drillWorld{c, startWitness(c.regions)}
		_, got := w.conduct(t, "loss", c.regions[2], c.regions[1])
		refused := w.refused()
		if n := got.Failures.Errors + got.Failures.Refused; n != refused || refused == 0 {
			t.Errorf("the report has %d failures, the clients %d: want the same, and some", n, refused)
		}
		if got.Late.Refused != refused || got.Late.Relayed != 0 || got.Late.Cut != len(sources()) {
			t.Errorf("got %+v, want %d refused from %d networks, none relayed", got.Late, refused, len(sources()))
		}
		if got.Verdict != "not met" {
			t.Errorf("hypothesis of no failures: got %q, want not met", got.Verdict)
		}
	})
}

// conduct runs a drill of 6 s from beginning to end, stops the load and returns
// the report, compared with what the clients saw.
func (w drillWorld) conduct(t *testing.T, mode string, of, at *region) (string, drillReport) {
	t.Helper()
	pause(t, 2*time.Second)
	none := int64(0)
	id := at.startDrill(t, api.DrillOrder{Location: of.id, Mode: mode, For: "6s", Hypothesis: &api.DrillHypothesis{MaxErrors: &none}})
	for _, r := range w.regions {
		r.drillEnds(t, 30*time.Second, id)
	}
	pause(t, 3*time.Second) // of answers after the drill, however much the clocks are in doubt
	w.witness.stop()
	pause(t, settleTime)
	if n, examples := w.witness.failed(); n > 0 {
		t.Errorf("%d requests failed:\n%s", n, examples)
	}
	got := w.regions[0].drillReport(t, id)
	t.Logf("%s: %+v", mode, got)
	if got.Outcome.State != "ended" || got.Outcome.Cause != "expired" {
		t.Errorf("got %+v, want a drill that expired", got.Outcome)
	}
	w.checkMoments(t, of, at, got)
	w.checkShares(t, of, got)
	return id, got
}

// refused is how many requests the clients saw refused.
func (w drillWorld) refused() (n uint64) {
	for _, list := range w.witness.requests {
		for _, s := range list {
			if refused(s) {
				n++
			}
		}
	}
	return n
}

// checkMoments compares a report's moments with the answers that were given.
func (w drillWorld) checkMoments(t *testing.T, of, at *region, got drillReport) {
	t.Helper()
	doubt := got.doubt()
	in := span{got.LastApplied.time(), got.FirstRestored.time(), doubt}
	for _, r := range w.regions {
		if n := seen(w.witness.answers[r], in, leads(of)); n.least > 0 {
			t.Errorf("%s answered the location %v times while every node had the drill", r.name, n)
		}
		if n := seen(w.witness.answers[r], span{got.LastRestored.time(), got.LastRestored.time().Add(time.Hour), doubt}, leads(of)); n.least == 0 {
			t.Errorf("%s never answered the location after it was restored", r.name)
		}
	}
	ordered := []moment{got.Decided, got.FirstApplied, got.LastApplied, got.FirstRestored, got.LastRestored}
	order := func(a, b moment) int {
		if a.At < b.At-(10*time.Millisecond+doubt).Milliseconds() {
			return -1
		}
		return 0
	}
	if !slices.IsSortedFunc(ordered, order) || slices.ContainsFunc(ordered, func(m moment) bool { return !m.Known }) {
		t.Errorf("moments %+v, want all known and in this order", ordered)
	}
	if got.Decided.Node != at.name || got.LastApplied.After > converge {
		t.Errorf("decided %+v, last applied %+v: want %s and %v at most", got.Decided, got.LastApplied, at.name, converge)
	}
	for _, m := range ordered[3:] {
		if off := m.After - 6*time.Second; off < -2*time.Second || off > 2*time.Second {
			t.Errorf("restored %v after the decision, want 6 s ± 2 s", m.After)
		}
	}
}

// checkShares compares what the report counted during the drill with what the
// clients saw.
func (w drillWorld) checkShares(t *testing.T, of *region, got drillReport) {
	t.Helper()
	var answers, arrivals count
	during := w.spans(got)
	for _, r := range w.regions {
		answers = answers.plus(seen(w.witness.answers[r], during[r.name], anything))
		arrivals = arrivals.plus(seen(w.witness.requests[r], during[r.name], anything))
	}
	for _, s := range got.Shares {
		i := slices.IndexFunc(w.regions, func(r *region) bool { return r.id == s.Location })
		to := w.regions[i]
		arrived := seen(w.witness.requests[to], during[to.name], anything)
		var led count
		for _, r := range w.regions {
			led = led.plus(seen(w.witness.answers[r], during[r.name], leads(to)))
		}
		if !led.holds(s.Answers[1].N) || !answers.holds(s.Answers[1].Of) {
			t.Errorf("%s: got %+v answers, want %v of %v", s.Location, s.Answers[1], led, answers)
		}
		if !arrived.holds(s.Arrivals[1].N) || !arrivals.holds(s.Arrivals[1].Of) {
			t.Errorf("%s: got %+v arrivals, want %v of %v", s.Location, s.Arrivals[1], arrived, arrivals)
		}
	}
	if len(got.Shares) != len(w.regions) || answers.least == 0 || arrivals.least == 0 {
		t.Errorf("%d locations, %v answers, %v arrivals, want 3 and some", len(got.Shares), answers, arrivals)
	}
}

// spans are when each node had the drill.
func (w drillWorld) spans(got drillReport) map[string]span {
	out := map[string]span{}
	for _, n := range got.Nodes {
		out[n.Node] = span{n.Applied.time(), n.Lifted.time(), n.Doubt}
	}
	return out
}

// checkLate compares the requests that came to the location although it was off
// with those that were sent there.
func (w drillWorld) checkLate(t *testing.T, of *region, got drillReport) {
	t.Helper()
	list := w.witness.requests[of]
	in := w.spans(got)[of.name]
	late := seen(list, in, anything)
	if !late.holds(got.Late.N) || !late.holds(got.Late.Relayed) || got.Late.Refused != 0 || got.Late.Networks != len(sources()) {
		t.Errorf("got %+v, want %v relayed from %d networks", got.Late, late, len(sources()))
	}
	var ages []float64
	for _, s := range list {
		if s.from.After(in.from) && s.from.Before(in.to) {
			ages = append(ages, s.from.Sub(got.Decided.time()).Seconds())
		}
	}
	slices.Sort(ages)
	for q, said := range map[float64]quantile{.5: got.Late.T50, .95: got.Late.T95} {
		was := ages[int(math.Ceil(q*float64(len(ages))))-1]
		if said.Open || was < said.Low-.5 || was > said.High+.5 {
			t.Errorf("late requests, quantile %v: got %+v, want %.2f s ± 0.5 s", q, said, was)
		}
	}
}

// documents reads the report as people do.
func (w drillWorld) documents(t *testing.T, id string, got drillReport) {
	t.Helper()
	want := []string{
		fmt.Sprintf("Relayed %d requests from %d networks: they would have failed in a real loss.", got.Late.Relayed, got.Late.Networks),
		"Verdict: met",
	}
	for _, r := range w.regions {
		out := run(t, "meridian", "--server", r.server(), "drill", "report", id)
		for _, text := range want {
			if !strings.Contains(out, text) {
				t.Errorf("report at %s: no %q in\n%s", r.name, text, out)
			}
		}
	}
	page, err := w.regions[2].api.DrillReport(t.Context(), id, "html")
	if err != nil {
		t.Fatal(err)
	}
	if mime := http.DetectContentType(page.Body); !strings.HasPrefix(mime, "text/html") || !strings.Contains(string(page.Body), "<svg") {
		t.Errorf("got %s without plots, want HTML with plots: %.200s", mime, page.Body)
	}
}
