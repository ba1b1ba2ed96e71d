package node

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"meridian/intent"
	"meridian/routing"
)

// Bounds of a Difference.
const (
	maxGroups   = 400  // client groups compared
	maxProfiles = 2000 // profiles compared
	maxExamples = 3    // changes shown of one profile
	maxLines    = 20   // records shown of the zone
)

// Difference is what a new plan changes in the answers of client groups: one
// client stands for all of which the tables know the same.
type Difference struct {
	Groups   int // client groups compared
	Profiles []ProfileDifference
	Skipped  int      // profiles that were not compared
	Zone     []string // "+ record" and "- record": static records, name servers, names of profiles
}

// ProfileDifference is what changes for one profile.
type ProfileDifference struct {
	Name     routing.ProfileName
	Kind     string // added, removed, changed
	Groups   int    // client groups that get another answer
	Examples []AnswerChange
}

// AnswerChange is another answer for one client group.
type AnswerChange struct {
	Client        netip.Prefix
	Geo           routing.GeoCode
	Before, After string
}

// differ compares what is served with what a generation would serve in the
// same health, with what operators want.
func differ(before *live, g *generation) Difference {
	outcome := intent.Fold(g.wantedOf(before.wishes))
	return differSnapshots(before, g, g.structure.Publish(g.stateWith(&outcome, before.rulings, before.addrs, nil), nil))
}

// differSnapshots compares what is served with a snapshot of a generation.
func differSnapshots(before *live, g *generation, after *routing.Snapshot) Difference {
	clients := representatives(g.structure.Clients())
	d := Difference{Groups: len(clients)}
	for i := range g.service.Plan.Profiles {
		if i >= maxProfiles {
			d.Skipped = len(g.service.Plan.Profiles) - maxProfiles
			break
		}
		if p, changed := differProfile(before.snapshot, after, routing.ProfileID(i), clients); changed {
			d.Profiles = append(d.Profiles, p)
		}
	}
	for i := range before.service.Plan.Profiles {
		name := before.service.Plan.Profiles[i].Name
		if _, stays := g.structure.ProfileID(name); !stays {
			d.Profiles = append(d.Profiles, ProfileDifference{Name: name, Kind: "removed", Groups: len(clients)})
		}
	}
	d.Zone = zoneDifference(before.service.Zones, g.service.Zones)
	slices.SortStableFunc(d.Profiles, func(a, b ProfileDifference) int { return cmp.Compare(b.Groups, a.Groups) })
	return d
}

func differProfile(before, after *routing.Snapshot, id routing.ProfileID, clients []routing.Client) (ProfileDifference, bool) {
	p := ProfileDifference{Name: after.Plan().Profiles[id].Name, Kind: "changed"}
	old, known := before.ProfileID(p.Name)
	if !known {
		p.Kind, p.Groups = "added", len(clients)
		return p, true
	}
	for _, c := range clients {
		was, is := answerOf(before, old, c), answerOf(after, id, c)
		if was == is {
			continue
		}
		if p.Groups++; len(p.Examples) < maxExamples {
			prefix, _ := c.Addr.Prefix(int(c.Bits))
			p.Examples = append(p.Examples, AnswerChange{prefix, geoOf(after, c), was.beside(is), is.beside(was)})
		}
	}
	return p, p.Groups > 0
}

// representatives returns one client of each class.
func representatives(t *routing.ClientTable) []routing.Client {
	seen := make([]bool, t.Classes())
	var out []routing.Client
	for b := range t.Len() {
		class := t.Class(routing.BlockID(b))
		if seen[class] {
			continue
		}
		seen[class] = true
		a := t.Prefix(routing.BlockID(b)).Addr()
		bits := uint8(24)
		if a.Is6() {
			bits = 48
		}
		if out = append(out, routing.Client{Addr: a, Bits: bits}); len(out) == maxGroups {
			break
		}
	}
	return out
}

// answered is a client's answer, so that two plans' can be compared.
type answered struct {
	text string
	ttl  uint32 // seconds
}

// beside writes an answer so that it differs from another: with its TTL where
// that is all.
func (a answered) beside(b answered) string {
	if a.text == b.text && a.ttl != b.ttl {
		return fmt.Sprintf("%s ttl %d", a.text, a.ttl)
	}
	return a.text
}

func answerOf(s *routing.Snapshot, id routing.ProfileID, c routing.Client) answered {
	var d routing.Decision
	s.Decide(&routing.Query{Profile: id, Client: c}, &d)
	if d.Set == routing.NoSet {
		return answered{text: "no answer"}
	}
	set := s.Set(d.Set)
	if set.Name != "" {
		return answered{set.Name, d.TTL}
	}
	var parts []string
	for _, a := range slices.Concat(set.IPv4, set.IPv6) {
		parts = append(parts, a.String())
	}
	return answered{strings.Join(parts, " "), d.TTL}
}

func geoOf(s *routing.Snapshot, c routing.Client) routing.GeoCode {
	t := s.Clients()
	return t.Info(t.Class(t.Find(c.Addr))).Geo
}

// Summary tells the difference in one line.
func (d Difference) Summary() string {
	if d.Groups == 0 {
		return "the document is the one in service"
	}
	var parts []string
	for _, p := range d.Profiles[:min(len(d.Profiles), 5)] {
		parts = append(parts, fmt.Sprintf("%s %s (%d of %d client groups)", p.Name, p.Kind, p.Groups, d.Groups))
	}
	if more := len(d.Profiles) - 5; more > 0 {
		parts = append(parts, fmt.Sprintf("and %d more profiles", more))
	}
	if len(d.Profiles) == 0 {
		parts = append(parts, fmt.Sprintf("no answer changes for any of %d client groups", d.Groups))
	}
	if len(d.Zone) > 0 {
		parts = append(parts, fmt.Sprintf("%d records of the zone change", len(d.Zone)))
	}
	if d.Skipped > 0 {
		parts = append(parts, fmt.Sprintf("%d profiles not compared", d.Skipped))
	}
	return strings.Join(parts, ", ")
}

// String tells the difference with examples.
func (d Difference) String() string {
	var b strings.Builder
	b.WriteString(d.Summary() + "\n")
	for _, p := range d.Profiles {
		for _, e := range p.Examples {
			fmt.Fprintf(&b, "  %s: %s (%s): %s -> %s\n", p.Name, e.Client, e.Geo, e.Before, e.After)
		}
	}
	for i, line := range d.Zone {
		if i == maxLines {
			fmt.Fprintf(&b, "  and %d more records\n", len(d.Zone)-maxLines)
			break
		}
		b.WriteString("  " + line + "\n")
	}
	return b.String()
}
