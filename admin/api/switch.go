package api

import "time"

// Switch is one thing an operator says of an object. Object and Property are
// intent's words: "location/westus2" and disableGateway ("true", "false") or
// shed ("0" to "4096" of 4096 clients); "profile/shop" and profileStatus, and
// "endpoint/shop/us" and endpointStatus ("Enabled", "Disabled") or shed;
// "target/shop/us" and verdict ("up", "down"); "backend/test1" and backendStatus
// ("Enabled", "Disabled") or breaker ("open", "closed"); "service" and frozen
// ("true").
type Switch struct {
	Object   string
	Property string
	Text     string        // empty where Reset
	Reset    bool          // take away what operators said: the plan counts, or the probes
	For      time.Duration // lease; 0: until it is taken away
}

// LocationPatch switches a location.
type LocationPatch struct {
	DisableGateway *bool        `json:"disableGateway" nullable:"true" doc:"true: take the location out of service; false: put it back; null: take away what operators said, so that the plan counts"`
	For            string       `json:"for,omitempty" maxLength:"32" doc:"How long, PT30M or 30m; until it is taken away without" example:"30m"`
	Share          string       `json:"share,omitempty" maxLength:"16" doc:"With disableGateway true: send only this share of the clients elsewhere" example:"20%"`
	Reason         string       `json:"reason,omitempty" maxLength:"1024"`
	Bypass         List[string] `json:"bypass,omitempty" nullable:"false" maxItems:"8" doc:"Safety rules that shall not hold it: minEnabledLocations, degraded; needs a reason"`
}

// ProfilePatch switches a profile.
type ProfilePatch struct {
	Status *string      `json:"profileStatus" nullable:"true" enum:"Enabled,Disabled" doc:"null: take away what operators said"`
	For    string       `json:"for,omitempty" maxLength:"32" doc:"How long, PT30M or 30m" example:"30m"`
	Reason string       `json:"reason,omitempty" maxLength:"1024"`
	Bypass List[string] `json:"bypass,omitempty" nullable:"false" maxItems:"8" doc:"Safety rules that shall not hold it; needs a reason"`
}

// EndpointPatch switches an endpoint.
type EndpointPatch struct {
	Status *string      `json:"endpointStatus" nullable:"true" enum:"Enabled,Disabled" doc:"null: take away what operators said"`
	For    string       `json:"for,omitempty" maxLength:"32" doc:"How long, PT30M or 30m" example:"30m"`
	Share  string       `json:"share,omitempty" maxLength:"16" doc:"With endpointStatus Disabled: send only this share of the clients elsewhere" example:"20%"`
	Reason string       `json:"reason,omitempty" maxLength:"1024"`
	Bypass List[string] `json:"bypass,omitempty" nullable:"false" maxItems:"8" doc:"Safety rules that shall not hold it; needs a reason"`
}

// TargetPatch forces the verdict of a target.
type TargetPatch struct {
	Verdict *string      `json:"verdict" nullable:"true" enum:"up,down" doc:"What counts in place of what the probes find; null: the probes again"`
	For     string       `json:"for,omitempty" maxLength:"32" doc:"How long, PT30M or 30m" example:"30m"`
	Reason  string       `json:"reason,omitempty" maxLength:"1024"`
	Bypass  List[string] `json:"bypass,omitempty" nullable:"false" maxItems:"8" doc:"Safety rules that shall not hold it; needs a reason"`
}

// FreezeOrder asks that verdicts move no answer for a while. Operators still do.
type FreezeOrder struct {
	For    string `json:"for" minLength:"1" maxLength:"32" doc:"How long, PT30M or 30m" example:"30m"`
	Reason string `json:"reason" minLength:"1" maxLength:"1024"`
}

// Freeze says whether verdicts move answers.
type Freeze struct {
	Frozen bool    `json:"frozen"`
	Intent *Intent `json:"intent,omitempty" doc:"Who froze, why, until when"`
}

// LocationOrder adds a location to the plan.
type LocationOrder struct {
	Name      string       `json:"name" minLength:"1" maxLength:"64" example:"Brazil South"`
	Capacity  int          `json:"capacity,omitempty" minimum:"1" maximum:"10000" doc:"Nodes it shall have (sku.capacity)"`
	Zones     List[string] `json:"zones,omitempty" nullable:"false" maxItems:"16"`
	Latitude  *float64     `json:"latitude,omitempty" minimum:"-90" maximum:"90"`
	Longitude *float64     `json:"longitude,omitempty" minimum:"-180" maximum:"180"`
	Disabled  *bool        `json:"disableGateway,omitempty" doc:"Whether it starts switched off; true without"`
	Reason    string       `json:"reason,omitempty" maxLength:"1024"`
}

// Sku is the size of a location.
type Sku struct {
	Capacity int    `json:"capacity" minimum:"1" maximum:"10000" doc:"Nodes the location shall have"`
	Reason   string `json:"reason,omitempty" maxLength:"1024"`
}

// Reason is the body of mutating calls that say nothing else.
type Reason struct {
	Reason string       `json:"reason,omitempty" maxLength:"1024"`
	Bypass List[string] `json:"bypass,omitempty" nullable:"false" maxItems:"8"`
}

// PlanEdit is one change of the plan that is made by the node that writes it:
// what is not a whole new document.
type PlanEdit struct {
	Add    *LocationOrder // add a location; Disabled is never nil
	Remove string         // id of a location to remove
	Now    bool           // with Remove: do not wait until arrivals end
	Scale  string         // id of a location whose capacity changes
	To     int            // with Scale: the new capacity
}
