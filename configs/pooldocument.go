package configs

// PoolDocument says which backends share requests, and how.
type PoolDocument struct {
	// The members, each once.
	Services []PoolServiceDocument `json:"services" rule:"required,items=30"`
	// region tries nearer members first, inside each priority.
	Prefer string `json:"prefer,omitempty" rule:"enum=region"`
	// location makes the deep status of this gateway fail while too few members take requests.
	HealthOf string `json:"healthOf,omitempty" rule:"enum=location"`
	// Ties clients to members.
	SessionAffinity *SessionAffinityDocument `json:"sessionAffinity,omitempty"`
	// What is answered while no member takes requests.
	FailureResponse *FailureResponseDocument `json:"failureResponse,omitempty"`
}

// PoolServiceDocument is a member of a pool.
type PoolServiceDocument struct {
	// The backend: its name, /backends/name, or a whole Azure resource id that ends so.
	ID string `json:"id" rule:"required,length=1024"`
	// Members of a higher number take requests while all of lower ones are open. Default: 0.
	Priority int `json:"priority,omitempty" rule:"min=0,max=100"`
	// Share of the requests inside the priority. Default: 1; 0 is none while another member has more.
	Weight *int `json:"weight,omitempty" rule:"min=0,max=100"`
	// Azure's; ignored.
	PreferredCarbonEmission Ignored `json:"-" ignored:"preferredCarbonEmission"`
}

// SessionAffinityDocument ties clients to members.
type SessionAffinityDocument struct {
	// How clients are known.
	SessionID SessionIDDocument `json:"sessionId" rule:"required"`
}

// SessionIDDocument says how clients are known.
type SessionIDDocument struct {
	// Where the id is.
	Source string `json:"source" rule:"required,enum=cookie"`
	// Name of the cookie.
	Name string `json:"name" rule:"required,length=128"`
}
