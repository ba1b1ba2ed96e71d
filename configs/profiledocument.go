package configs

// ProfileDocument is a name of the zone and the rule by which its answer is
// chosen.
type ProfileDocument struct {
	// Name of the profile, relative to the zone.
	Name string `json:"name" rule:"required,length=253"`
	// Disabled takes the name out of service. Default: Enabled.
	ProfileStatus Toggle `json:"profileStatus,omitempty"`
	// How an endpoint is chosen. Default: Performance.
	TrafficRoutingMethod string `json:"trafficRoutingMethod,omitempty" rule:"enum=Performance|Priority|Weighted|Geographic|MultiValue|Subnet"`
	// How long resolvers may keep an answer, in seconds. Default: 30.
	TTL *int `json:"ttl,omitempty" rule:"min=0,max=2147483647"`
	// MultiValue: endpoints in one answer, 1 to 10; 0 is ignored with other methods. Default: 2.
	MaxReturn *int `json:"maxReturn,omitempty" rule:"min=0,max=10"`
	// How endpoints are probed.
	MonitorConfig *MonitorDocument `json:"monitorConfig,omitempty"`
	// The candidates. The gateway profile has one per location unless it lists others.
	Endpoints []EndpointDocument `json:"endpoints,omitempty" rule:"items=200"`
	// Geographic: strict answers the mapped endpoint even while it is down and nobody outside the mapping, as Azure does; fallback goes on to the next coarser match, then to any. Default: fallback.
	Geographic string `json:"geographic,omitempty" rule:"enum=strict|fallback"`
	// Accepts that clients no endpoint is meant for get no data (strict Geographic, Subnet, an Internal location).
	NoMatch string `json:"noMatch,omitempty" rule:"enum=nodata"`
	// Weighted: another number deals every client anew. Default: 0.
	Reroll int `json:"reroll,omitempty" rule:"min=0,max=2147483647"`
	// Answers addresses for endpoints that are names.
	Flatten bool `json:"flatten,omitempty"`
	// Answers an address family that only some endpoints have.
	PartialFamilies bool `json:"partialFamilies,omitempty"`
	// What Azure answers; ignored.
	ProfileMonitorStatus Ignored `json:"-" ignored:"profileMonitorStatus"`
}

// EndpointDocument is one candidate of a profile: a target, a location or a
// nested profile.
type EndpointDocument struct {
	// Name of the endpoint, unique in the profile.
	Name string `json:"name" rule:"required,length=128"`
	// A host name or IP address, without scheme, port and path.
	Target string `json:"target,omitempty"`
	// A location of this service.
	Location string `json:"location,omitempty" rule:"length=63"`
	// A nested profile of this document.
	Profile string `json:"profile,omitempty" rule:"length=253"`
	// Disabled takes the endpoint out of the answers. Default: Enabled.
	EndpointStatus Toggle `json:"endpointStatus,omitempty"`
	// Weighted: share of the clients. Default: 1.
	Weight int `json:"weight,omitempty" rule:"min=1,max=1000"`
	// Priority: the lowest available number is answered. Default: the place in the list.
	Priority int `json:"priority,omitempty" rule:"min=1,max=1000"`
	// Performance: where a target or a nested profile is, as "North Europe" or northeurope.
	EndpointLocation string `json:"endpointLocation,omitempty" rule:"length=63"`
	// Geographic: the codes mapped here.
	GeoMapping []string `json:"geoMapping,omitempty" rule:"items=400,length=16"`
	// Subnet: the client networks mapped here; none makes the endpoint the fallback.
	Subnets []SubnetDocument `json:"subnets,omitempty" rule:"items=10000"`
	// Request headers of probes; one of the profile's with the same name is replaced.
	CustomHeaders []HeaderDocument `json:"customHeaders,omitempty" rule:"items=8"`
	// Nested: available endpoints the child must have. Default: 1.
	MinChildEndpoints int `json:"minChildEndpoints,omitempty" rule:"min=1,max=200"`
	// Nested: available endpoints with IPv4 the child must have. Default: no such minimum.
	MinChildEndpointsIPv4 int `json:"minChildEndpointsIPv4,omitempty" rule:"min=1,max=200"`
	// Nested: available endpoints with IPv6 the child must have. Default: no such minimum.
	MinChildEndpointsIPv6 int `json:"minChildEndpointsIPv6,omitempty" rule:"min=1,max=200"`
	// Enabled answers the endpoint without probing it. Default: Disabled.
	AlwaysServe Toggle `json:"alwaysServe,omitempty"`
	// What Azure answers; ignored.
	EndpointMonitorStatus Ignored `json:"-" ignored:"endpointMonitorStatus"`
}

// SubnetDocument is a range of client addresses: first and scope, or first and
// last.
type SubnetDocument struct {
	// First address; with scope, the network address.
	First string `json:"first" rule:"required"`
	// Last address.
	Last string `json:"last,omitempty"`
	// Prefix length.
	Scope *int `json:"scope,omitempty" rule:"min=0,max=128"`
}

// MonitorDocument says how endpoints are probed.
type MonitorDocument struct {
	// Protocol of probes. Default: HTTP; for gateways HTTPS where they have tls.
	Protocol string `json:"protocol,omitempty" rule:"enum=HTTP|HTTPS|TCP"`
	// Port of probes. Default: 80, with HTTPS 443; for gateways their own.
	Port int `json:"port,omitempty" rule:"min=1,max=65535"`
	// Path of HTTP and HTTPS probes. Default: /; for gateways /status-0123456789abcdef.
	Path string `json:"path,omitempty" rule:"length=2048"`
	// Seconds from one probe to the next. Default: 30; for gateways 5.
	IntervalInSeconds int `json:"intervalInSeconds,omitempty" rule:"min=1,max=600"`
	// Seconds a probe may take, at most the interval. Default: 10, or one less than a shorter interval; for gateways at most 3.
	TimeoutInSeconds int `json:"timeoutInSeconds,omitempty" rule:"min=1,max=600"`
	// Failures in a row that are not yet down. Default: 3; for gateways 2.
	ToleratedNumberOfFailures *int `json:"toleratedNumberOfFailures,omitempty" rule:"min=0,max=9"`
	// Statuses that count as success. Default: exactly 200.
	ExpectedStatusCodeRanges []StatusRangeDocument `json:"expectedStatusCodeRanges,omitempty" rule:"items=8"`
	// Request headers of probes. Host replaces the target's name.
	CustomHeaders []HeaderDocument `json:"customHeaders,omitempty" rule:"items=8"`
	// Successes in a row that are up. Default: 1.
	Rise int `json:"rise,omitempty" rule:"min=1,max=10"`
	// Who lets an endpoint back in: auto, its probes; manual, an operator. Default: auto.
	Failback string `json:"failback,omitempty" rule:"enum=auto|manual"`
	// Before the first verdict: serve, as Azure does, or wait. Default: serve.
	Initial string `json:"initial,omitempty" rule:"enum=serve|wait"`
	// How HTTPS certificates are checked.
	TLS ProbeTLSDocument `json:"tls,omitzero"`
	// Longest time a flapping endpoint is held down, 0 to 1h. Default: 10m.
	HoldDown *Duration `json:"holdDown,omitempty"`
	// What Azure answers; ignored.
	ProfileMonitorStatus Ignored `json:"-" ignored:"profileMonitorStatus"`
}

// ProbeTLSDocument says how certificates are checked by HTTPS probes.
type ProbeTLSDocument struct {
	// Whether the certificate must chain to a known root and be valid now. Default: true.
	ValidateCertificateChain *bool `json:"validateCertificateChain,omitempty"`
	// Whether the certificate must be for the server name. Default: as validateCertificateChain.
	ValidateCertificateName *bool `json:"validateCertificateName,omitempty"`
	// Server name sent and checked. Default: the Host header, else the target.
	ServerName string `json:"serverName,omitempty"`
}

// StatusRangeDocument is an inclusive range of HTTP statuses.
type StatusRangeDocument struct {
	// Lowest status.
	Min int `json:"min" rule:"required,min=100,max=999"`
	// Highest status.
	Max int `json:"max" rule:"required,min=100,max=999"`
}

// HeaderDocument is a request header.
type HeaderDocument struct {
	// Name of the header.
	Name string `json:"name" rule:"required"`
	// Value of the header.
	Value string `json:"value" rule:"required,length=4096"`
}
