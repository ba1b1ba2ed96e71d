package configs

import "meridian/routing"

// check maps what routing finds wrong with the plan to places of the document.
// Names are checked here already, and what follows from an error reported
// before is left out.
func (c *compiler) check() {
	var found routing.Issues
	for _, issue := range routing.Check(c.out.Plan) {
		if issue.Field != "name" && issue.Field != "locations" && !c.follows(&issue) {
			found = append(found, issue)
		}
	}
	for i := range found {
		p := c.issuePath(&found[i])
		message := found[i].Problem
		if found[i].Value != "" {
			message = found[i].Value + ": " + found[i].Problem
		}
		c.r.add(c.r.place(p), p.String(), found[i].Warning, message)
	}
}

// follows reports whether the document has an error where the issue is, or in
// the endpoint around it.
func (c *compiler) follows(issue *routing.Issue) bool {
	at := c.issuePath(issue)
	if at == nil {
		return c.r.problems.Fatal()
	}
	if c.r.brokenBelow(at) || c.r.broken(at.up) {
		return true
	}
	profile := c.origins[c.byName[issue.Profile]].at
	if c.r.broken(profile.key("trafficRoutingMethod")) {
		return true
	}
	_, exact := c.r.root.find(at)
	return !exact && issue.Endpoint == "" && c.r.brokenBelow(profile.key("endpoints"))
}

// issuePath returns the place an issue is about: the field if the document has
// it, else what holds it.
func (c *compiler) issuePath(issue *routing.Issue) *path {
	at, known := c.byName[issue.Profile]
	if !known {
		return nil
	}
	p := c.origins[at].at
	if issue.Endpoint != "" && c.origins[at].endpoints[issue.Endpoint] != nil {
		p = c.origins[at].endpoints[issue.Endpoint]
	}
	if issue.Field == "" || c.origins[at].doc == nil {
		return p
	}
	return c.entry(p.key(issue.Field), issue.Value)
}

// entry returns the entry of the list at p that has this text; p itself when
// there is none.
func (c *compiler) entry(p *path, text string) *path {
	found, exact := c.r.root.find(p)
	if i := found.index(text); exact && i >= 0 {
		return p.item(i)
	}
	return p
}
