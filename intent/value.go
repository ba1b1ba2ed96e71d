package intent

import (
	"encoding/json"
	"time"
)

// NodeID identifies a node for ever (cluster.NodeID).
type NodeID string

// Object is what a value is about: "location/westus2", "profile/shop",
// "endpoint/shop/us", "target/shop/us", "node/<id>", "service".
type Object string

// Property is what of an object is set.
type Property string

// The properties. Values are text; Off says which of them switch something off.
const (
	DisableGateway Property = "disableGateway" // of locations: "true" or "false"
	EndpointStatus Property = "endpointStatus" // of endpoints: "Enabled" or "Disabled"
	ProfileStatus  Property = "profileStatus"  // of profiles: "Enabled" or "Disabled"
	Verdict        Property = "verdict"        // of targets: "up" or "down", in place of what probes find
	Shed           Property = "shed"           // of locations and endpoints: clients sent elsewhere, "0" .. "4096" of 4096
	Frozen         Property = "frozen"         // of the service: "true": verdicts move no answer
	Forgotten      Property = "forgotten"      // of nodes: "true": it is gone for good
)

// Layer is where a value lies. A layer never overwrites another.
type Layer uint8

// The layers, lowest first.
const (
	Standing Layer = iota // until it is cleared
	Timed                 // until its lease ends
	Drill                 // until its drill ends
)

// Key is what one value is written under.
type Key struct {
	Object   Object
	Property Property
	Layer    Layer
}

// ID names a value: ids are totally ordered, by time and then by node.
type ID struct {
	Time Time
	Node NodeID
}

// Seen is everything of one key that an author had seen: of each node the
// newest. It holds what those values had seen themselves, so that it is closed.
type Seen map[NodeID]Time

// Value is one thing an operator said. It never changes.
type Value struct {
	Key
	ID     ID
	Seen   Seen
	Clear  bool            // nothing is set: what lies below counts
	Text   string          // the value; empty where Clear
	For    time.Duration   // lease, from when it was written; 0: none
	By     string          // who said it: the name of a token, "socket", "drill"
	Reason string          // why
	Bypass []string        // safety rules that do not hold it, such as "minEnabledLocations"
	Detail json.RawMessage // what the writer keeps with it, such as a drill's plan
}
