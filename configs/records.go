package configs

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"meridian/dnswire"
	"meridian/routing"
)

// recordTTL is the TTL of static records that state none, in seconds.
const recordTTL = 3600

// records reads the static records of the zone and reports what is wrong at the
// line of the file, where the text is in literal style.
func (c *compiler) records(zone *Zone) []dnswire.Record {
	if c.doc.Records == "" {
		return nil
	}
	p := top("records")
	records, errs := dnswire.ParseRecords(c.doc.Records, zone.Origin, recordTTL)
	for _, e := range errs {
		c.recordProblem(p, e.Line, e.Column, e.Problem)
	}
	c.clashes(zone, records)
	c.delegations(zone, records)
	return records
}

// clashes reports records at names that answer something else.
func (c *compiler) clashes(zone *Zone, records []dnswire.Record) {
	servers := map[dnswire.Name]bool{}
	for _, s := range zone.NameServers {
		servers[s.Name] = true
	}
	for i := range records {
		rec, kind := &records[i], dnswire.TypeName(records[i].Type)
		id, dynamic := zone.Profiles[rec.Name]
		switch {
		case dynamic && (answered(kind) || c.namesAt(id)):
			c.recordProblem(top("records"), rec.Line, 0, "record "+kind+" at "+rec.Name.String()+", which is a profile: want another name or type")
		case servers[rec.Name] && contains([]string{"A", "AAAA", "CNAME"}, kind):
			c.recordProblem(top("records"), rec.Line, 0, "record "+kind+" at "+rec.Name.String()+", which is a name server: want its addresses under nameServers")
		}
	}
}

// namesAt reports whether a profile answers a name, which no other record can
// stand beside.
func (c *compiler) namesAt(id routing.ProfileID) bool {
	return c.answersNames(c.out.Plan.Profiles[id].Name, map[routing.ProfileName]bool{})
}

// delegations reports profiles below a name that the records give away: nobody
// would ask us for them.
func (c *compiler) delegations(zone *Zone, records []dnswire.Record) {
	cuts := map[dnswire.Name]*dnswire.Record{}
	for i := range records {
		if kind := dnswire.TypeName(records[i].Type); kind == "NS" || kind == "DNAME" {
			cuts[records[i].Name] = &records[i]
		}
	}
	if len(cuts) == 0 {
		return
	}
	for i := range c.out.Plan.Profiles {
		name, err := zone.Origin.Child(string(c.out.Plan.Profiles[i].Name))
		if err == nil && !c.origins[i].node {
			c.givenAway(zone, name, cuts)
		}
	}
}

// givenAway reports the cuts above a profile's name, each once.
func (c *compiler) givenAway(zone *Zone, name dnswire.Name, cuts map[dnswire.Name]*dnswire.Record) {
	for above := name.Parent(); above != zone.Origin && above.IsSubdomainOf(zone.Origin); above = above.Parent() {
		if cut := cuts[above]; cut != nil {
			c.recordProblem(top("records"), cut.Line, 0, above.String()+" is given away, but "+name.String()+" below it is a profile: want another name")
			delete(cuts, above)
		}
	}
}

// answered reports whether profiles answer a record type themselves.
func answered(kind string) bool {
	return contains([]string{"A", "AAAA", "CNAME", "HTTPS", "SVCB", "NS", "DNAME"}, kind)
}

// recordProblem reports a problem at a line and column of the records; column 0
// means the whole line.
func (c *compiler) recordProblem(p *path, line, column int, problem string) {
	if c.r.full() {
		return
	}
	at := c.r.place(p)
	found, exact := c.r.root.find(p)
	if exact && found.literal {
		at = c.literalPlace(found, line, column)
	} else if line > 1 {
		problem += " (line " + strconv.Itoa(line) + " of the records)"
	}
	c.r.add(at, p.String(), false, problem)
	c.r.seen[p.String()] = true
}

// literalPlace returns where a line and column of a literal scalar is in the
// file: the text begins on the line below its mark, indented.
func (c *compiler) literalPlace(v *value, line, column int) pos {
	at := pos{v.pos.line + line, max(column, 1)}
	text := v.text
	for range line - 1 {
		_, text, _ = strings.Cut(text, "\n")
	}
	text, _, _ = strings.Cut(text, "\n")
	if before, ok := strings.CutSuffix(c.r.src.line(at.line), text); ok {
		at.column += utf8.RuneCountInString(before)
	}
	if column == 0 {
		at.column += len(text) - len(strings.TrimLeft(text, " \t"))
	}
	return at
}
