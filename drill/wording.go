package drill

import (
	"fmt"
	"strings"
	"time"
)

// lead is what a reader must know first.
func (r *Report) lead() []string {
	s := r.Spec
	out := []string{
		fmt.Sprintf("%s was taken out of service for a drill in %s mode: %s of its clients, for %s.", s.Location, s.Mode, percent(s.Portion()), duration(s.For)),
		r.Outcome.sentence(),
		"Verdict: " + string(r.Verdict) + ".",
		r.Late.sentence(s.Mode),
	}
	if s.By != "" {
		out[0] += " Asked for by " + s.By + "."
	}
	if s.Reason != "" {
		out[0] += " Reason: " + s.Reason
	}
	if s.Force {
		out[1] += " Refusals of the precheck were overruled."
	}
	return out
}

func (o Outcome) sentence() string {
	switch {
	case o.State == Running:
		return "It is running; the figures are of what has been until now."
	case o.Cause == Expired && o.State == Ended:
		return "It ran its time and ended by itself on every node."
	case o.Cause == Expired:
		return "Its time is over, but " + o.Text + "."
	}
	out := fmt.Sprintf("It was ended before its time: %s", o.Cause)
	if o.By != "" {
		out += " by " + o.By
	}
	if o.Text != "" {
		out += ", " + o.Text
	}
	if o.At > 0 {
		out += ", at " + o.At.String()
	}
	return out + "."
}

// sentence always says what a real loss would have cost.
func (l Late) sentence(m Mode) string {
	if !l.Known {
		return "How many clients came late is not known: " + l.How + "."
	}
	out := fmt.Sprintf("Relayed %d requests from %s: they would have failed in a real loss.", l.Relayed, networks(l.Networks, l.More))
	if m == Loss || l.Refused > 0 {
		out += fmt.Sprintf(" Refused %d requests from %s: they did fail.", l.Refused, networks(l.Cut, l.More))
	}
	return out
}

func networks(n int, more bool) string {
	out := fmt.Sprintf("%d networks", n)
	if n == 1 {
		out = "1 network"
	}
	if more {
		out = "at least " + out
	}
	return out
}

func (r *Report) hypothesisSection() section {
	s := section{Title: "Hypothesis"}
	if len(r.Clauses) == 0 {
		s.Text = []string{"None was stated: there is nothing that the drill could have shown to be wrong."}
		return s
	}
	s.Table = &table{Caption: "Claims and what was measured", Head: []string{"Claim", "Verdict", "Measured", "Why not measurable", "How"}}
	for _, c := range r.Clauses {
		s.Table.add(c.Claim, string(c.Verdict), text(c.Measured), text(c.Why), c.How)
	}
	return s
}

func (r *Report) timesSection() section {
	t := &table{Caption: "Moments of the drill", Head: []string{"Moment", "At (UTC)", "After the decision", "Node", "How it was measured"}}
	for _, m := range []struct {
		name string
		at   Moment
	}{
		{"Decided", r.Decided},
		{"First node applied", r.FirstApplied},
		{"Last node applied", r.LastApplied},
		{"First changed answer", r.FirstChanged},
		{"Last answer with the location", r.LastOld},
		{"First node restored", r.FirstRestored},
		{"Last node restored", r.LastRestored},
	} {
		if !m.at.Known {
			t.add(m.name, none, none, none, m.at.How)
			continue
		}
		t.add(m.name, m.at.At.String(), precise(m.at.After), m.at.Node, m.at.How)
	}
	return section{Title: "Times", Table: t}
}

func (r *Report) nodesSection() section {
	t := &table{Caption: "Nodes", Head: []string{"Node", "Location", "Applied after", "Restored after", "Samples", "Every", "Clock may be off", "Restarts"}}
	for _, n := range r.Nodes {
		t.add(n.Node, string(n.Location), n.Applied.after(), n.Lifted.after(), fmt.Sprint(n.Samples), duration(n.Step), duration(n.Doubt), fmt.Sprint(n.Gaps))
	}
	return section{Title: "Nodes", Table: t, Text: []string{"Times are by each node's own clock, moved by what the collecting node measured of the difference."}}
}

func (m Moment) after() string {
	if !m.Known {
		return none
	}
	return precise(m.After)
}

func (r *Report) sharesSection() section {
	t := &table{Caption: "Share of each location", Head: []string{
		"Location", "Answers before", "during", "after", "Arrivals before", "during", "after",
	}}
	for _, s := range r.Shares {
		row := []string{string(s.Location)}
		for _, p := range append(s.Answers[:], s.Arrivals[:]...) {
			row = append(row, p.String())
		}
		t.add(row...)
	}
	return section{Title: "Where clients were led, and where they went", Table: t}
}

// String writes "12.5 % (5 of 40)".
func (p Part) String() string {
	share, ok := p.Share()
	if !ok {
		return none
	}
	return fmt.Sprintf("%s (%d of %d)", percent(share), p.N, p.Of)
}

func (r *Report) failuresSection() section {
	f := r.Failures
	s := section{Title: "Errors that clients saw", Text: []string{"How: " + f.How + "."}}
	s.Table = &table{Caption: "Requests that failed", Head: []string{"Counted by", "Requests", "Errors", "Refused by the drill", "Failed", "Rate"}}
	if f.Known {
		s.Table.add("gateways", fmt.Sprint(f.Requests), fmt.Sprint(f.Errors), fmt.Sprint(f.Refused), fmt.Sprint(f.Failed()), rate(f.Failed(), f.Requests))
	}
	for _, o := range f.Observers {
		s.Table.add("observer "+o.Observer, fmt.Sprint(o.Requests), none, none, fmt.Sprint(o.Failures), rate(o.Failures, o.Requests))
	}
	return s
}

func rate(n, of uint64) string {
	share, ok := Part{N: n, Of: of}.Share()
	if !ok {
		return none
	}
	return percent(share)
}

func (r *Report) latencySection() section {
	t := &table{Caption: "Time to the end of an answer", Head: []string{"Phase", "Requests", "p50", "p99", "How it was measured"}}
	for _, p := range r.Latency {
		t.add(p.Name, fmt.Sprint(p.Requests), p.P50.String(), p.P99.String(), p.How)
	}
	return section{Title: "Latency", Table: t}
}

func (r *Report) eventsSection() section {
	t := &table{Caption: "Events", Head: []string{"At (UTC)", "After the decision", "Node", "Event", "About", "By", "Text"}}
	for _, e := range r.Events {
		what := string(e.Kind)
		if e.Cause != "" {
			what += ": " + string(e.Cause)
		}
		t.add(e.At.String(), precise(e.At.Since(r.Decided.At)), e.Node, strings.ReplaceAll(what, "_", " "), text(string(e.Location)), text(e.By), text(e.Text))
	}
	return section{Title: "Events", Table: t}
}

func (r *Report) notesSection() section {
	s := section{Title: "What limits these figures", Text: r.Notes}
	if len(s.Text) == 0 {
		s.Text = []string{"Nothing is known to."}
	}
	s.Text = append(s.Text, fmt.Sprintf("Points of the curves are %s apart; a count is that of the last sample that is not later.", duration(max(r.Answers.Step, time.Second))))
	return s
}
