package intent

import "strings"

// Object is what a value is about: "location/westus2", "profile/shop",
// "endpoint/shop/us", "target/shop/us", "node/<id>", "backend/test1",
// "service".
type Object string

// ServiceObject is the service as a whole.
const ServiceObject Object = "service"

// The kinds of objects: what stands before the first slash.
const (
	locationKind = "location"
	profileKind  = "profile"
	endpointKind = "endpoint"
	targetKind   = "target"
	nodeKind     = "node"
	backendKind  = "backend"
)

// LocationObject returns the object of a location, given its id ("westus2").
func LocationObject(location string) Object { return object(locationKind, location) }

// ProfileObject returns the object of a profile.
func ProfileObject(profile string) Object { return object(profileKind, profile) }

// EndpointObject returns the object of an endpoint of a profile.
func EndpointObject(profile, endpoint string) Object { return object(endpointKind, profile, endpoint) }

// TargetObject returns the object of what is probed, given its id ("shop/us").
func TargetObject(target string) Object { return object(targetKind, target) }

// NodeObject returns the object of a node.
func NodeObject(node NodeID) Object { return object(nodeKind, string(node)) }

// BackendObject returns the object of a backend, given its name in lower case.
func BackendObject(backend string) Object { return object(backendKind, backend) }

func object(parts ...string) Object { return Object(strings.Join(parts, "/")) }

// Kind returns what sort of object it is: "location" of "location/westus2",
// "service" of "service".
func (o Object) Kind() string {
	kind, _, _ := strings.Cut(string(o), "/")
	return kind
}

// Name returns what follows the kind: "shop/us" of "endpoint/shop/us".
func (o Object) Name() string {
	_, name, _ := strings.Cut(string(o), "/")
	return name
}
