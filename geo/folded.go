package geo

// folded is all layers in one. It is immutable.
type folded struct {
	facts      []fact
	ipv4, ipv6 steps    // positions in facts
	sources    []string // names of the layers, by source
}

// fold lays databases over the embedded table, and overrides over these.
func fold(sources []string, databases []*layer, overrides *layer) *folded {
	facts := newFactList()
	var ipv4, ipv6 steps
	for _, l := range databases {
		merge := facts.merger(l.facts, refine)
		ipv4, ipv6 = overlay(ipv4, l.ipv4, merge), overlay(ipv6, l.ipv6, merge)
	}
	ipv4, ipv6 = withoutSpecial(ipv4, specialIPv4), withoutSpecial(ipv6, specialIPv6)
	ipv6 = tunnel(ipv6, majority(ipv4))

	merge := facts.merger(overrides.facts, override)
	ipv4 = overlay(ipv4, overrides.ipv4, merge)
	ipv6 = overlay(overlay(ipv6, tunnel(nil, overrides.ipv4), merge), overrides.ipv6, merge)
	return &folded{facts: facts.list, ipv4: ipv4, ipv6: ipv6, sources: sources}
}
