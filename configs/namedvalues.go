package configs

import "regexp"

// named converts the named values of the document.
func (c *compiler) named() {
	legal := regexp.MustCompile(`^[a-zA-Z0-9._-]+$`)
	first := map[string]int{}
	for i := range c.doc.NamedValues {
		d, p := &c.doc.NamedValues[i], top("namedValues").item(i)
		if d.Name == "" {
			continue
		}
		if !legal.MatchString(d.Name) {
			c.r.fail(p.key("name"), "%s: want letters, digits, dots, dashes and underscores", quote(d.Name))
		}
		if other, twice := first[lower(d.Name)]; twice {
			c.r.fail(p.key("name"), "%s is namedValues[%d] already: want each name once", quote(d.Name), other)
		}
		first[lower(d.Name)] = i
		c.namedValues[d.Name] = c.namedValue(d, p)
	}
}

// namedValue returns the text of a named value.
func (c *compiler) namedValue(d *NamedValueDocument, p *path) string {
	if d.Secret != "" {
		if d.Value != nil {
			c.r.fail(p, "value and secret: want one of them")
		}
		c.hidden[d.Name] = true
		return c.secret(d.Secret, p.key("secret"))
	}
	if d.Value == nil {
		if !c.r.brokenBelow(p) {
			c.r.fail(p, "neither value nor secret: want one of them")
		}
		return ""
	}
	return *d.Value
}
