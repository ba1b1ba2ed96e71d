package api

// Profile is one profile as it stands.
type Profile struct {
	Name          string `json:"name" doc:"Name relative to the zone" example:"shop"`
	FQDN          string `json:"fqdn" doc:"Fully qualified name" example:"shop.gtm.example.com."`
	Status        string `json:"profileStatus" enum:"Enabled,Disabled"`
	Method        string `json:"trafficRoutingMethod" enum:"Performance,Priority,Weighted,Geographic,MultiValue,Subnet"`
	TTL           uint32 `json:"ttl" doc:"Seconds"`
	MonitorStatus string `json:"profileMonitorStatus" enum:"CheckingEndpoints,Online,Degraded,Disabled,Inactive" doc:"Azure's: one bad endpoint makes it Degraded"`

	// Serving parts what Azure's Degraded lumps together (azure.md §7, pain 4).
	Serving string `json:"serving" enum:"available,drill,bestEffort,off" doc:"What is answered: available endpoints; endpoints in a drill because nothing else is left; endpoints known to be down because nothing else is on; nothing"`
	Why     string `json:"why" doc:"The reason in a sentence" example:"2 of 3 endpoints are available; eu is down since 10:02:11 (timeout_connect)"`

	Monitor   *MonitorConfig `json:"monitorConfig,omitempty" doc:"Absent when nothing is probed for this profile"`
	Failover  *Failover      `json:"failover,omitempty" doc:"How long a failover takes by these settings"`
	Endpoints List[Endpoint] `json:"endpoints" nullable:"false"`
	Settings  List[Setting]  `json:"settings" nullable:"false" doc:"profileStatus: what counts, what the plan says, what operators said"`
}

// Endpoint is one endpoint of a profile as it stands.
type Endpoint struct {
	Name          string       `json:"name"`
	Target        string       `json:"target,omitempty" doc:"Host name or address"`
	Profile       string       `json:"profile,omitempty" doc:"Nested profile"`
	Location      string       `json:"location,omitempty" doc:"Location whose gateways are the target"`
	Place         string       `json:"endpointLocation,omitempty" doc:"Where the endpoint is"`
	Status        string       `json:"endpointStatus" enum:"Enabled,Disabled"`
	MonitorStatus string       `json:"endpointMonitorStatus" enum:"CheckingEndpoint,Online,Degraded,Disabled,Inactive,Stopped,Unmonitored"`
	Tier          string       `json:"tier" enum:"off,degraded,drill,available" doc:"Endpoints of the highest tier above off are answered"`
	Candidate     bool         `json:"candidate" doc:"Whether it may be answered now"`
	Why           string       `json:"why" doc:"The reason in a sentence"`
	Weight        int          `json:"weight,omitempty"`
	Priority      int          `json:"priority,omitempty"`
	GeoMapping    List[string] `json:"geoMapping,omitempty" nullable:"false"`
	Subnets       List[string] `json:"subnets,omitempty" nullable:"false" doc:"Client ranges, first-last"`
	MinChild      int          `json:"minChildEndpoints,omitempty"`
	AlwaysServe   bool         `json:"alwaysServe,omitempty"`
	Addresses     List[string] `json:"addresses,omitempty" nullable:"false" doc:"Addresses that stand for the target now"`
	HealthTargets List[string] `json:"healthTargets" nullable:"false" doc:"Ids under /v1/health"`

	Settings List[Setting] `json:"settings" nullable:"false" doc:"endpointStatus and shed: what counts, what the plan says, what operators said"`
}

// MonitorConfig is how targets are probed.
type MonitorConfig struct {
	Protocol  string       `json:"protocol" enum:"HTTP,HTTPS,TCP"`
	Port      int          `json:"port" minimum:"1" maximum:"65535"`
	Path      string       `json:"path,omitempty"`
	Interval  float64      `json:"intervalInSeconds"`
	Timeout   float64      `json:"timeoutInSeconds"`
	Tolerated int          `json:"toleratedNumberOfFailures" minimum:"0" maximum:"9"`
	Rise      int          `json:"rise" minimum:"1" doc:"Successful probes in a row that bring a target back"`
	Failback  string       `json:"failback" enum:"auto,manual"`
	Expected  List[string] `json:"expectedStatusCodes" nullable:"false" doc:"Status ranges that count as success" example:"[\"200-202\"]"`
}

// Failover says how long it takes until clients have left a dead endpoint, by
// arithmetic (azure.md §1.10), in seconds. Detection is from the failure to the
// verdict; clients adds what resolvers may still have in their caches.
type Failover struct {
	DetectionBest  float64 `json:"detectionBestSeconds" doc:"interval × tolerated: refused at once, failure just before a probe"`
	DetectionWorst float64 `json:"detectionWorstSeconds" doc:"interval × (tolerated + 1) + timeout: probes time out, failure just after a probe"`
	ClientsBest    float64 `json:"clientsBestSeconds" doc:"detectionBest + TTL"`
	ClientsWorst   float64 `json:"clientsWorstSeconds" doc:"detectionWorst + TTL"`
	AzureFormula   float64 `json:"azureFormulaSeconds" doc:"(interval + timeout) × (tolerated + 1) + TTL: what Azure's support gives; never exceeded here"`
	BehindGateway  float64 `json:"behindGatewayWorstSeconds" doc:"clientsWorst and the two minutes an API gateway keeps a resolved backend"`
}

// Profiles is a list of profiles.
type Profiles struct {
	Profiles List[Profile] `json:"profiles" nullable:"false" doc:"In the order of the service document; at most limit"`
	Total    int           `json:"total"`
}
