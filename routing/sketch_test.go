package routing

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// sketchPlan reads a plan from a few words a line, so that tables show what
// they test:
//
//	profile shop Weighted ttl=60
//	  a 192.0.2.1 weight=3
//	  b www.example.
//	  c @eu
//	  d @eu/node1 pinned
//	  e >child min=2
//
// The locations eu, us and asia are always there; "location NAME min=2" adds
// one or says more of one of these.
func sketchPlan(text string) (*Plan, error) {
	p := &Plan{Locations: []Location{
		{Name: "eu", Display: "EU"}, {Name: "us", Display: "US"}, {Name: "asia", Display: "Asia"},
	}}
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		if err := p.sketchLine(words); err != nil {
			return nil, fmt.Errorf("line %q: %w", line, err)
		}
	}
	return p, nil
}

func (p *Plan) sketchLine(words []string) error {
	switch {
	case words[0] == "location" && len(words) > 1:
		return p.sketchLocation(words[1], words[2:])
	case words[0] == "profile" && len(words) > 2:
		method, err := ParseMethod(words[2])
		if err != nil {
			return err
		}
		p.Profiles = append(p.Profiles, Profile{Name: ProfileName(words[1]), Method: method, TTL: 60})
		return p.Profiles[len(p.Profiles)-1].sketch(words[3:])
	case len(p.Profiles) == 0 || len(words) < 2:
		return errors.New("want a profile, or an endpoint of one")
	}
	e := Endpoint{Name: EndpointName(words[0]), Target: sketchTarget(words[1])}
	if err := e.sketch(words[2:]); err != nil {
		return err
	}
	last := &p.Profiles[len(p.Profiles)-1]
	last.Endpoints = append(last.Endpoints, e)
	return nil
}

func (p *Plan) sketchLocation(name string, words []string) error {
	l := Location{Name: LocationName(name), Display: name}
	for _, word := range words {
		n, err := strconv.Atoi(strings.TrimPrefix(word, "min="))
		if err != nil {
			return err
		}
		l.MinHealthyGateways = n
	}
	for i := range p.Locations {
		if p.Locations[i].Name == l.Name && len(words) > 0 {
			p.Locations[i].MinHealthyGateways = l.MinHealthyGateways
			return nil
		}
	}
	p.Locations = append(p.Locations, l)
	return nil
}

func sketchTarget(word string) Target {
	if name, ok := strings.CutPrefix(word, ">"); ok {
		return Target{Kind: TargetProfile, Profile: ProfileName(name)}
	}
	if name, ok := strings.CutPrefix(word, "@"); ok {
		if location, node, one := strings.Cut(name, "/"); one {
			return Target{Kind: TargetGateway, Location: LocationName(location), Node: node}
		}
		return Target{Kind: TargetLocation, Location: LocationName(name)}
	}
	if addr, err := netip.ParseAddr(word); err == nil || word == "invalid" {
		return Target{Kind: TargetAddress, Addr: addr}
	}
	return Target{Kind: TargetName, Name: strings.TrimPrefix(word, "nothing")}
}

func (p *Profile) sketch(words []string) error {
	for _, word := range words {
		key, value, _ := strings.Cut(word, "=")
		n, err := strconv.ParseInt(value, 10, 64)
		if value != "" && err != nil {
			return err
		}
		switch key {
		case "ttl":
			p.TTL = uint32(n)
		case "return":
			p.MaxReturn = int(n)
		case "reroll":
			p.Reroll = int(n)
		case "strict":
			p.Strict = true
		case "nodata":
			p.NoMatchNoData = true
		case "partial":
			p.PartialFamilies = true
		case "flatten":
			p.Flatten = true
		default:
			return fmt.Errorf("unknown word %q", word)
		}
	}
	return nil
}

func (e *Endpoint) sketch(words []string) error {
	for _, word := range words {
		key, value, _ := strings.Cut(word, "=")
		if e.sketchText(key, value) {
			continue
		}
		n, err := strconv.Atoi(value)
		if err != nil {
			return err
		}
		number, ok := map[string]*int{
			"weight": &e.Weight, "priority": &e.Priority, "min": &e.MinChild, "min4": &e.MinChildIPv4, "min6": &e.MinChildIPv6,
		}[key]
		if !ok {
			return fmt.Errorf("unknown word %q", word)
		}
		*number = n
	}
	return nil
}

func (e *Endpoint) sketchText(key, value string) bool {
	switch key {
	case "always":
		e.Serve = ServeAlways
	case "pinned":
		e.Serve = ServePinned
	case "in":
		e.Location = LocationName(value)
	case "geo":
		for code := range strings.SplitSeq(value, ",") {
			e.Geo = append(e.Geo, GeoCode(code))
		}
	case "subnets":
		for r := range strings.SplitSeq(value, ",") {
			first, last, _ := strings.Cut(r, "-")
			a, _ := netip.ParseAddr(first)
			b, _ := netip.ParseAddr(last)
			e.Subnets = append(e.Subnets, AddrRange{a, b})
		}
	default:
		return false
	}
	return true
}
