package drill

// Severity says what a finding does.
type Severity string

// The severities.
const (
	Refuse Severity = "refuse" // the drill does not begin
	Warn   Severity = "warn"
)

// Rules of the precheck.
const (
	RuleLocation   = "location"            // there is no such location, or it is off or down already
	RuleOther      = "otherDrill"          // one drill at a time
	RuleCapacity   = "capacity"            // the remaining locations could not carry the load
	RuleHealth     = "remainingHealth"     // a remaining location is not healthy
	RuleMinEnabled = "minEnabledLocations" // the safety rule of the plan
	RuleSignal     = "blockingSignal"      // a blocking signal is red
	RuleWindow     = "blockedWindow"       // no drills at this time
)

// Finding is one result of the precheck.
type Finding struct {
	Severity Severity `json:"severity"`
	Rule     string   `json:"rule"`
	Text     string   `json:"text"`
	Forced   bool     `json:"forced,omitempty"` // it would refuse, but the spec overrules it
}

// Refusal returns the first finding that refuses.
func Refusal(list []Finding) (Finding, bool) {
	for _, f := range list {
		if f.Severity == Refuse {
			return f, true
		}
	}
	return Finding{}, false
}
