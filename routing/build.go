package routing

import (
	"slices"
	"strconv"
)

// Structure is a plan and a client table compiled: all that health cannot
// change. It is immutable.
type Structure struct {
	plan     Plan
	clients  *ClientTable
	nodes    []node
	order    []ProfileID // children before parents
	profiles map[ProfileName]ProfileID
	places   map[placeKey]nodeID
	location map[LocationName]LocationID
	sets     []AnswerSet // those no state can change; SetIDs from 0
	ends     int         // number of endpoints
	chains   map[GeoCode][]GeoCode
}

type placeKey struct {
	location LocationID
	gateway  string
}

// Build compiles a plan. The error is the Issues of Check that are not
// warnings, all at once.
func Build(p *Plan, clients *ClientTable) (*Structure, error) {
	if issues := Check(p).Errors(); len(issues) > 0 {
		return nil, issues
	}
	s := &Structure{
		clients:  clients,
		profiles: map[ProfileName]ProfileID{},
		places:   map[placeKey]nodeID{},
		location: map[LocationName]LocationID{},
		chains:   chainsOf(clients),
	}
	s.plan.Locations = slices.Clone(p.Locations)
	for i, l := range p.Locations {
		s.location[l.Name] = LocationID(i)
	}
	for i := range p.Profiles {
		s.profiles[p.Profiles[i].Name] = ProfileID(i)
		s.addProfile(p.Profiles[i])
	}
	for i := range s.plan.Profiles {
		s.addPlaces(s.nodes[i].profile)
	}
	tables := map[string]*slotTable{}
	for i := range s.plan.Profiles {
		s.compile(s.nodes[i].profile, tables)
	}
	s.order = postOrder(s)
	for _, id := range s.order {
		n := s.nodes[id].profile
		n.name = s.answersNames(n)
	}
	return s, nil
}

// chainsOf returns, for each code of the table, the code and those above it.
func chainsOf(clients *ClientTable) map[GeoCode][]GeoCode {
	chains := map[GeoCode][]GeoCode{}
	for i := range clients.Classes() {
		leaf := clients.Info(ClassID(i)).Geo
		if chains[leaf] != nil {
			continue
		}
		for c := leaf; c != "" && c != World; c = c.Parent() {
			chains[leaf] = append(chains[leaf], c)
		}
		chains[leaf] = append(chains[leaf], World)
	}
	return chains
}

func (s *Structure) addProfile(p Profile) {
	p.Endpoints = slices.Clone(p.Endpoints)
	s.plan.Profiles = append(s.plan.Profiles, p)
	n := &profileNode{
		Profile: p,
		id:      ProfileID(len(s.nodes)),
		first:   EndpointID(s.ends),
		seed:    hashString(string(p.Name) + "#" + strconv.Itoa(p.Reroll)),
	}
	n.Endpoints = slices.Clone(p.Endpoints) // compiled in place; the plan keeps what was said
	for i := range n.Endpoints {
		n.hashes = append(n.hashes, hashString(string(n.Endpoints[i].Name)))
		n.everyone = append(n.everyone, uint8(i))
	}
	s.ends += len(n.Endpoints)
	s.nodes = append(s.nodes, node{profile: n})
}

// addPlaces adds a node for every place that n's endpoints name.
func (s *Structure) addPlaces(n *profileNode) {
	for i := range n.Endpoints {
		t := &n.Endpoints[i].Target
		if t.Kind != TargetLocation && t.Kind != TargetGateway {
			continue
		}
		key := s.placeKey(t)
		if _, ok := s.places[key]; ok {
			continue
		}
		minimum := 1
		if key.gateway == "" {
			minimum = max(1, s.plan.Locations[key.location].MinHealthyGateways)
		}
		s.places[key] = nodeID(len(s.nodes))
		s.nodes = append(s.nodes, node{place: &place{
			location: key.location, gateway: key.gateway, minimum: minimum,
			seed: hashString(string(t.Location)),
		}})
	}
}

func (s *Structure) placeKey(t *Target) placeKey {
	key := placeKey{location: s.location[t.Location]}
	if t.Kind == TargetGateway {
		key.gateway = t.Node
	}
	return key
}

// compile resolves the references of n's endpoints and adds its groups of equals.
func (s *Structure) compile(n *profileNode, tables map[string]*slotTable) {
	for i := range n.Endpoints {
		n.where = append(n.where, s.whereIs(&n.Endpoints[i]))
		n.stands = append(n.stands, s.standsFor(&n.Endpoints[i].Target))
		n.static = append(n.static, s.staticChoice(n, i))
	}
	s.compileMethod(n, tables)
	n.groupIDs = map[string]nodeID{}
	for _, members := range n.equals() {
		if _, known := n.groupIDs[string(members)]; known || len(members) < 2 {
			continue
		}
		n.groupIDs[string(members)] = nodeID(len(s.nodes))
		s.nodes = append(s.nodes, node{group: &group{n, members}})
	}
}

// compileMethod fills what one method needs.
func (s *Structure) compileMethod(n *profileNode, tables map[string]*slotTable) {
	switch n.Method {
	case Performance:
		n.compilePlaces()
	case Priority:
		n.compileOrder()
	case Geographic:
		n.compileMapping()
	case Subnet:
		n.compileSpans()
	case Weighted:
		k := slotKey(n.Endpoints)
		if tables[k] == nil {
			tables[k] = newSlotTable(n.Endpoints)
		}
		n.slots = tables[k]
	}
}

// standsFor returns the location whose gateways a target is.
func (s *Structure) standsFor(t *Target) LocationID {
	if t.Kind == TargetLocation || t.Kind == TargetGateway {
		return s.location[t.Location]
	}
	return NoLocation
}

// whereIs returns the place of an endpoint in the ranking of locations.
func (s *Structure) whereIs(e *Endpoint) LocationID {
	name := e.Location
	if name == "" {
		name = e.Target.Location
	}
	if id, ok := s.location[name]; ok {
		return id
	}
	return NoLocation
}

// staticChoice returns what endpoint i leads to where no state can change it.
func (s *Structure) staticChoice(n *profileNode, i int) Choice {
	set := AnswerSet{Location: NoLocation, Endpoints: []EndpointID{n.first + EndpointID(i)}}
	switch t := &n.Endpoints[i].Target; t.Kind {
	case TargetProfile:
		return choose(nodeID(s.profiles[t.Profile]))
	case TargetLocation, TargetGateway:
		return choose(s.places[s.placeKey(t)])
	case TargetAddress:
		set.add(t.Addr)
	case TargetName:
		if n.Flatten {
			return noChoice
		}
		set.Name = t.Name
	}
	s.sets = append(s.sets, set)
	return Choice(len(s.sets) - 1)
}

// postOrder lists the profiles, children before parents.
func postOrder(s *Structure) []ProfileID {
	order := make([]ProfileID, 0, len(s.plan.Profiles))
	done := make([]bool, len(s.plan.Profiles))
	var visit func(id ProfileID)
	visit = func(id ProfileID) {
		if done[id] {
			return
		}
		done[id] = true
		for _, e := range s.plan.Profiles[id].Endpoints {
			if e.Target.Kind == TargetProfile {
				visit(s.profiles[e.Target.Profile])
			}
		}
		order = append(order, id)
	}
	for id := range s.plan.Profiles {
		visit(ProfileID(id))
	}
	return order
}

// answersNames reports whether n's tree is of kind name. Check has refused
// mixtures, so one name tells; a tree without leaves is not.
func (s *Structure) answersNames(n *profileNode) bool {
	return slices.ContainsFunc(n.Endpoints, func(e Endpoint) bool {
		if e.Target.Kind == TargetProfile {
			return s.nodes[s.profiles[e.Target.Profile]].profile.name
		}
		return e.Target.Kind == TargetName && !n.Flatten
	})
}

// NewState returns a State of the right sizes in which everything is on and
// unchecked and no gateway is known.
func (s *Structure) NewState() *State {
	return &State{
		Profiles:  make([]Switch, len(s.plan.Profiles)),
		Endpoints: make([]EndpointState, s.ends),
		Locations: make([]LocationState, len(s.plan.Locations)),
	}
}

// Plan returns the plan the structure was built from. It must not be changed.
func (s *Structure) Plan() *Plan { return &s.plan }

// Clients returns the client table.
func (s *Structure) Clients() *ClientTable { return s.clients }

// ProfileID returns the id of a profile.
func (s *Structure) ProfileID(name ProfileName) (ProfileID, bool) {
	id, ok := s.profiles[name]
	return id, ok
}

// LocationID returns the id of a location.
func (s *Structure) LocationID(name LocationName) (LocationID, bool) {
	id, ok := s.location[name]
	return id, ok
}

// EndpointID returns the id of an endpoint of a profile.
func (s *Structure) EndpointID(profile ProfileName, endpoint EndpointName) (EndpointID, bool) {
	id, ok := s.profiles[profile]
	if !ok {
		return 0, false
	}
	n := s.nodes[id].profile
	i := slices.IndexFunc(n.Endpoints, func(e Endpoint) bool { return e.Name == endpoint })
	return n.first + EndpointID(max(i, 0)), i >= 0
}

// Endpoint returns the profile of an endpoint and its place there.
func (s *Structure) Endpoint(id EndpointID) (ProfileID, int) {
	i, found := slices.BinarySearchFunc(s.plan.Profiles, id, func(p Profile, id EndpointID) int {
		return int(s.nodes[s.profiles[p.Name]].profile.first) - int(id)
	})
	if !found {
		i--
	}
	for len(s.plan.Profiles[i].Endpoints) == 0 { // empty profiles share a first id with the next
		i++
	}
	return ProfileID(i), int(id - s.nodes[i].profile.first)
}
