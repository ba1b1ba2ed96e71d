package drill

import (
	"fmt"
	"strings"
)

// Verdict compares what was measured with what was claimed.
type Verdict string

// The verdicts.
const (
	Met           Verdict = "met"
	NotMet        Verdict = "not met"
	NotMeasurable Verdict = "not measurable"
	NoHypothesis  Verdict = "no hypothesis stated"
)

// Clause is one claim of the hypothesis.
type Clause struct {
	Claim    string  `json:"claim"`
	Verdict  Verdict `json:"verdict"`
	Measured string  `json:"measured,omitempty"`
	Why      string  `json:"why,omitempty"` // where it is not measurable
	How      string  `json:"how"`
}

// SignalBy is the By of a Mark or a Value when a signal ended a drill.
func SignalBy(name string) string { return signalBy + name }

const signalBy = "signal "

// judge works out the verdict: not met if one clause is not, else not
// measurable if one is not, else met.
func judge(r *Report) (Verdict, []Clause) {
	list := []Clause{}
	for _, claim := range []func(*Report) (Clause, bool){rateClause, errorsClause, shiftClause, p99Clause, signalClause} {
		if c, stated := claim(r); stated {
			list = append(list, r.early(c))
		}
	}
	if len(list) == 0 {
		return NoHypothesis, nil
	}
	verdict := Met
	for _, c := range list {
		if c.Verdict == NotMet || c.Verdict == NotMeasurable && verdict == Met {
			verdict = c.Verdict
		}
	}
	return verdict, list
}

// early makes a clause that is met so far not measurable where the drill did
// not run its time: what the rest would have shown is not known.
func (r *Report) early(c Clause) Clause {
	if c.Verdict != Met || r.Outcome.State == Ended && r.Outcome.Cause == Expired {
		return c
	}
	c.Verdict, c.Why = NotMeasurable, "so far within the limit, but the drill did not run its time: "+string(r.Outcome.State)
	if r.Outcome.Cause != "" {
		c.Why = "so far within the limit, but the drill did not run its time: " + string(r.Outcome.Cause)
	}
	return c
}

func verdictOf(met bool) Verdict {
	if met {
		return Met
	}
	return NotMet
}

func rateClause(r *Report) (Clause, bool) {
	limit := r.Spec.Hypothesis.MaxErrorRate
	if limit == nil {
		return Clause{}, false
	}
	c := Clause{Claim: "at most " + percent(*limit) + " of the requests fail", How: failuresHow(r)}
	worst, any := 0.0, false
	for _, p := range r.Failures.parts() {
		if share, ok := p.Share(); ok {
			worst, any = max(worst, share), true
		}
	}
	if !any {
		c.Verdict, c.Why = NotMeasurable, "no request came during the drill"
		return c, true
	}
	c.Measured, c.Verdict = percent(worst), verdictOf(worst <= *limit)
	return c, true
}

// parts are failures of requests as the gateways and each observer counted
// them.
func (f Failures) parts() []Part {
	var out []Part
	if f.Known {
		out = append(out, Part{N: f.Failed(), Of: f.Requests})
	}
	for _, o := range f.Observers {
		out = append(out, Part{N: o.Failures, Of: o.Requests})
	}
	return out
}

func failuresHow(r *Report) string {
	if len(r.Failures.Observers) == 0 {
		return r.Failures.How
	}
	return r.Failures.How + "; the worse of this and what each observer counted"
}

func errorsClause(r *Report) (Clause, bool) {
	limit := r.Spec.Hypothesis.MaxErrors
	if limit == nil {
		return Clause{}, false
	}
	c := Clause{Claim: fmt.Sprintf("at most %d requests fail", *limit), How: failuresHow(r)}
	worst, requests := uint64(0), uint64(0)
	for _, p := range r.Failures.parts() {
		worst, requests = max(worst, p.N), requests+p.Of
	}
	if requests == 0 {
		c.Verdict, c.Why = NotMeasurable, "no request came during the drill"
		return c, true
	}
	c.Measured, c.Verdict = fmt.Sprint(worst), verdictOf(worst <= *limit)
	return c, true
}

func shiftClause(r *Report) (Clause, bool) {
	limit := r.Spec.Hypothesis.MaxShiftSeconds
	if limit == nil {
		return Clause{}, false
	}
	c := Clause{Claim: "95 % of the late requests come within " + seconds(*limit), How: r.Late.How}
	switch {
	case !r.Late.Known:
		c.Verdict, c.Why = NotMeasurable, "no gateway of the location gave a log"
	case r.Late.N == 0 && r.beforeArrivals() == 0:
		c.Verdict, c.Why = NotMeasurable, "no client used the location before the drill"
	case r.Late.N == 0:
		c.Verdict, c.Measured = Met, "no late request"
	default:
		c.compare(r.Late.T95, *limit)
	}
	return c, true
}

// beforeArrivals is how many requests came to the location before the drill.
func (r *Report) beforeArrivals() uint64 {
	for _, s := range r.Shares {
		if s.Location == r.Spec.Location {
			return s.Arrivals[0].N
		}
	}
	return 0
}

func p99Clause(r *Report) (Clause, bool) {
	limit := r.Spec.Hypothesis.MaxP99Millis
	if limit == nil {
		return Clause{}, false
	}
	during := r.Latency[1]
	c := Clause{Claim: "99 % of the requests take at most " + seconds(*limit/1000), How: during.How}
	if during.Requests == 0 {
		c.Verdict, c.Why = NotMeasurable, "no request was measured during the drill"
		return c, true
	}
	c.compare(during.P99, *limit/1000)
	return c, true
}

// compare judges a quantile that is known to a bucket.
func (c *Clause) compare(q Quantile, limit float64) {
	c.Measured = q.String()
	switch {
	case !q.Open && q.High <= limit:
		c.Verdict = Met
	case q.Low >= limit:
		c.Verdict = NotMet
	default:
		c.Verdict, c.Why = NotMeasurable, "the limit lies inside of the bucket that was hit"
	}
}

func signalClause(r *Report) (Clause, bool) {
	if len(r.Spec.Signals.Abort) == 0 {
		return Clause{}, false
	}
	c := Clause{Claim: "no abort signal fires", Verdict: Met, Measured: "none fired", How: "read by the nodes at fixed intervals"}
	if r.Outcome.Cause == Aborted && strings.HasPrefix(r.Outcome.By, signalBy) {
		c.Verdict, c.Measured = NotMet, r.Outcome.By+" fired: "+r.Outcome.Text
	}
	return c, true
}
