package drill

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// plot is lines over one axis; Y goes from 0 to 1.
type plot struct {
	Title, X, Y string
	Lines       []curve
	Marks       []plotMark
}

// curve is one line of a plot.
type curve struct {
	Name   string
	Points []point // by X
}

// point is not drawn where it is not known.
type point struct {
	X, Y  float64
	Known bool
}

// plotMark is a moment: a vertical line.
type plotMark struct {
	Name string
	At   float64
}

// Size of a drawing and the room for its axes, in user units.
const (
	plotWidth, plotHeight = 720, 300
	padLeft, padRight     = 56, 16
	padTop, padBottom     = 20, 46
)

// scale maps a plot's X to the drawing.
type scale struct{ low, high float64 }

func (p *plot) scale() scale {
	s := scale{math.Inf(1), math.Inf(-1)}
	for _, l := range p.Lines {
		for _, pt := range l.Points {
			s.low, s.high = min(s.low, pt.X), max(s.high, pt.X)
		}
	}
	if !(s.high > s.low) {
		s = scale{s.low - .5, s.low + .5}
	}
	return s
}

func (s scale) x(v float64) float64 {
	return padLeft + (v-s.low)/(s.high-s.low)*(plotWidth-padLeft-padRight)
}

func (s scale) y(share float64) float64 { return padTop + (1-share)*(plotHeight-padTop-padBottom) }

// ticks are round values inside the scale, at most ten.
func (s scale) ticks() []float64 {
	step := niceStep((s.high - s.low) / 8)
	var out []float64
	for v := math.Ceil(s.low/step) * step; v <= s.high && len(out) < 12; v += step {
		out = append(out, v+0) // no negative zero
	}
	return out
}

// niceStep is the next 1, 2 or 5 times a power of ten.
func niceStep(v float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(v)))
	for _, m := range []float64{1, 2, 5} {
		if m*power >= v {
			return m * power
		}
	}
	return 10 * power
}

// path draws the known points of a line; it is lifted over unknown ones.
func (s scale) path(points []point) string {
	var b strings.Builder
	pen := "M"
	for _, pt := range points {
		if !pt.Known {
			pen = "M"
			continue
		}
		fmt.Fprintf(&b, "%s%s %s", pen, coordinate(s.x(pt.X)), coordinate(s.y(pt.Y)))
		pen = "L"
	}
	return b.String()
}

// coordinate rounds to a tenth of a unit.
func coordinate(v float64) string {
	return strconv.FormatFloat(math.Round(v*10)/10, 'f', -1, 64)
}

// sampled are at most n of the points of a line, spread evenly, the last one
// among them: for a table beside the drawing.
func sampled(count, n int) []int {
	if count <= n {
		n = count
	}
	out := make([]int, 0, n)
	for i := range n {
		out = append(out, (i+1)*count/n-1)
	}
	return out
}

// tableRows is how many rows the table beside a drawing has.
const tableRows = 24

// table says the plot's values for those who do not see it.
func (p *plot) table() *table {
	t := &table{Caption: p.Title, Head: []string{p.X}}
	for _, l := range p.Lines {
		t.Head = append(t.Head, l.Name)
	}
	for _, i := range sampled(len(p.Lines[0].Points), tableRows) {
		row := []string{strconv.FormatFloat(p.Lines[0].Points[i].X, 'f', -1, 64)}
		for _, l := range p.Lines {
			row = append(row, l.Points[i].share())
		}
		t.add(row...)
	}
	return t
}

func (p point) share() string {
	if !p.Known {
		return none
	}
	return percent(p.Y)
}
