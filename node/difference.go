package node

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"meridian/routing"
)

// Bounds of a Difference.
const (
	maxGroups   = 400  // client groups compared
	maxProfiles = 2000 // profiles compared
	maxExamples = 3    // changes shown of one profile
)

// Difference is what a new plan changes in the answers of client groups: one
// client stands for all of which the tables know the same.
type Difference struct {
	Groups   int // client groups compared
	Profiles []ProfileDifference
	Skipped  int // profiles that were not compared
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
// same health.
func differ(before *live, g *generation) Difference {
	after := g.structure.Publish(fold(g, verdictsOf(before.rulings), before.addrs), nil)
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
		was, is := spell(before, old, c), spell(after, id, c)
		if was == is {
			continue
		}
		if p.Groups++; len(p.Examples) < maxExamples {
			prefix, _ := c.Addr.Prefix(int(c.Bits))
			p.Examples = append(p.Examples, AnswerChange{prefix, geoOf(after, c), was, is})
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

// spell writes a client's answer so that two plans' can be compared.
func spell(s *routing.Snapshot, id routing.ProfileID, c routing.Client) string {
	var d routing.Decision
	s.Decide(&routing.Query{Profile: id, Client: c}, &d)
	if d.Set == routing.NoSet {
		return "no answer"
	}
	set := s.Set(d.Set)
	if set.Name != "" {
		return set.Name
	}
	var parts []string
	for _, a := range slices.Concat(set.IPv4, set.IPv6) {
		parts = append(parts, a.String())
	}
	return strings.Join(parts, " ")
}

func geoOf(s *routing.Snapshot, c routing.Client) routing.GeoCode {
	t := s.Clients()
	return t.Info(t.Class(t.Find(c.Addr))).Geo
}

// Summary tells the difference in one line.
func (d Difference) Summary() string {
	if len(d.Profiles) == 0 {
		return fmt.Sprintf("no answer changes for any of %d client groups", d.Groups)
	}
	var parts []string
	for _, p := range d.Profiles[:min(len(d.Profiles), 5)] {
		parts = append(parts, fmt.Sprintf("%s %s (%d of %d client groups)", p.Name, p.Kind, p.Groups, d.Groups))
	}
	if more := len(d.Profiles) - 5; more > 0 {
		parts = append(parts, fmt.Sprintf("and %d more profiles", more))
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
	return b.String()
}
