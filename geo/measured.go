package geo

import (
	"cmp"
	"slices"

	"meridian/routing"
)

// measured is a latency table with respect to a list of places.
type measured struct {
	codes      map[routing.GeoCode][]measurement // sorted by place
	sets       [][]measurement                   // by id; 0 is empty
	ipv4, ipv6 steps                             // ids in sets
}

// measure resolves the names of a latency table; t may be nil. Times to other
// locations are left out.
func measure(t *LatencyTable, places []Place) *measured {
	m := &measured{codes: make(map[routing.GeoCode][]measurement), sets: make([][]measurement, 1)}
	if t == nil {
		return m
	}
	ids := make(map[routing.LocationName]routing.LocationID, len(places))
	for i, p := range places {
		ids[p.Name] = routing.LocationID(i)
	}
	for code, to := range t.codes {
		m.codes[code] = to.resolve(ids)
	}
	var painted familyAreas
	for prefix, to := range t.networks {
		if set := to.resolve(ids); len(set) > 0 {
			painted.add(prefix, m.add(set))
		}
	}
	inherit := func(outer, inner uint32) uint32 {
		if outer == 0 {
			return inner
		}
		return m.add(refineTimes(m.sets[outer], m.sets[inner]))
	}
	m.ipv4 = paint(painted.ipv4, inherit)
	m.ipv6 = m.overSixToFour(paint(painted.ipv6, inherit), inherit)
	return m
}

// overSixToFour lays the times of IPv6 networks over those that IPv4 networks
// have in 2002::/16.
func (m *measured) overSixToFour(ipv6 steps, inherit func(outer, inner uint32) uint32) steps {
	return overlay(tunnel(nil, m.ipv4), ipv6, func(outer, inner uint32) uint32 {
		if inner == 0 {
			return outer
		}
		return inherit(outer, inner)
	})
}

func (m *measured) add(set []measurement) uint32 {
	m.sets = append(m.sets, set)
	return uint32(len(m.sets) - 1)
}

// times returns what was measured for clients with a code in the networks of a
// set, sorted by place.
func (m *measured) times(code routing.GeoCode, set uint32) []measurement {
	if len(m.codes) == 0 {
		return m.sets[set]
	}
	out := m.sets[set]
	for ; code != ""; code = code.Parent() {
		out = refineTimes(m.codes[code], out)
	}
	return out
}

// resolve returns the times to known places, sorted by place.
func (t times) resolve(ids map[routing.LocationName]routing.LocationID) []measurement {
	var out []measurement
	for location, ms := range t {
		if id, ok := ids[location]; ok {
			out = append(out, measurement{id, ms})
		}
	}
	slices.SortFunc(out, func(a, b measurement) int { return cmp.Compare(a.place, b.place) })
	return out
}

// refineTimes merges two sets; where both have a time, inner's holds.
func refineTimes(outer, inner []measurement) []measurement {
	if len(outer) == 0 {
		return inner
	}
	out := make([]measurement, 0, len(outer)+len(inner))
	for len(outer) > 0 && len(inner) > 0 {
		switch {
		case outer[0].place < inner[0].place:
			out, outer = append(out, outer[0]), outer[1:]
		case outer[0].place == inner[0].place:
			outer = outer[1:]
		default:
			out, inner = append(out, inner[0]), inner[1:]
		}
	}
	return append(append(out, outer...), inner...)
}
