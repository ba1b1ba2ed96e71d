package api

import (
	"encoding/json"
	"net/netip"
)

// ResolveRequest asks what a client would get.
type ResolveRequest struct {
	// Name is the question's name: fully qualified, or relative to the zone; a
	// trailing dot is optional.
	Name string
	// Client is the client's network as a resolver would send it in EDNS client
	// subnet; the address is not masked. The zero Prefix: no client subnet.
	Client netip.Prefix
	// Resolver is the address the question comes from; it decides where there is
	// no client subnet. The zero Addr: loopback.
	Resolver netip.Addr
	// Type is the question's type: A, AAAA, HTTPS, ….
	Type string
	// Explain asks for the trace.
	Explain bool
}

// ResolveResult is what a client would get, and why.
type ResolveResult struct {
	Name     string `json:"name" doc:"Name asked for, fully qualified" example:"contoso.gtm.example.com."`
	Type     string `json:"type" doc:"Question type" example:"A"`
	Client   string `json:"client,omitempty" doc:"Client network the decision was made for; absent without client subnet" example:"203.0.113.0/24"`
	Resolver string `json:"resolver,omitempty" doc:"Address the question was taken to come from"`

	Rcode      string       `json:"rcode" doc:"Response code" example:"NOERROR"`
	Answers    List[Record] `json:"answers" nullable:"false" doc:"Records of the answer section"`
	TTL        uint32       `json:"ttl" doc:"Seconds the decision may be cached"`
	Scope      int          `json:"scope" minimum:"0" maximum:"128" doc:"ECS scope prefix length of the answer; 0 where the client does not matter"`
	Reason     string       `json:"reason" doc:"Why the decision came out as it did" example:"available"`
	Profile    string       `json:"profile,omitempty" doc:"Profile that decided; absent for static records"`
	Endpoints  List[string] `json:"endpoints" nullable:"false" doc:"Endpoints behind the answer, as profile/endpoint" example:"[\"contoso/westus2\"]"`
	Block      string       `json:"block,omitempty" doc:"Block of the client table the client is in" example:"203.0.113.0/24"`
	Geo        string       `json:"geo,omitempty" doc:"Geographic code of the client" example:"US-WA"`
	Generation uint64       `json:"generation" doc:"Generation of the snapshot that decided"`

	Trace     json.RawMessage `json:"trace,omitempty" doc:"The decision step by step, as routing writes it; only with explain=true"`
	TraceText string          `json:"traceText,omitempty" doc:"The same for people; only with explain=true"`
}

// Record is one resource record.
type Record struct {
	Name string `json:"name" doc:"Owner name, fully qualified"`
	Type string `json:"type" doc:"Record type" example:"A"`
	TTL  uint32 `json:"ttl" doc:"Seconds"`
	Data string `json:"data" doc:"Data in zone-file syntax" example:"198.51.100.20"`
}
