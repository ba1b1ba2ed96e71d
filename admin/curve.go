package admin

import (
	"fmt"
	"math"
	"strings"

	"meridian/admin/api"
)

// Size of a curve in units of its SVG, and the most points that are drawn.
const (
	curveWidth  = 640.0
	curveHeight = 160.0
	curvePoints = 640
)

// curve is what a plot of a drill shows: shares from 0 (bottom) to 1 (top) over
// time, and the seconds in which requests failed.
type curve struct {
	Answers, Arrivals string    // points of a polyline: "x,y x,y …"
	Errors            []float64 // x of each
	Start             float64   // x of the drill's start
	From, To          string    // for people
	Width, Height     float64
	Text              string // the same for who sees no picture
}

// newCurve draws points, which are in order of time; nil where they span no time.
func newCurve(points []api.DrillPoint) *curve {
	if len(points) < 2 || !(points[len(points)-1].Second > points[0].Second) {
		return nil
	}
	from, to := points[0].Second, points[len(points)-1].Second
	x := func(second float64) float64 { return curveWidth * (second - from) / (to - from) }
	c := &curve{
		Width: curveWidth, Height: curveHeight, From: fmt.Sprintf("%+.0f s", from), To: fmt.Sprintf("%+.0f s", to),
		Start: min(max(x(0), 0), curveWidth),
	}
	var answers, arrivals strings.Builder
	failed := uint64(0)
	step := (len(points) + curvePoints - 1) / curvePoints
	for i := 0; i < len(points); i += step {
		one := merge(points[i:min(i+step, len(points))])
		plot(&answers, x(one.Second), one.Answers)
		plot(&arrivals, x(one.Second), one.Arrivals)
		if failed += one.Errors; one.Errors > 0 {
			c.Errors = append(c.Errors, x(one.Second))
		}
	}
	last := points[len(points)-1]
	c.Answers, c.Arrivals = answers.String(), arrivals.String()
	c.Text = fmt.Sprintf("Share of answers and of arrivals from %s to %s; at the end %.0f %% and %.0f %%; %d requests failed.",
		c.From, c.To, 100*share(last.Answers), 100*share(last.Arrivals), failed)
	return c
}

// merge makes one point of several: the last, with the errors of all.
func merge(points []api.DrillPoint) api.DrillPoint {
	out := points[len(points)-1]
	out.Errors = 0
	for _, p := range points {
		out.Errors += p.Errors
	}
	return out
}

func plot(b *strings.Builder, x, y float64) {
	if b.Len() > 0 {
		b.WriteByte(' ')
	}
	fmt.Fprintf(b, "%.1f,%.1f", x, curveHeight*(1-share(y)))
}

// share keeps what is none out of the plot.
func share(y float64) float64 {
	if math.IsNaN(y) {
		return 0
	}
	return min(max(y, 0), 1)
}
