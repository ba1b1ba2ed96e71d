package breaker

import "strings"

// Reason is why an attempt had no answer, or a class of failures a rule names.
type Reason uint8

// The reasons. As the reason of an outcome, ServerErrors means that the
// connection broke before an answer; in a rule it means 5xx or no answer for
// whatever reason.
const (
	None Reason = iota
	ServerErrors
	Timeout
	BackendConnectionFailure
)

// ReasonSet is a set of reasons.
type ReasonSet uint8

// Reasons returns the set of rs.
func Reasons(rs ...Reason) ReasonSet {
	var s ReasonSet
	for _, r := range rs {
		s |= 1 << r
	}
	return s &^ (1 << None)
}

// Has reports whether r is in the set.
func (s ReasonSet) Has(r Reason) bool { return r != None && s&(1<<r) != 0 }

// ParseReason reads a reason as Azure's documents spell it ("Server errors",
// "timeout", "BackendConnectionFailure"), in any case and spacing. Azure takes
// free strings: one we do not know is None and not known.
func ParseReason(text string) (r Reason, known bool) {
	switch strings.ToLower(strings.ReplaceAll(text, " ", "")) {
	case "servererrors", "servererror":
		return ServerErrors, true
	case "timeout":
		return Timeout, true
	case "backendconnectionfailure":
		return BackendConnectionFailure, true
	}
	return None, false
}

// String returns the reason as documents spell it; "" for None.
func (r Reason) String() string {
	switch r {
	case ServerErrors:
		return "Server errors"
	case Timeout:
		return "Timeout"
	case BackendConnectionFailure:
		return "BackendConnectionFailure"
	}
	return ""
}
