package routing

// Snapshot is a Structure in one State: the tables Decide reads. It is
// immutable.
type Snapshot struct {
	*Structure
	generation uint64
	tier       []Tier   // by EndpointID
	status     []Status // by EndpointID
	choice     []Choice // by EndpointID
	shed       []uint16 // by EndpointID
	profile    []profileState
	place      []placeState // by nodeID, less the number of profiles
	picks      []*pick      // by nodeID
	dynamic    setTable
	proj       []*projection
	projByKey  map[string]int32
}

// profileState is what a Publish found out about a profile.
type profileState struct {
	status  Status
	top     Tier
	lacking bool // some endpoint that is on has no address to answer
	answers Answers
	// Endpoints by how available they are, for the rule of nested profiles.
	online, checking, drilled counts
}

// counts are numbers of endpoints: all, and those that have a family.
type counts struct{ all, v4, v6 int }

func (c *counts) add(a Answers) {
	c.all++
	if a.IPv4 {
		c.v4++
	}
	if a.IPv6 {
		c.v6++
	}
}

func (c counts) plus(d counts) counts { return counts{c.all + d.all, c.v4 + d.v4, c.v6 + d.v6} }

// meets reports whether c reaches every minimum e asks of its child
// (azure.md §1.7).
func (c counts) meets(e *Endpoint) bool {
	return c.all >= max(1, e.MinChild) && c.v4 >= e.MinChildIPv4 && c.v6 >= e.MinChildIPv6
}

// placeAt returns the state of a node that is a place.
func (s *Snapshot) placeAt(id nodeID) *placeState { return &s.place[int(id)-len(s.plan.Profiles)] }

// nothing returns why a profile of which no endpoint can be answered has none.
func (s *Snapshot) nothing(n *profileNode) option {
	if s.profile[n.id].lacking {
		return noAddress()
	}
	return off()
}

// Generation changes when SetIDs lose their meaning: ids of two snapshots may
// be compared only if their Structure and generation are the same.
func (s *Snapshot) Generation() uint64 { return s.generation }

// Sets returns the number of answer sets: their ids are below it.
func (s *Snapshot) Sets() int { return len(s.sets) + len(s.dynamic.sets) }

// Set returns an answer set; id must not be NoSet. It must not be changed.
func (s *Snapshot) Set(id SetID) AnswerSet {
	if int(id) < len(s.sets) {
		return s.sets[id]
	}
	return s.dynamic.sets[id-s.dynamic.first]
}

// Answers says which questions a profile answers.
func (s *Snapshot) Answers(id ProfileID) Answers { return s.profile[id].answers }

// EndpointStatus returns an endpoint's monitor status.
func (s *Snapshot) EndpointStatus(id EndpointID) Status { return s.status[id] }

// EndpointTier returns an endpoint's tier.
func (s *Snapshot) EndpointTier(id EndpointID) Tier { return s.tier[id] }

// ProfileStatus returns a profile's monitor status.
func (s *Snapshot) ProfileStatus(id ProfileID) Status { return s.profile[id].status }

// ProfileTier returns the highest tier of a profile's endpoints.
func (s *Snapshot) ProfileTier(id ProfileID) Tier { return s.profile[id].top }

// LocationStatus returns the status that its gateways give a location, operators
// aside; Stopped where no profile names it or no gateway is known.
func (s *Snapshot) LocationStatus(name LocationName) Status {
	id, known := s.location[name]
	if at, named := s.places[placeKey{location: id}]; known && named {
		return s.placeAt(at).status
	}
	return Stopped
}

// Size tells how large the tables of a Snapshot are.
type Size struct {
	Profiles    int
	Endpoints   int
	Blocks      int // client blocks
	Classes     int // client classes
	Sets        int // answer sets
	Projections int // tables by class in use
	Exact       int // of those, with minimal ECS scopes
}

// Size returns the sizes of the snapshot's tables.
func (s *Snapshot) Size() Size {
	size := Size{
		Profiles: len(s.plan.Profiles), Endpoints: s.ends,
		Blocks: s.clients.Len(), Classes: s.clients.Classes(), Sets: s.Sets(),
	}
	for i, live := range s.liveProjections() {
		if live {
			size.Projections++
			if s.proj[i].bits != nil {
				size.Exact++
			}
		}
	}
	return size
}
