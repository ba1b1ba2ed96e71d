package configs

import (
	"fmt"
	"net/netip"

	"meridian/dnswire"
	"meridian/routing"
)

// zones converts the service's zone and the host names delegated to it.
func (c *compiler) zones() {
	servers := c.nameServers()
	if c.zone == "" {
		return
	}
	zone := Zone{Origin: c.zone, NameServers: servers, Profiles: c.profileNames()}
	c.serverNames(&zone)
	c.selfTargets(&zone)
	zone.Records = c.records(&zone)
	c.nodeNames(&zone)
	c.out.Zones = append(c.out.Zones, zone)
	c.hostnames(servers)
}

// profileNames returns the first profile at each name of the zone but for
// registered gateways. A profile without a name there is reported where it was
// added.
func (c *compiler) profileNames() map[dnswire.Name]routing.ProfileID {
	out := map[dnswire.Name]routing.ProfileID{}
	for i := range c.out.Plan.Profiles {
		name, err := c.zone.Child(string(c.out.Plan.Profiles[i].Name))
		if _, taken := out[name]; err == nil && !taken && !c.origins[i].node {
			out[name] = routing.ProfileID(i)
		}
	}
	return out
}

// nameServers converts the zone's name servers; glue is required inside it.
func (c *compiler) nameServers() []NameServer {
	list := top("nameServers")
	var out []NameServer
	taken := map[dnswire.Name]int{}
	for i := range c.doc.NameServers {
		d, p := &c.doc.NameServers[i], list.item(i)
		if name, ok := c.serverName(d, p.key("name"), taken, i); ok {
			out = append(out, NameServer{Name: name, Addrs: c.glue(d, name, p.key("addresses"))})
		}
	}
	switch len(c.doc.NameServers) {
	case 0:
		c.r.fail(list, "no name server: want 1 .. 13")
	case 1:
		c.r.warn(list, "one name server: want two or more in different networks (RFC 2182)")
	}
	return out
}

func (c *compiler) serverName(d *NameServerDocument, p *path, taken map[dnswire.Name]int, i int) (dnswire.Name, bool) {
	name, err := dnswire.ParseHostName(d.Name)
	if err != nil {
		c.r.fail(p, "%v", err)
		return "", false
	}
	if first, twice := taken[name]; twice {
		c.r.fail(p, "%s is nameServers[%d] already: want each name server once", quote(d.Name), first)
	}
	taken[name] = i
	return name, true
}

func (c *compiler) glue(d *NameServerDocument, name dnswire.Name, p *path) []netip.Addr {
	if len(d.Addresses) == 0 && c.zone != "" && name.IsSubdomainOf(c.zone) {
		c.r.fail(p, "%s lies in the zone and has no address: want 1 .. 16, the parent zone needs glue", quote(d.Name))
	}
	once := addressesOnce(map[netip.Addr]string{}, d.Name, func(a netip.Addr, _ string) error {
		return fmt.Errorf("%s is there twice: want each address once", a)
	})
	return parseEach(c.r, d.Addresses, p, once)
}

// serverNames reports name servers that have the name of a profile.
func (c *compiler) serverNames(zone *Zone) {
	for i, d := range c.doc.NameServers {
		name, err := dnswire.ParseHostName(d.Name)
		if id, clash := zone.Profiles[name]; err == nil && clash {
			c.r.fail(top("nameServers").item(i).key("name"), "%s is the name of a profile (%s): want a name of its own", quote(d.Name), c.origins[id].at)
		}
	}
}

// selfTargets reports targets that are names of profiles of this zone: they are
// nested profiles, and as names could lead in a circle.
func (c *compiler) selfTargets(zone *Zone) {
	for i := range c.out.Plan.Profiles {
		profile := &c.out.Plan.Profiles[i]
		for j := range profile.Endpoints {
			target := &profile.Endpoints[j].Target
			if target.Kind != routing.TargetName {
				continue
			}
			if id, own := zone.Profiles[dnswire.Name(target.Name)]; own {
				c.r.fail(c.origins[i].at.key("endpoints").item(j).key("target"), "%s is a profile of this zone: want profile: %s",
					quote(target.Name), c.out.Plan.Profiles[id].Name)
			}
		}
	}
}

// hostnames converts the names outside the zone.
func (c *compiler) hostnames(servers []NameServer) {
	taken := map[dnswire.Name]int{}
	for i := range c.doc.Hostnames {
		d, p := &c.doc.Hostnames[i], top("hostnames").item(i)
		name, err := dnswire.ParseHostName(d.Name)
		if err != nil {
			c.r.fail(p.key("name"), "%v", err)
			continue
		}
		if first, twice := taken[name]; twice {
			c.r.fail(p.key("name"), "%s is hostnames[%d] already: want each host name once", quote(d.Name), first)
			continue
		}
		taken[name] = i
		if name.IsSubdomainOf(c.zone) {
			c.r.fail(p.key("name"), "%s lies in the zone %s: want a name outside it; names inside are profiles and records", quote(d.Name), c.doc.Zone)
			continue
		}
		gateway, ok := c.byName[c.gatewayName()]
		switch {
		case !ok:
			c.r.fail(p, "%s leads to the gateway profile, which is missing: want locations, or a profile named %s", quote(d.Name), c.out.Name)
		case d.DNS == "zone":
			c.apex(name, servers, routing.ProfileID(gateway), p)
		default:
			c.out.Aliases = append(c.out.Aliases, name)
		}
	}
}

// apex adds a zone whose apex is the gateway profile.
func (c *compiler) apex(name dnswire.Name, servers []NameServer, gateway routing.ProfileID, p *path) {
	if c.answersNames(c.gatewayName(), map[routing.ProfileName]bool{}) {
		c.r.fail(p.key("dns"), "zone, but profile %s answers names, which the apex of a zone cannot: want flatten: true there, or dns: cname", c.out.Name)
		return
	}
	for _, s := range servers {
		if len(s.Addrs) == 0 && s.Name.IsSubdomainOf(name) {
			c.r.fail(p.key("name"), "name server %s lies in this zone and has no address: want 1 .. 16 under nameServers", s.Name)
		}
	}
	c.out.Zones = append(c.out.Zones, Zone{
		Origin: name, NameServers: servers, Profiles: map[dnswire.Name]routing.ProfileID{name: gateway},
	})
}
