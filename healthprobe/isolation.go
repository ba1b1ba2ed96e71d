package healthprobe

// Anchor is what an observer's references said when it last had to ask them.
type Anchor uint8

// The states of an anchor.
const (
	AnchorNone     Anchor = iota // no references are configured
	AnchorUnasked                // there was no silent failure to ask about
	AnchorSilent                 // asked, and none answered
	AnchorAnswered               // asked in this round, and at least one answered
)

// String returns the state in lower case.
func (a Anchor) String() string {
	switch a {
	case AnchorUnasked:
		return "unasked"
	case AnchorSilent:
		return "silent"
	case AnchorAnswered:
		return "answered"
	default:
		return "none"
	}
}

// MarshalText implements encoding.TextMarshaler.
func (a Anchor) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// minSuspicious is the fewest targets of which the loss of half says anything.
const minSuspicious = 3

// census counts, among the targets not known to be down, those whose last
// probe met silence. Targets already declared down are no news and do not
// count; while a prober abstains nothing is declared down, so its suspicion
// lasts as long as its trouble.
type census struct{ living, silent int }

// suspicious reports whether so much was lost at once that the prober itself
// may be cut off: half or more of at least three targets.
func (c census) suspicious() bool {
	return c.living >= minSuspicious && 2*c.silent >= c.living
}

// isolation is a prober's judgement of itself. It is pure.
type isolation struct{ isolated bool }

// update takes in the census and what the references said in this round, and
// reports whether the judgement changed. Isolated begins with a mass loss of
// which no reference acquits us; it ends when one does, or when the targets
// answer again.
func (i *isolation) update(c census, a Anchor) bool {
	was := i.isolated
	switch {
	case !c.suspicious() || a == AnchorAnswered:
		i.isolated = false
	case a == AnchorSilent:
		i.isolated = true
	}
	return i.isolated != was
}
