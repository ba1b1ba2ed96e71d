package backend

import (
	"net/netip"
	"time"

	"meridian/gateway/breaker"
)

// Status is a backend as seen at one time.
type Status struct {
	Backend   string
	URL       string // without user and query
	Region    string
	Rule      bool // it has a breaker of its own
	Breaker   breaker.Status
	Order     Order // what operators want; zero: nothing
	InFlight  int
	Addresses []AddressStatus
	Lookup    string // what the last lookup complained of; "": nothing
}

// AddressStatus is an address of a backend.
type AddressStatus struct {
	Addr      netip.AddrPort
	Since     time.Time // first seen, of this appearance
	Ejected   time.Time // until then; zero: it is not
	Failures  int       // ejections that have not decayed yet
	InFlight  int
	LastError string
	LastAt    time.Time // of LastError
}

// Explanation is how a target would choose now. Asking changes nothing.
type Explanation struct {
	Target  string
	Pool    bool
	Members []MemberExplanation // in the order they would be asked
	Chosen  string              // name of the backend; "": none
	Addr    netip.AddrPort      // that would be tried first; zero: none known
	URL     string              // where the request would go, of Chosen
	Retry   time.Duration       // where none is chosen, the smallest wait
	Refused string              // why nothing can be asked whatever breakers say; "": it can
}

// MemberExplanation is a backend's place in the choice.
type MemberExplanation struct {
	Backend  string
	Priority int
	Weight   int
	Rank     int    // of its region, with PreferRegion
	Why      string // chosen, next, standby, refused, open, halfOpen, forcedOpen, disabled
	Refused  string // why none of its addresses may be used; "": one may, or none is known yet
	Wait     time.Duration
	Status   Status
}
