package main

import "meridian/geo/internal/compact"

// merger joins networks into ranges, with ranges of no country between them.
type merger struct {
	ranges []compact.Range
	end    uint64 // where the last network ended; 0 also after the last address
}

func (m *merger) add(start uint64, bits int, country uint8) {
	if len(m.ranges) > 0 && start != m.end {
		m.ranges = push(m.ranges, m.end, 0)
	}
	m.ranges = push(m.ranges, start, country)
	m.end = start + 1<<(64-bits)
}

func (m *merger) close() []compact.Range {
	if len(m.ranges) > 0 && m.end != 0 {
		m.ranges = push(m.ranges, m.end, 0)
	}
	return m.ranges
}

// push appends a range unless it goes on with the country of the last.
func push(ranges []compact.Range, start uint64, country uint8) []compact.Range {
	last := len(ranges) - 1
	if last < 0 && country == 0 || last >= 0 && ranges[last].Country == country {
		return ranges
	}
	return append(ranges, compact.Range{Start: start, Country: country})
}

// fillGaps gives unrouted space a country, which makes the table a third
// smaller: between two ranges of one country if it is no larger than a prefix
// of between bits, and within a prefix of inside bits, which one registry
// handed to one holder, that of the range before it or else after it.
func fillGaps(ranges []compact.Range, between, inside int) []compact.Range {
	var out []compact.Range
	for i, r := range ranges {
		if r.Country != 0 || i == 0 || i+1 == len(ranges) {
			out = push(out, r.Start, r.Country)
			continue
		}
		before, next := ranges[i-1], ranges[i+1]
		if before.Country == next.Country && next.Start-r.Start <= 1<<(64-between) {
			continue
		}
		out = fillGap(out, r.Start, next, 1<<(64-inside))
	}
	return out
}

// fillGap covers the gap from start to next: the rest of the block in which it
// begins goes to the range before it, the part of the block in which it ends
// to next, and nothing is known of what lies between.
func fillGap(out []compact.Range, start uint64, next compact.Range, block uint64) []compact.Range {
	first := (start + block - 1) &^ (block - 1)
	last := next.Start &^ (block - 1)
	if first >= next.Start {
		return out
	}
	if first < last {
		out = push(out, first, 0)
	}
	return push(out, last, next.Country)
}
