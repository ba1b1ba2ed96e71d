package routing

import "slices"

// priority answers the candidate with the lowest number; equals share.
func (c *contest) priority(t *Step) option {
	for e := range c.n.Endpoints {
		t.remark(uint8(e), "priority %d", c.n.Endpoints[e].Priority)
	}
	top := c.top()
	i := slices.IndexFunc(c.n.order, func(e uint8) bool { return c.tiers[e] == top })
	best := c.n.order[i]
	t.choose(best, "lowest priority number of the candidates")
	return c.equal(c.n.peers[best], top)
}
