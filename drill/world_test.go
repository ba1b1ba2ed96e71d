package drill

import "meridian/routing"

func locationName(s string) routing.LocationName { return routing.LocationName(s) }
