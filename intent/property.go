package intent

import (
	"fmt"
	"slices"
	"strconv"
)

// Property is what of an object is set.
type Property string

// The properties. Values are text; Off says which of them switch something off.
const (
	DisableGateway Property = "disableGateway" // of locations: "true" or "false"
	EndpointStatus Property = "endpointStatus" // of endpoints: "Enabled" or "Disabled"
	ProfileStatus  Property = "profileStatus"  // of profiles: "Enabled" or "Disabled"
	Verdict        Property = "verdict"        // of targets: "up" or "down", in place of what probes find
	Removing       Property = "removing"       // of locations: "true": it leaves the plan when no client comes any more
	Shed           Property = "shed"           // of locations and endpoints: clients sent elsewhere, "0" .. "4096" of 4096
	Frozen         Property = "frozen"         // of the service: "true": verdicts move no answer
	Forgotten      Property = "forgotten"      // of nodes: "true": it is gone for good
	BackendStatus  Property = "backendStatus"  // of backends: "Enabled" or "Disabled"
	Breaker        Property = "breaker"        // of backends: "open" or "closed", in place of what the breaker's rule finds
)

// maxShed is a share of all clients (routing.Slots).
const maxShed = 4096

// word is what is known of a property.
type word struct {
	kinds []string // of objects that have it
	on    string   // what it is where neither plan nor operator says anything; "" where that is a value of its own
	texts []string // all there are; none: a number up to maxShed
}

// word returns what is known of p, and whether anything is: a newer version may
// know more properties.
func (p Property) word() (w word, ok bool) {
	switch p {
	case DisableGateway:
		return word{[]string{locationKind}, "false", []string{"true", "false"}}, true
	case EndpointStatus, ProfileStatus, BackendStatus:
		kind := map[Property]string{EndpointStatus: endpointKind, ProfileStatus: profileKind, BackendStatus: backendKind}[p]
		return word{[]string{kind}, "Enabled", []string{"Enabled", "Disabled"}}, true
	case Verdict:
		return word{[]string{targetKind}, "", []string{"up", "down"}}, true
	case Shed:
		return word{[]string{locationKind, endpointKind}, "0", nil}, true
	case Removing:
		return word{[]string{locationKind}, "false", []string{"true", "false"}}, true
	case Frozen:
		return word{[]string{string(ServiceObject)}, "false", []string{"true", "false"}}, true
	case Forgotten:
		return word{[]string{nodeKind}, "false", []string{"true", "false"}}, true
	case Breaker:
		return word{[]string{backendKind}, "", []string{"open", "closed"}}, true
	}
	return word{}, false
}

// Documented reports whether a service document says it too.
func (p Property) Documented() bool {
	return p == DisableGateway || p == EndpointStatus || p == ProfileStatus
}

// Off reports whether a text switches something off, wholly or in part. Of
// Frozen and Forgotten it is "true": what wins against its contrary.
func (p Property) Off(text string) bool { return p.offness(text) > 0 }

// offness says how far off a text switches: 0 not at all. Numbers are texts
// too: the greater is more off.
func (p Property) offness(text string) int {
	switch p {
	case DisableGateway, Frozen, Forgotten:
		return count(text == "true")
	case EndpointStatus, ProfileStatus, BackendStatus:
		return count(text == "Disabled")
	case Verdict:
		return count(text == "down")
	case Breaker:
		return count(text == "open")
	case Shed:
		n, _ := strconv.Atoi(text) // what is no number sheds nothing
		return n
	}
	return 0
}

// orDefault returns what a plan says of the property; what holds without a
// word where it says nothing.
func (p Property) orDefault(plan string) string {
	if w, _ := p.word(); plan == "" {
		return w.on
	}
	return plan
}

// validate says whether an object of a kind has the property. Properties of
// which this version knows nothing are let pass.
func (p Property) validate(kind string) error {
	if p == "" || len(p) > maxProperty || !letters(string(p)) {
		return fmt.Errorf("property %.40q: want 1 .. %d letters", p, maxProperty)
	}
	if w, ok := p.word(); ok && !slices.Contains(w.kinds, kind) {
		return fmt.Errorf("property %s of a %.40s: want one of %q", p, kind, w.kinds)
	}
	return nil
}

// check says whether text is a value of the property.
func (p Property) check(text string) error {
	if text == "" || len(text) > maxText || !printable(text) {
		return fmt.Errorf("%s %.80q: want 1 .. %d bytes of printable text", p, text, maxText)
	}
	switch w, ok := p.word(); {
	case !ok:
		return nil
	case w.texts == nil:
		return p.checkNumber(text)
	case !slices.Contains(w.texts, text):
		return fmt.Errorf("%s %.80q: want one of %q", p, text, w.texts)
	}
	return nil
}

func (p Property) checkNumber(text string) error {
	if n, err := strconv.Atoi(text); err != nil || n < 0 || n > maxShed || strconv.Itoa(n) != text {
		return fmt.Errorf("%s %.80q: want 0 .. %d", p, text, maxShed)
	}
	return nil
}
