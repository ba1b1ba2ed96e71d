package routing

// Status is an endpoint's or a profile's monitor status. The names are Azure
// Traffic Manager's (azure.md §1.5); a profile says CheckingEndpoints where an
// endpoint says CheckingEndpoint.
type Status uint8

const (
	CheckingEndpoint Status = iota
	Online
	Degraded
	Disabled
	Inactive
	Stopped
	Unmonitored
)

// String returns the status as an endpoint shows it.
func (s Status) String() string {
	return [...]string{
		"CheckingEndpoint", "Online", "Degraded", "Disabled", "Inactive", "Stopped", "Unmonitored",
	}[s]
}

// MarshalText implements encoding.TextMarshaler.
func (s Status) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// ProfileString returns the status as a profile shows it.
func (s Status) ProfileString() string {
	if s == CheckingEndpoint {
		return "CheckingEndpoints"
	}
	return s.String()
}

// Tier orders endpoints by how willingly they are answered. Candidates are
// those of the highest tier above TierOff that is not empty.
type Tier uint8

const (
	TierOff       Tier = iota // off by an operator, Inactive or Stopped, or nothing to answer
	TierDegraded              // down
	TierDrill                 // available, but in a drill
	TierAvailable             // online, checking, unmonitored
)

// String returns the tier's name.
func (t Tier) String() string {
	return [...]string{"off", "degraded", "drill", "available"}[t]
}
