package drill

import "fmt"

// lateSection tells of the clients that came although the location was off.
func (r *Report) lateSection() section {
	l := r.Late
	s := section{Title: "Late requests by age", Text: []string{l.sentence(r.Spec.Mode)}}
	if !l.Known {
		return s
	}
	s.Text = append(s.Text, "How: "+l.How+".")
	s.Table = &table{Caption: "Age of late requests", Head: []string{"Figure", "Value"}}
	s.Table.add("Late requests", fmt.Sprint(l.N))
	s.Table.add("t50", l.T50.String())
	s.Table.add("t95", l.T95.String())
	s.Table.add("t99", l.T99.String())
	s.Table.add("Relayed", fmt.Sprint(l.Relayed))
	s.Table.add("Refused", fmt.Sprint(l.Refused))
	if len(l.Ages) > 1 {
		s.Plot = l.plot()
	}
	return s
}

// plot draws how many late requests had come by each age.
func (l Late) plot() *plot {
	p := &plot{Title: "Late requests that had come, by age", X: "seconds since the location went off", Y: "share of late requests"}
	xy := []point{{0, 0, true}}
	for _, a := range l.Ages {
		xy = append(xy, point{a.Seconds, float64(a.N) / float64(l.N), true})
	}
	p.Lines = []curve{{Name: "late requests", Points: xy}}
	return p
}

// curvesSection draws the shares of locations over time.
func (r *Report) curvesSection(title, y string, c Curves) section {
	s := section{Title: title, Text: []string{"How: " + c.How + "."}}
	if len(c.Locations) == 0 {
		s.Text = append(s.Text, "Nothing was counted.")
		return s
	}
	s.Plot = &plot{Title: title, X: "seconds since the decision", Y: y}
	for i, name := range c.Locations {
		line := curve{Name: string(name)}
		for j, at := range c.At {
			share, ok := c.Share(i, j)
			line.Points = append(line.Points, point{at.Seconds(), share, ok})
		}
		s.Plot.Lines = append(s.Plot.Lines, line)
	}
	s.Plot.Marks = r.plotMarks()
	return s
}

// plotMarks are the moments that a reader looks for in a curve.
func (r *Report) plotMarks() []plotMark {
	var out []plotMark
	for _, m := range []struct {
		name string
		at   Moment
	}{{"applied", r.LastApplied}, {"restored", r.FirstRestored}} {
		if m.at.Known {
			out = append(out, plotMark{Name: m.name, At: m.at.After.Seconds()})
		}
	}
	return out
}
