package drill

import "strconv"

// drawing is a plot in the coordinates of its picture, as the template takes
// it.
type drawing struct {
	ID            string
	Title, X, Y   string
	Summary       string
	Width, Height int
	Left, Right   string // edges of the field
	Top, Bottom   string
	MiddleX       string
	MiddleY       string
	XTicks        []tick
	YTicks        []tick
	Marks         []tick
	Lines         []stroke
	Table         *table
}

// tick is a value at a place of an axis.
type tick struct{ At, Text string }

// stroke is a drawn line. Class numbers its colour and dash: colours alone are
// not for everybody.
type stroke struct {
	Name, Path, Class string
	KeyY, TextY       string
}

// colours is how many line classes the style sheet has.
const colours = 8

func (p *plot) draw(id string) drawing {
	s := p.scale()
	d := drawing{
		ID: id, Title: p.Title, X: p.X, Y: p.Y, Summary: p.summary(), Width: plotWidth, Height: plotHeight + len(p.Lines)*18,
		Left: coordinate(padLeft), Right: coordinate(plotWidth - padRight), Top: coordinate(padTop), Bottom: coordinate(plotHeight - padBottom),
		MiddleX: coordinate(padLeft + (plotWidth-padLeft-padRight)/2), MiddleY: coordinate(padTop + (plotHeight-padTop-padBottom)/2),
		Table: p.table(),
	}
	for _, v := range s.ticks() {
		d.XTicks = append(d.XTicks, tick{coordinate(s.x(v)), strconv.FormatFloat(round3(v), 'f', -1, 64)})
	}
	for _, v := range []float64{0, .25, .5, .75, 1} {
		d.YTicks = append(d.YTicks, tick{coordinate(s.y(v)), percent(v)})
	}
	for _, m := range p.Marks {
		if m.At >= s.low && m.At <= s.high {
			d.Marks = append(d.Marks, tick{coordinate(s.x(m.At)), m.Name})
		}
	}
	for i, l := range p.Lines {
		y := float64(plotHeight + i*18)
		d.Lines = append(d.Lines, stroke{l.Name, s.path(l.Points), "l" + strconv.Itoa(i%colours), coordinate(y), coordinate(y + 4)})
	}
	return d
}

// summary says in words how each line begins and ends.
func (p *plot) summary() string {
	out := ""
	for i, l := range p.Lines {
		if i > 0 {
			out += "; "
		}
		first, last := l.ends()
		out += l.Name + " from " + first.share() + " to " + last.share()
	}
	return out + "."
}

// ends returns the first and the last known point.
func (c curve) ends() (first, last point) {
	for _, pt := range c.Points {
		if pt.Known && !first.Known {
			first = pt
		}
		if pt.Known {
			last = pt
		}
	}
	return first, last
}
