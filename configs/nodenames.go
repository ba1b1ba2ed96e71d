package configs

import (
	"meridian/dnswire"
	"meridian/routing"
)

// nodeNames gives registered gateways their names in the zone, unless the
// document has something else there: the document is right whatever nodes
// register.
func (c *compiler) nodeNames(zone *Zone) {
	if len(c.options.Gateways) == 0 {
		return
	}
	taken, cuts := c.otherNames(zone)
	for id := range c.out.Plan.Profiles {
		name, err := zone.Origin.Child(string(c.out.Plan.Profiles[id].Name))
		switch {
		case err != nil || !c.origins[id].node:
		case taken[name] || below(cuts, name):
			c.r.warn(c.origins[id].at, "%s would be the name of a node, but the document has something else there: the node has no name of its own", name)
		default:
			zone.Profiles[name] = routing.ProfileID(id)
		}
	}
}

// otherNames returns the names of name servers, of records that no profile can
// stand beside and of targets; and those that are given away.
func (c *compiler) otherNames(zone *Zone) (taken, cuts map[dnswire.Name]bool) {
	taken, cuts = map[dnswire.Name]bool{}, map[dnswire.Name]bool{}
	for _, s := range zone.NameServers {
		taken[s.Name] = true
	}
	for i := range zone.Records {
		kind := dnswire.TypeName(zone.Records[i].Type)
		taken[zone.Records[i].Name] = taken[zone.Records[i].Name] || answered(kind)
		if kind == "NS" || kind == "DNAME" {
			cuts[zone.Records[i].Name] = true
		}
	}
	for i := range c.out.Plan.Profiles {
		for j := range c.out.Plan.Profiles[i].Endpoints {
			if t := &c.out.Plan.Profiles[i].Endpoints[j].Target; t.Kind == routing.TargetName {
				taken[dnswire.Name(t.Name)] = true
			}
		}
	}
	return taken, cuts
}

// below reports whether a name lies below one of cuts.
func below(cuts map[dnswire.Name]bool, name dnswire.Name) bool {
	for above := name.Parent(); above != name; name, above = above, above.Parent() {
		if cuts[above] {
			return true
		}
	}
	return false
}
