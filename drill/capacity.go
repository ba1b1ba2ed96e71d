package drill

import (
	"math"
	"strconv"
	"strings"
)

// capacity compares what the remaining locations would have to carry with what
// is declared for their live gateways.
func (c *inquiry) capacity() {
	load, room := c.moved(), 0.0
	unknown := c.unknownLoad()
	for _, l := range c.rest {
		load += l.Load
		if l.UnitRPS <= 0 {
			unknown = append(unknown, "capacity of "+string(l.Name))
		}
		room += l.room()
	}
	if len(unknown) > 0 {
		c.warn(RuleCapacity, "capacity cannot be checked: the %s is not known", strings.Join(unknown, ", the "))
		return
	}
	if load > room {
		c.refuse(c.Spec.Force, RuleCapacity, "load %s rps > %s rps of the remaining", group(load), group(room))
		return
	}
	c.alone()
}

// alone warns of a location that could not take all of the load that moves:
// routing by nearness may send it there whole.
func (c *inquiry) alone() {
	for _, l := range c.rest {
		if all := l.Load + c.moved(); all > l.room() {
			c.warn(RuleCapacity, "%s alone could not take what moves: %s rps > its %s rps", l.Name, group(all), group(l.room()))
		}
	}
}

// moved is the load that leaves the drilled location, requests per second.
func (c *inquiry) moved() float64 { return c.own.Load * c.Spec.Portion() }

func (c *inquiry) unknownLoad() []string {
	var out []string
	for _, l := range append([]LocationState{c.own}, c.rest...) {
		if !l.LoadKnown {
			out = append(out, "load of "+string(l.Name))
		}
	}
	return out
}

// room is what the location's live gateways can carry, requests per second;
// one that is not healthy carries nothing.
func (l LocationState) room() float64 {
	if !l.Healthy {
		return 0
	}
	return l.UnitRPS * float64(l.Nodes)
}

// group writes a number without decimals and with a comma for each three
// digits.
func group(v float64) string {
	s := strconv.FormatFloat(math.Round(v), 'f', -1, 64)
	sign := ""
	if strings.HasPrefix(s, "-") {
		sign, s = "-", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return sign + s
}
