package api

// Location is one region of the service as it stands.
type Location struct {
	ID             string        `json:"id" doc:"Name in lower case, letters and digits only" example:"westus2"`
	Name           string        `json:"name" example:"West US 2"`
	Primary        bool          `json:"primary,omitempty"`
	DisableGateway bool          `json:"disableGateway"`
	Status         string        `json:"status" enum:"CheckingEndpoint,Online,Degraded,Disabled,Inactive,Stopped,Unmonitored"`
	Why            string        `json:"why" doc:"The reason in a sentence"`
	Latitude       *float64      `json:"latitude,omitempty"`
	Longitude      *float64      `json:"longitude,omitempty"`
	MinHealthy     int           `json:"minHealthyGateways"`
	Gateways       List[Gateway] `json:"gateways" nullable:"false"`
	Settings       List[Setting] `json:"settings" nullable:"false" doc:"disableGateway and shed: what counts, what the plan says, what operators said"`
	Capacity       int           `json:"capacity,omitempty" doc:"Nodes it shall have (sku.capacity); absent: not said"`
	LiveNodes      int           `json:"liveNodes" doc:"Registered nodes that can be reached"`
	Nodes          List[string]  `json:"nodes" nullable:"false" doc:"Names of its registered nodes"`
	Zones          List[string]  `json:"zones" nullable:"false"`
	NetworkType    string        `json:"virtualNetworkType,omitempty" enum:"External,Internal"`
	Arrivals       *Arrivals     `json:"arrivals,omitempty" doc:"Only of one location"`
	Regional       string        `json:"regionalName,omitempty" doc:"Name that answers this location, healthy or not"`
	Direct         string        `json:"directName,omitempty" doc:"Name that always answers this location, even when it is disabled"`
}

// Gateway is one address of one node's gateway.
type Gateway struct {
	Node         string `json:"node"`
	Address      string `json:"address"`
	Verdict      string `json:"verdict" enum:"unchecked,up,down"`
	State        string `json:"state,omitempty" enum:"active,leaving,left" doc:"What the node says of itself"`
	HealthTarget string `json:"healthTarget,omitempty" doc:"Id under /v1/health"`
}

// Locations is a list of locations.
type Locations struct {
	Locations List[Location] `json:"locations" nullable:"false"`
}

// GeoResult is what is known of a client address.
type GeoResult struct {
	Address   string       `json:"address"`
	Unwrapped string       `json:"unwrapped,omitempty" doc:"The address it stands for, when it is v4-mapped, 6to4 or Teredo"`
	Block     string       `json:"block" doc:"Block of the client table"`
	Code      string       `json:"code" doc:"Most specific geographic code known" example:"US-WA"`
	Codes     List[string] `json:"codes" nullable:"false" doc:"Most specific first, up to WORLD" example:"[\"US-WA\",\"US\",\"GEO-NA\",\"WORLD\"]"`
	Ranking   List[string] `json:"ranking" nullable:"false" doc:"Ids of locations, nearest first"`
	Source    string       `json:"source,omitempty" doc:"Where the knowledge comes from: a database, an override, the embedded table"`
}
