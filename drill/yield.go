package drill

import (
	"fmt"

	"meridian/routing"
)

// Member is a location of a profile as a snapshot has it.
type Member struct {
	Location routing.LocationName
	Tier     routing.Tier
}

// Yields reports whether a drill of location must end because nothing else is
// up: the location itself is not switched off, and no other member is available.
// Answers name the location again by their tier (ROUTING.md, "Tiers") before
// the drill has ended; this is what ends it, and why says so.
func Yields(location routing.LocationName, members []Member) (why string, yields bool) {
	own, others := false, 0
	for _, m := range members {
		switch {
		case m.Location == location:
			own = own || m.Tier != routing.TierOff
		case m.Tier == routing.TierAvailable:
			return "", false
		default:
			others++
		}
	}
	if !own {
		return "", false
	}
	return fmt.Sprintf("none of the %d other locations is available", others), true
}
