package breaker

import (
	"strings"
	"time"
)

// Outcome is how one attempt ended.
type Outcome struct {
	Status     int           // of the upstream's answer; 0: none
	Reason     Reason        // why there is no answer; None with a status
	RetryAfter time.Duration // of the answer; 0: none
	Ignored    bool          // cancelled by the client or late for its body, or a failure of this machine: counts nowhere
	Detail     string        // for Status, at most 200 bytes are kept
}

// Void reports whether the outcome says nothing about the backend.
func (o Outcome) Void() bool {
	return o.Ignored || o.Status == 0 && o.Reason == None
}

// fails reports whether the rule takes an outcome for a failure (DESIGN §8).
// Having no answer is a failure where the rule counts a 500, any server error,
// or this reason.
func (r *Rule) fails(o Outcome) bool {
	switch {
	case o.Void():
		return false
	case o.Reason != None:
		return r.Reasons.Has(ServerErrors) || r.Reasons.Has(o.Reason) || r.covers(500)
	}
	return r.covers(o.Status) || r.Reasons.Has(ServerErrors) && o.Status >= 500 && o.Status <= 599
}

func (r *Rule) covers(status int) bool {
	for _, s := range r.Statuses {
		if status >= s.Min && status <= s.Max {
			return true
		}
	}
	return false
}

// clip keeps the start of a detail, and not what it was cut from.
func clip(text string) string {
	if len(text) <= maxDetail {
		return text
	}
	return strings.ToValidUTF8(strings.Clone(text[:maxDetail]), "")
}
