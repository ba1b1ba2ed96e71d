package geo

import (
	"errors"
	"fmt"
	"math/bits"

	"meridian/routing"
)

// maxPlaces is the most places there may be.
const maxPlaces = 1 << 16

// Table makes the client table for places, which are in the order of
// Plan.Locations, and measured latencies, which may be nil. Class 0 is that of
// clients of whom nothing is known.
func (s *Source) Table(places []Place, latency *LatencyTable) (*routing.ClientTable, error) {
	if err := checkPlaces(places); err != nil {
		return nil, err
	}
	blocks, group, err := s.current.Load().table(places, measure(latency, places), limits{maxPoints, routing.MaxClasses})
	if err != nil {
		return nil, err
	}
	table, err := routing.NewClientTable(blocks, group.info)
	if err != nil {
		return nil, fmt.Errorf("making the client table: %w", err)
	}
	s.metrics.setTable(table.Len(), len(group.info), group.degrees)
	return table, nil
}

func checkPlaces(places []Place) error {
	if len(places) > maxPlaces {
		return fmt.Errorf("geo: %d places: want at most %d", len(places), maxPlaces)
	}
	var errs []error
	for _, p := range places {
		errs = append(errs, p.validate())
	}
	return errors.Join(errs...)
}

// table returns the blocks and classes of a client table. The blocks of class 0
// are left out.
func (f *folded) table(places []Place, latency *measured, most limits) ([]routing.Block, *grouping, error) {
	joints := newInterned[joint]()
	ipv4, ipv6 := join(joints, f.ipv4, latency.ipv4), join(joints, f.ipv6, latency.ipv6)
	group, err := classify(f.facts, joints.list, places, latency, most)
	if err != nil {
		return nil, nil, err
	}
	class := func(joint uint32) uint32 { return uint32(group.class[joint]) }
	blocks := make([]routing.Block, 0, len(ipv4)+len(ipv6))
	blocks = appendBlocks(blocks, ipv4, true, class)
	return appendBlocks(blocks, ipv6, false, class), group, nil
}

// join returns the step function whose values are numbers in joints.
func join(joints *interned[joint], facts, latency steps) steps {
	return overlay(facts, latency, func(fact, latency uint32) uint32 { return joints.id(joint{fact, latency}) })
}

// appendBlocks cuts the runs of a class into the fewest CIDR blocks.
func appendBlocks(blocks []routing.Block, s steps, ipv4 bool, class func(uint32) uint32) []routing.Block {
	for r := range s.runs(class) {
		for first := r.first; ; {
			size := blockBits(first, r.last)
			prefix := first.prefix(128-size, ipv4)
			blocks = append(blocks, routing.Block{Prefix: prefix, Class: routing.ClassID(r.value)})
			host := hostBits(size)
			next, more := key{first.hi | host.hi, first.lo | host.lo}.next()
			if !more || r.last.less(next) {
				break
			}
			first = next
		}
	}
	return blocks
}

// blockBits returns the number of host bits of the largest block that begins at
// first and does not reach beyond last.
func blockBits(first, last key) int {
	lo, borrow := bits.Sub64(last.lo, first.lo, 0)
	size, more := key{last.hi - first.hi - borrow, lo}.next()
	if !more {
		return 128
	}
	length := bits.Len64(size.lo)
	if size.hi != 0 {
		length = 64 + bits.Len64(size.hi)
	}
	return min(first.trailingZeros(), length-1)
}
