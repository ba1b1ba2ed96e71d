package geo

import (
	"cmp"
	"iter"
	"net/netip"
	"slices"
	"sort"
)

// step begins a run of keys that share a value; it ends where the next begins.
type step struct {
	start key
	value uint32
}

// steps is a step function over the keys of one address family: sorted by
// start, neighbours of different value. Before the first step the value is 0,
// which stands for nothing.
type steps []step

// push appends a step at start, which must not lie before the last one's. It
// replaces a last step with the same start.
func (s steps) push(start key, value uint32) steps {
	n := len(s)
	if n > 0 && s[n-1].start == start {
		n--
		s = s[:n]
	}
	if n == 0 && value == 0 || n > 0 && s[n-1].value == value {
		return s
	}
	return append(s, step{start, value})
}

// find returns the value at k and the index of its step, -1 before the first.
func (s steps) find(k key) (uint32, int) {
	i := sort.Search(len(s), func(i int) bool { return k.less(s[i].start) }) - 1
	if i < 0 {
		return 0, i
	}
	return s[i].value, i
}

// last returns the last key of step i; with i = -1 that of what lies before the
// first step.
func (s steps) last(i int) key {
	if i+1 < len(s) {
		return s[i+1].start.previous()
	}
	return lastKey()
}

// overlay returns the step function that has merge(under, over) everywhere.
// merge(0, 0) must be 0.
func overlay(under, over steps, merge func(under, over uint32) uint32) steps {
	out := make(steps, 0, len(under)+len(over))
	var u, o uint32
	for len(under) > 0 || len(over) > 0 {
		var at key
		switch {
		case len(over) == 0, len(under) > 0 && under[0].start.less(over[0].start):
			at, u, under = under[0].start, under[0].value, under[1:]
		default:
			at, o = over[0].start, over[0].value
			if len(under) > 0 && under[0].start == at {
				u, under = under[0].value, under[1:]
			}
			over = over[1:]
		}
		out = out.push(at, merge(u, o))
	}
	return slices.Clip(out)
}

// area gives a value to the keys first to last. Two areas of one list either do
// not touch or one holds the other, as prefixes do.
type area struct {
	first, last key
	value       uint32
}

// familyAreas are areas of both address families.
type familyAreas struct{ ipv4, ipv6 []area }

func (f *familyAreas) add(p netip.Prefix, value uint32) {
	first, last := keysOf(p)
	if p.Addr().Is4() {
		f.ipv4 = append(f.ipv4, area{first, last, value})
	} else {
		f.ipv6 = append(f.ipv6, area{first, last, value})
	}
}

// paint returns the step function of areas: each key has the value of the
// smallest area around it, merged into that of the next larger one.
func paint(areas []area, merge func(outer, inner uint32) uint32) steps {
	areas = slices.Clone(areas)
	slices.SortFunc(areas, func(a, b area) int {
		return cmp.Or(a.first.compare(b.first), b.last.compare(a.last))
	})
	var p painter
	for _, a := range areas {
		p.closeBefore(a.first)
		a.value = merge(p.value(), a.value)
		p.open = append(p.open, a)
		p.out = p.out.push(a.first, a.value)
	}
	p.closeAll()
	return p.out
}

// painter is a sweep over sorted areas; open holds those around the sweep's
// place, the innermost last.
type painter struct {
	out  steps
	open []area
}

func (p *painter) value() uint32 {
	if len(p.open) == 0 {
		return 0
	}
	return p.open[len(p.open)-1].value
}

func (p *painter) closeBefore(k key) {
	for len(p.open) > 0 && p.open[len(p.open)-1].last.less(k) {
		p.closeOne()
	}
}

func (p *painter) closeAll() {
	for len(p.open) > 0 {
		p.closeOne()
	}
}

func (p *painter) closeOne() {
	inner := p.open[len(p.open)-1]
	p.open = p.open[:len(p.open)-1]
	if after, more := inner.last.next(); more {
		p.out = p.out.push(after, p.value())
	}
}

// run is a longest stretch of keys of one value.
type run struct {
	first, last key
	value       uint32
}

// runs yields the runs of what value makes of the steps' values, but for those
// of value 0.
func (s steps) runs(value func(uint32) uint32) iter.Seq[run] {
	return func(yield func(run) bool) {
		for i := 0; i < len(s); {
			v := value(s[i].value)
			first := s[i].start
			for i++; i < len(s) && value(s[i].value) == v; i++ {
			}
			if v != 0 && !yield(run{first, s.last(i - 1), v}) {
				return
			}
		}
	}
}
