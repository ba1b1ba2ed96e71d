package configs

// pool converts a backend of type Pool.
func (c *compiler) pool(d *BackendDocument, p *path) {
	c.poolAlone(d, p)
	if d.Pool == nil {
		if !c.r.broken(p.key("pool")) {
			c.r.fail(p.key("pool"), "is missing with type Pool: want its services")
		}
		return
	}
	at := p.key("pool")
	out := Pool{
		Name: d.Name, PreferRegion: d.Pool.Prefer == "region", HealthOfLocation: d.Pool.HealthOf == "location",
		FailureStatus: failureStatus(d.Pool.FailureResponse),
	}
	if affinity := d.Pool.SessionAffinity; affinity != nil {
		out.SessionCookie = affinity.SessionID.Name
		if out.SessionCookie != "" && !validToken(out.SessionCookie) {
			c.r.fail(at.key("sessionAffinity").key("sessionId").key("name"), "%s is no name of a cookie: want letters, digits, dashes and underscores", quote(out.SessionCookie))
		}
	}
	out.Members = c.members(d.Pool, at.key("services"))
	if out.PreferRegion && !c.anyRegion(out.Members) {
		c.r.warn(at.key("prefer"), "region, and no member has an azureRegion: all are as near")
	}
	c.out.Pools = append(c.out.Pools, out)
}

// poolAlone reports what only a Single backend has. The first two sentences are
// Azure's.
func (c *compiler) poolAlone(d *BackendDocument, p *path) {
	if d.URL != "" {
		c.r.fail(p.key("url"), "Url is not supported for backend pool: want it on the members")
	}
	if d.Protocol != "" {
		c.r.fail(p.key("protocol"), "Protocol is not supported for backend pool: want it on the members")
	}
	for key, given := range map[string]bool{
		"credentials": d.Credentials != nil, "proxy": d.Proxy != nil, "tls": d.TLS != (BackendTLSDocument{}),
		"circuitBreaker": d.CircuitBreaker.Rules != nil, "azureRegion": d.AzureRegion != "", "resolve": d.Resolve != "",
		"emptyAnswer": d.EmptyAnswer != "", "httpVersion": d.HTTPVersion != "", "timeouts": d.Timeouts != (BackendTimeoutsDocument{}),
	} {
		if given {
			c.r.fail(p.key(key), "is not for type Pool: want it on the members")
		}
	}
}

// members converts the members of a pool.
func (c *compiler) members(d *PoolDocument, p *path) []PoolMember {
	if len(d.Services) == 0 && !c.r.broken(p) {
		c.r.fail(p, "no members: want 1 .. 30")
	}
	var out []PoolMember
	first := map[*BackendDocument]int{}
	weighted := false
	for i := range d.Services {
		s, at := &d.Services[i], p.item(i)
		weighted = weighted || s.Weight != nil
		if s.ID == "" {
			continue
		}
		b, known := c.findBackend(s.ID)
		if !known {
			c.unknownBackend(s.ID, at.key("id"))
			continue
		}
		if b.Type == "Pool" {
			c.r.fail(at.key("id"), "%s is a Pool: want Single backends as members", quote(b.Name))
		}
		if other, twice := first[b]; twice {
			c.r.fail(at.key("id"), "%s is services[%d] already: want each member once", quote(b.Name), other)
		}
		first[b] = i
		out = append(out, PoolMember{Backend: b.Name, Priority: s.Priority, Weight: orDefault(s.Weight, 1)})
	}
	c.weights(d, weighted, p)
	return out
}

// weights warns of members whose share is not what it looks like.
func (c *compiler) weights(d *PoolDocument, weighted bool, p *path) {
	largest := map[int]int{}
	for _, s := range d.Services {
		largest[s.Priority] = max(largest[s.Priority], orDefault(s.Weight, 1))
	}
	for i, s := range d.Services {
		if at := p.item(i); s.Weight == nil && weighted && largest[s.Priority] > 1 {
			c.r.warn(at, "has no weight beside members that have one: it counts as 1")
		}
	}
}

// anyRegion reports whether it is known of any member where it is.
func (c *compiler) anyRegion(members []PoolMember) bool {
	for _, m := range members {
		if b, _ := c.findBackend(m.Backend); b != nil && b.AzureRegion != "" {
			return true
		}
	}
	return false
}
