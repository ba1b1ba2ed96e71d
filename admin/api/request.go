package api

// RequestQuery asks what would come of a request to a gateway.
type RequestQuery struct {
	URL      string       `json:"url" minLength:"1" maxLength:"8192" doc:"http or https; its host is the request's Host" example:"https://contoso.gtm.example.com/suffix/foo"`
	Method   string       `json:"method,omitempty" maxLength:"32" pattern:"^[!#$%&'*+.^_|~0-9A-Za-z-]+$" doc:"GET without"`
	Client   string       `json:"client,omitempty" maxLength:"64" doc:"Address of the client; loopback without" example:"203.0.113.7"`
	Location string       `json:"location,omitempty" maxLength:"64" doc:"Id or name of the location whose gateway it would reach; that of the node asked without" example:"westus2"`
	Headers  List[Header] `json:"headers,omitempty" nullable:"false" maxItems:"64"`
	Explain  bool         `json:"explain,omitempty" doc:"Add every step of the policies, and the pool members that were not chosen"`
}

// Header is one field of a request.
type Header struct {
	Name  string `json:"name" minLength:"1" maxLength:"256" pattern:"^[!#$%&'*+.^_|~0-9A-Za-z-]+$"`
	Value string `json:"value" maxLength:"8192"`
}

// RequestResult is what would come of a request. Nothing was sent, and nothing
// was counted.
type RequestResult struct {
	Node       string           `json:"node" doc:"Name of the node that says so"`
	Location   string           `json:"location" doc:"Id of the location the request would reach"`
	Generation uint64           `json:"generation" doc:"Of what that gateway serves"`
	Method     string           `json:"method"`
	URL        string           `json:"url"`
	Relay      *RequestRelay    `json:"relay,omitempty" doc:"The location is off: where its gateway would carry the request. What follows is said of that gateway"`
	API        string           `json:"api,omitempty" doc:"Absent: none claims it"`
	APIPath    string           `json:"apiPath,omitempty" example:"/suffix"`
	Operation  string           `json:"operation,omitempty" doc:"Absent: the API has none, or none matches"`
	Template   string           `json:"template,omitempty" doc:"Of the operation" example:"/{id}"`
	Params     List[Header]     `json:"params,omitempty" nullable:"false" doc:"Of the template"`
	Plain      bool             `json:"plain" doc:"Its policies do nothing but forward"`
	Policies   List[PolicyStep] `json:"policies,omitempty" nullable:"false" doc:"What its policies would do, step by step; only with explain"`
	Forwards   List[Forward]    `json:"forwards" nullable:"false" doc:"What would be sent to backends, in order; with retries more than one"`
	Status     int              `json:"status,omitempty" doc:"Of an answer that is made here; absent: the backend's"`
	Reason     string           `json:"reason,omitempty" doc:"Why the answer is made here, in snake_case; absent: by policy"`
	Text       string           `json:"text" doc:"The outcome in a sentence"`
}

// RequestRelay is where a request is carried that reaches a location which is
// off.
type RequestRelay struct {
	To   string `json:"to,omitempty" doc:"Id of the location; absent: there is none, and it is refused"`
	Node string `json:"node,omitempty"`
	Why  string `json:"why"`
}

// PolicyStep is one step of a policy document.
type PolicyStep struct {
	Section string       `json:"section" example:"inbound"`
	Scope   string       `json:"scope" example:"api"`
	Element string       `json:"element" example:"set-backend-service"`
	Path    string       `json:"path,omitempty" doc:"Where it stands in its section" example:"choose[1]/when[2]"`
	File    string       `json:"file,omitempty"`
	Line    int          `json:"line,omitempty"`
	Column  int          `json:"column,omitempty"`
	Depth   int          `json:"depth"`
	Text    string       `json:"text" doc:"What happened"`
	Values  List[Header] `json:"values,omitempty" nullable:"false" doc:"Values that expressions had"`
}

// Forward is a request to a backend that would be made.
type Forward struct {
	Method     string              `json:"method"`
	URL        string              `json:"url" doc:"Absent query and credentials that the backend adds"`
	Host       string              `json:"host,omitempty"`
	Target     string              `json:"target" doc:"Name of the backend or pool; empty: an address that policies made"`
	Pool       bool                `json:"pool,omitempty"`
	Members    List[RequestMember] `json:"members,omitempty" nullable:"false" doc:"In the order they would be asked; without explain the chosen one only"`
	Chosen     string              `json:"chosen,omitempty" doc:"Name of the backend; absent: none lets it pass"`
	Address    string              `json:"address,omitempty" doc:"That would be tried first" example:"10.0.0.5:80"`
	RetryAfter float64             `json:"retryAfterSeconds,omitempty" doc:"Where none is chosen: the smallest wait"`
}

// RequestMember is a backend that was looked at, and why it stayed or fell.
type RequestMember struct {
	Backend    string  `json:"backend"`
	Priority   int     `json:"priority"`
	Weight     int     `json:"weight"`
	Rank       int     `json:"rank,omitempty" doc:"Of its region, with prefer: region; lower is nearer"`
	Why        string  `json:"why" doc:"chosen, next, standby, disabled, or the state of its breaker" example:"open"`
	RetryAfter float64 `json:"retryAfterSeconds,omitempty"`
	Breaker    Breaker `json:"breaker"`
}
