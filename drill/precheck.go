package drill

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"meridian/routing"
)

// LocationState is a location as the precheck sees it.
type LocationState struct {
	Name      routing.LocationName
	Enabled   bool    // no operator switched it off
	Drilled   bool    // a drill is on
	Healthy   bool    // its verdict is up
	Internal  bool    // only for clients inside: it carries nobody else's load
	Nodes     int     // gateways that are alive
	UnitRPS   float64 // declared for one node, requests per second; 0: unknown
	Load      float64 // requests per second that its clients send now
	LoadKnown bool
}

// Standing is another drill.
type Standing struct {
	ID       string
	Location routing.LocationName
}

// Inquiry is what Precheck looks at.
type Inquiry struct {
	Spec       Spec
	Now        time.Time
	Locations  []LocationState // all of the service
	MinEnabled int             // safety.minEnabledLocations
	Bypass     bool            // of minEnabledLocations
	Running    []Standing      // drills that have not ended; the spec's own id is skipped
	Blocked    []Interval      // when no drill may run
	Signals    []Reading       // the blocking signals, just read
}

// Precheck says what speaks against a drill, refusals first. With Spec.Force
// all but a missing location and minEnabledLocations only warn; the latter is
// overruled by its own bypass.
func Precheck(in Inquiry) []Finding {
	own := slices.IndexFunc(in.Locations, func(l LocationState) bool { return l.Name == in.Spec.Location })
	if own < 0 {
		return []Finding{{Severity: Refuse, Rule: RuleLocation, Text: fmt.Sprintf("there is no location %q", in.Spec.Location)}}
	}
	c := inquiry{Inquiry: in, own: in.Locations[own]}
	for _, l := range in.Locations {
		if l.Name != in.Spec.Location && l.Enabled && !l.Drilled && l.Internal == c.own.Internal {
			c.rest = append(c.rest, l)
		}
	}
	for _, check := range []func(*inquiry){
		(*inquiry).location, (*inquiry).minEnabled, (*inquiry).others, (*inquiry).health,
		(*inquiry).capacity, (*inquiry).signals, (*inquiry).windows,
	} {
		check(&c)
	}
	slices.SortStableFunc(c.found, func(a, b Finding) int { return strings.Compare(string(a.Severity), string(b.Severity)) })
	return c.found
}

// inquiry is a Precheck on its way.
type inquiry struct {
	Inquiry
	own   LocationState
	rest  []LocationState // those that would carry the load
	found []Finding
}

func (c *inquiry) warn(rule, format string, args ...any) {
	c.found = append(c.found, Finding{Severity: Warn, Rule: rule, Text: fmt.Sprintf(format, args...)})
}

// refuse adds a refusal, or a warning where it is overruled.
func (c *inquiry) refuse(overruled bool, rule, format string, args ...any) {
	f := Finding{Severity: Refuse, Rule: rule, Text: fmt.Sprintf(format, args...)}
	if overruled {
		f.Severity, f.Forced = Warn, true
	}
	c.found = append(c.found, f)
}

func (c *inquiry) location() {
	switch {
	case !c.own.Enabled:
		c.refuse(c.Spec.Force, RuleLocation, "%s is switched off already: a drill would show nothing", c.own.Name)
	case !c.own.Healthy:
		c.refuse(c.Spec.Force, RuleLocation, "%s is down already: a drill would show nothing", c.own.Name)
	}
}

func (c *inquiry) minEnabled() {
	left := 0
	for _, l := range c.Locations {
		if l.Name != c.own.Name && l.Enabled && !l.Drilled {
			left++
		}
	}
	if c.Spec.Portion() == 1 && left < c.MinEnabled {
		c.refuse(c.Bypass, RuleMinEnabled, "%d enabled locations would be left, at least %d are required", left, c.MinEnabled)
	}
}

func (c *inquiry) others() {
	for _, o := range c.Running {
		if o.ID != c.Spec.ID {
			c.refuse(c.Spec.Force, RuleOther, "drill %s of %s is on its way", o.ID, o.Location)
		}
	}
}

func (c *inquiry) health() {
	up := 0
	for _, l := range c.rest {
		if l.Healthy {
			up++
			continue
		}
		c.refuse(c.Spec.Force, RuleHealth, "%s is not healthy", l.Name)
	}
	if up == 0 {
		c.refuse(c.Spec.Force, RuleHealth, "no other location is up: the drill would yield at once")
	}
}

func (c *inquiry) signals() {
	for _, r := range c.Signals {
		if !r.Green {
			c.refuse(c.Spec.Force, RuleSignal, "blocking signal %s is red: %s", r.Signal, r.Text)
		}
	}
}

func (c *inquiry) windows() {
	end := c.Now.Add(c.Spec.For)
	for _, w := range c.Blocked {
		if w.From.Before(end) && c.Now.Before(w.To) {
			c.refuse(c.Spec.Force, RuleWindow, "no drill may run from %s to %s", w.From.UTC().Format(time.RFC3339), w.To.UTC().Format(time.RFC3339))
		}
	}
}
