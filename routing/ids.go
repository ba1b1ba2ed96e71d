package routing

// ProfileName is a profile's name relative to the zone, in lower case, without
// a trailing dot: "contoso" or "contoso-westus2-01.regional". It is unique in
// a plan.
type ProfileName string

// EndpointName is an endpoint's name, unique in its profile.
type EndpointName string

// LocationName is a location's id: its display name in lower case, letters and
// digits only ("westus2").
type LocationName string

// ProfileID is a profile's position in Plan.Profiles.
type ProfileID uint32

// EndpointID is an endpoint's position in the list made by taking the profiles
// in plan order and the endpoints of each in their order.
type EndpointID uint32

// LocationID is a location's position in Plan.Locations.
type LocationID uint16

// ParseLocationName derives a location's id from either of its spellings:
// "West US 2" and "westus2" both give "westus2". The result is empty when s
// holds no letter or digit.
func ParseLocationName(s string) LocationName {
	id := make([]byte, 0, len(s))
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9':
			id = append(id, c)
		case c >= 'A' && c <= 'Z':
			id = append(id, c+'a'-'A')
		}
	}
	return LocationName(id)
}
