package configs

// ServiceDocument is a service document: one for the whole service, the same
// on every node.
type ServiceDocument struct {
	// Name of the service: a DNS label. The gateway profile has this name.
	Name string `json:"name" rule:"required,length=63"`
	// The zone delegated to the service.
	Zone string `json:"zone" rule:"required"`
	// The zone's name servers, as the parent zone lists them.
	NameServers []NameServerDocument `json:"nameServers" rule:"required,items=13"`
	// Names outside the zone that lead to the gateway profile.
	Hostnames []HostnameDocument `json:"hostnames,omitempty" rule:"items=1000"`
	// Static records of the zone, in zone-file syntax; names without a trailing dot are relative to the zone.
	Records string `json:"records,omitempty" rule:"free,blank,length=8388608"`
	// Where clients are and how far they are from locations.
	Geo GeoDocument `json:"geo,omitzero"`
	// The regions of the service.
	Locations []LocationDocument `json:"locations,omitempty" rule:"items=300"`
	// Node that writes the plan: its name. Default: the first that registered in the primary location.
	PrimaryNode string `json:"primaryNode,omitempty" rule:"length=63"`
	// Nodes that are trusted where a node file has cluster.trust: pinned.
	NodeKeys []NodeKeyDocument `json:"nodeKeys,omitempty" rule:"items=1000"`
	// Names of the zone that are answered by a traffic-routing method.
	Profiles []ProfileDocument `json:"profiles,omitempty" rule:"items=10000"`
	// Servers that APIs forward to, and pools of them.
	Backends []BackendDocument `json:"backends,omitempty" rule:"items=2000"`
	// Texts that {{name}} stands for in policies and credentials.
	NamedValues []NamedValueDocument `json:"namedValues,omitempty" rule:"items=2000"`
	// Parts of policies that include-fragment names.
	Fragments []FragmentDocument `json:"fragments,omitempty" rule:"items=1000"`
	// Policies of every API.
	Policies *PoliciesDocument `json:"policies,omitempty"`
	// What the gateways serve, by host and path.
	APIs []APIDocument `json:"apis,omitempty" rule:"items=1000"`
	// What no change may do.
	Safety SafetyDocument `json:"safety,omitzero"`
	// Drills that start by themselves.
	Drills []DrillDocument `json:"drills,omitempty" rule:"items=100"`

	_ struct{} `later:"listeners,autoscale"`
}

// NameServerDocument is one name server of the zone.
type NameServerDocument struct {
	// Host name of the server.
	Name string `json:"name" rule:"required"`
	// Its IP addresses: glue, required where the name lies in the zone.
	Addresses []string `json:"addresses,omitempty" rule:"items=16"`
}

// HostnameDocument is a name outside the zone that leads to the gateway
// profile.
type HostnameDocument struct {
	// The host name.
	Name string `json:"name" rule:"required"`
	// How it leads here. cname: its owner aliases it to the service's name; zone: it is delegated to us as a zone of its own.
	DNS string `json:"dns" rule:"required,enum=cname|zone"`
}

// GeoDocument says where clients are and how far they are from locations.
type GeoDocument struct {
	// What is known better than the geographic databases.
	Overrides []OverrideDocument `json:"overrides,omitempty" rule:"items=10000"`
	// File of measured round-trip times, lines client,location,ms, relative to this document and inside its folder.
	Latency string `json:"latency,omitempty" rule:"length=1024"`
}

// OverrideDocument says where the addresses of a prefix are: by code, by
// coordinates or by location.
type OverrideDocument struct {
	// The prefix, as 203.0.113.0/24, or one address.
	CIDR string `json:"cidr" rule:"required"`
	// Geographic code: WORLD, a grouping (GEO-EU), a country (DE) or a state of AU, CA or US (US-WA).
	Code string `json:"code,omitempty" rule:"length=16"`
	// Degrees north.
	Latitude *float64 `json:"latitude,omitempty" rule:"min=-90,max=90"`
	// Degrees east.
	Longitude *float64 `json:"longitude,omitempty" rule:"min=-180,max=180"`
	// A location or a well-known cloud region whose coordinates count.
	Location string `json:"location,omitempty" rule:"length=63"`
}

// LocationDocument is a region of the service.
type LocationDocument struct {
	// Name of the location, as "West US 2" or westus2. Its id is the name in lower case, letters and digits only.
	Name string `json:"name" rule:"required,length=63"`
	// Whether this is the primary location; at most one is.
	Primary bool `json:"primary,omitempty"`
	// Degrees north; built in for well-known cloud regions.
	Latitude *float64 `json:"latitude,omitempty" rule:"min=-90,max=90"`
	// Degrees east; built in for well-known cloud regions.
	Longitude *float64 `json:"longitude,omitempty" rule:"min=-180,max=180"`
	// Takes the location out of every answer.
	DisableGateway bool `json:"disableGateway,omitempty"`
	// Gateways that must be up for the location to be; one with several addresses is up if any of them is. Default: 1.
	MinHealthyGateways int `json:"minHealthyGateways,omitempty" rule:"min=1,max=512"`
	// The gateways that stand in the location.
	Gateways []GatewayDocument `json:"gateways,omitempty" rule:"items=64"`
	// How large the location is meant to be. With it the location waits for nodes that register their gateways.
	SKU SKUDocument `json:"sku,omitzero"`
	// Zones of the location that nodes may stand in, as "1".
	Zones []string `json:"zones,omitempty" rule:"items=16,length=63"`
	// What one node can take. Default: unknown.
	UnitCapacity UnitCapacityDocument `json:"unitCapacity,omitzero"`
	// Internal answers the location to clients inside internalNetworks only and keeps it out of the gateway profile's default endpoints. Default: External.
	VirtualNetworkType string `json:"virtualNetworkType,omitempty" rule:"enum=External|Internal"`
	// Internal: the client networks, as 10.0.0.0/8.
	InternalNetworks []string `json:"internalNetworks,omitempty" rule:"items=1000"`
}

// SKUDocument says how large a location is meant to be.
type SKUDocument struct {
	// Nodes with a gateway; fewer are shown and alarmed.
	Capacity int `json:"capacity" rule:"required,min=1,max=512"`
}

// UnitCapacityDocument says what one node can take.
type UnitCapacityDocument struct {
	// Requests a second.
	RequestsPerSecond int `json:"requestsPerSecond" rule:"required,min=1,max=100000000"`
}

// NodeKeyDocument is a node that is trusted.
type NodeKeyDocument struct {
	// Name of the node, for people.
	Name string `json:"name" rule:"required,length=63"`
	// Its public key, 32 octets in base64 or hexadecimal digits, or its id, 32 hexadecimal digits.
	Key string `json:"key" rule:"required,length=128"`
}

// GatewayDocument is a gateway of a location.
type GatewayDocument struct {
	// Name of the gateway: a DNS label, unique in the service.
	Name string `json:"name" rule:"required,length=63"`
	// Its IP addresses: what DNS answers and what is probed.
	Addresses []string `json:"addresses" rule:"required,items=8"`
	// Port it serves and is probed at. Default: 443 with tls, else 80.
	Port int `json:"port,omitempty" rule:"min=1,max=65535"`
	// Whether it speaks TLS at that port.
	TLS bool `json:"tls,omitempty"`
}

// SafetyDocument says what no change may do.
type SafetyDocument struct {
	// Locations that stay enabled. Default: 1, or 0 without locations.
	MinEnabledLocations *int `json:"minEnabledLocations,omitempty" rule:"min=0,max=300"`
	// Share of the clients that plan changes and automatic weights may move in a minute, 1% .. 100%; operators, drills and verdicts are not bound by it. Default: 100%.
	MaxShiftPerMinute Percent `json:"maxShiftPerMinute,omitempty"`
	// Attempts again, as a share of the requests to a backend or pool, 1% .. 100%: for the built-in second attempt and for retry of policies. Default: 20% for the first, no limit for the second.
	RetryBudget Percent `json:"retryBudget,omitempty"`
}
