package demo

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"meridian/routing"
)

// place is one of the demo's locations.
type place struct {
	ID      routing.LocationName
	Display string     // the name as people write it
	Addr    netip.Addr // of its name server and its gateway
	Admin   netip.Addr // of its admin API
	Primary bool       // its node writes the plan
}

// places lists the locations. The first one's admin API is where the command
// line asks when it is not told otherwise.
func places() []place {
	out := make([]place, 0, 3)
	for i, display := range []string{"West US 2", "West Europe", "Japan East"} {
		addr := netip.AddrFrom4([4]byte{127, 0, byte(i + 1), 1})
		p := place{ID: routing.ParseLocationName(display), Display: display, Addr: addr, Admin: addr, Primary: i == 0}
		if p.Primary {
			p.Admin = netip.AddrFrom4([4]byte{127, 0, 0, 1})
		}
		out = append(out, p)
	}
	return out
}

// findPlace returns the index of a location by either spelling: "West Europe"
// or westeurope.
func findPlace(name string) (int, error) {
	var known []string
	for i, p := range places() {
		if p.ID == routing.ParseLocationName(name) {
			return i, nil
		}
		known = append(known, fmt.Sprintf("%s (%s)", p.ID, p.Display))
	}
	return 0, fmt.Errorf("location %q: want one of %s", name, strings.Join(known, ", "))
}

// at returns the display name of the location with an address; the address
// itself where there is none.
func at(a netip.Addr) string {
	i := slices.IndexFunc(places(), func(p place) bool { return p.Addr == a })
	if i >= 0 {
		return places()[i].Display
	}
	return a.String()
}

// hostPort joins an address and a port.
func hostPort(a netip.Addr, port int) string { return a.String() + ":" + strconv.Itoa(port) }

func decimal(n int) string { return strconv.Itoa(n) }
