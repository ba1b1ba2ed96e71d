package configs

// BackendDocument is a server that APIs forward to, or a pool of such.
type BackendDocument struct {
	// Name of the backend, unique without regard to case: what backend-id says in policies.
	Name string `json:"name" rule:"required,length=80"`
	// Single has a url, Pool has members. Default: Single.
	Type string `json:"type,omitempty" rule:"enum=Single|Pool"`
	// Single: where it is, http or https, a host, a port if need be, a path that is put before the request's.
	URL string `json:"url,omitempty" rule:"length=2000"`
	// Single: Azure's protocol. Default: http, over TLS where the url says https.
	Protocol string `json:"protocol,omitempty" rule:"enum=http,later=soap"`
	// A title, for people.
	Title string `json:"title,omitempty" rule:"blank,free,length=300"`
	// A description, for people.
	Description string `json:"description,omitempty" rule:"blank,free,length=2000"`
	// Single: what every request to it carries.
	Credentials *CredentialsDocument `json:"credentials,omitempty"`
	// Single: the proxy on the way to it.
	Proxy *ProxyDocument `json:"proxy,omitempty"`
	// Single: how its certificate is checked.
	TLS BackendTLSDocument `json:"tls,omitzero"`
	// Single: when it is left alone for a while.
	CircuitBreaker CircuitBreakerDocument `json:"circuitBreaker,omitzero"`
	// Pool: its members and how they share requests.
	Pool *PoolDocument `json:"pool,omitempty"`
	// Single: where it is, as "West US 2" or westus2: for prefer: region and context.Backend.
	AzureRegion string `json:"azureRegion,omitempty" rule:"length=63"`
	// Single: dns looks up a host in our own zone too, as Azure does; without, such a host is decided for the gateway's own location and follows a change at once.
	Resolve string `json:"resolve,omitempty" rule:"enum=dns"`
	// Single: what a host without addresses means: keep uses the last ones, drain takes the backend out. Default: keep.
	EmptyAnswer string `json:"emptyAnswer,omitempty" rule:"enum=keep|drain"`
	// Single: HTTP version spoken to it, in quotes. Default: 1; with https 2or1.
	HTTPVersion string `json:"httpVersion,omitempty" rule:"enum=1|2|2or1"`
	// Single: how long the parts of a request may take.
	Timeouts BackendTimeoutsDocument `json:"timeouts,omitzero"`
}

// CredentialsDocument is what every request to a backend carries.
type CredentialsDocument struct {
	// The Authorization header.
	Authorization *AuthorizationDocument `json:"authorization,omitempty"`
	// Request headers by name, each with its values.
	Header map[string][]CredentialDocument `json:"header,omitempty" rule:"items=32"`
	// Query parameters by name, each with its values.
	Query map[string][]CredentialDocument `json:"query,omitempty" rule:"items=32"`

	_ struct{} `later:"certificate,certificateIds,managedIdentity"`
}

// AuthorizationDocument is an Authorization header.
type AuthorizationDocument struct {
	// The scheme, as Bearer.
	Scheme string `json:"scheme" rule:"required,length=100"`
	// What follows the scheme; {{name}} stands for a named value.
	Parameter string `json:"parameter,omitempty" rule:"free,length=4096"`
	// Name of the secret that follows the scheme, instead of parameter.
	Secret string `json:"secret,omitempty" rule:"length=64"`
}

// CredentialDocument is one value of a header or query parameter; a single
// value is short for {value: …}.
type CredentialDocument struct {
	// The value itself; {{name}} stands for a named value.
	Value string `json:"value,omitempty" rule:"free,length=4096"`
	// Name of the secret that is the value.
	Secret string `json:"secret,omitempty" rule:"length=64"`
}

func (*CredentialDocument) shortFor() string { return "value" }

// ProxyDocument is a proxy on the way to a backend.
type ProxyDocument struct {
	// Where it is: http, a host and a port if need be.
	URL string `json:"url" rule:"required,length=2000"`
	// Name it knows us by.
	Username string `json:"username,omitempty" rule:"length=256"`
	// Password of that name; {{name}} stands for a named value.
	Password string `json:"password,omitempty" rule:"free,length=256"`
	// Name of the secret that is the password, instead of password.
	Secret string `json:"secret,omitempty" rule:"length=64"`
}

// BackendTLSDocument says how a backend's certificate is checked.
type BackendTLSDocument struct {
	// Whether the certificate must chain to a known root and be valid now. Default: true.
	ValidateCertificateChain *bool `json:"validateCertificateChain,omitempty"`
	// Whether the certificate must be for the server name. Default: as validateCertificateChain.
	ValidateCertificateName *bool `json:"validateCertificateName,omitempty"`
	// Server name sent and checked. Default: the host of the url.
	ServerName string `json:"serverName,omitempty"`
	// File with authorities in PEM form that are trusted beside the system's, relative to this document and inside its folder.
	CAFile string `json:"caFile,omitempty" rule:"length=1024"`
}

// BackendTimeoutsDocument says how long the parts of a request may take.
type BackendTimeoutsDocument struct {
	// For a connection, TLS included, 1ms to 5m. Default: 5s.
	Connect Duration `json:"connect,omitempty"`
	// From the end of the request to the header of the answer, 1ms to 1h; the timeout of forward-request counts before it. Default: 300s.
	Response Duration `json:"response,omitempty"`
	// How long a connection is kept without a request, 1s to 1h. Default: 90s.
	Idle Duration `json:"idle,omitempty"`
	// How long a connection is kept in all, 1s to 366 days. Default: 1h.
	Age Duration `json:"age,omitempty"`
}

// CircuitBreakerDocument says when a backend is left alone for a while.
type CircuitBreakerDocument struct {
	// The rule; Azure has a list here and takes one.
	Rules []BreakerRuleDocument `json:"rules" rule:"required,items=1"`
}

// BreakerRuleDocument is the rule of a breaker.
type BreakerRuleDocument struct {
	// Name of the rule: letters, digits and hyphens, 1 to 80, a letter or digit at both ends.
	Name string `json:"name" rule:"required,length=80"`
	// What opens the breaker.
	FailureCondition FailureConditionDocument `json:"failureCondition" rule:"required"`
	// How long it stays open, 1ms to 366 days.
	TripDuration Duration `json:"tripDuration" rule:"required"`
	// Whether Retry-After of the failing answer counts instead of tripDuration. Default: false.
	AcceptRetryAfter bool `json:"acceptRetryAfter,omitempty"`
	// halfOpen lets few requests through before it closes; Azure's closes fully. Default: closed.
	Recovery string `json:"recovery,omitempty" rule:"enum=closed|halfOpen"`
	// recovery: halfOpen: how it closes.
	HalfOpen *HalfOpenDocument `json:"halfOpen,omitempty"`
	// What is answered while it is open.
	FailureResponse *FailureResponseDocument `json:"failureResponse,omitempty"`
}

// FailureConditionDocument is what opens a breaker.
type FailureConditionDocument struct {
	// Failures in the interval; this or percentage.
	Count int `json:"count,omitempty" rule:"min=1,max=10000"`
	// Share of failures in the interval; this or count.
	Percentage int `json:"percentage,omitempty" rule:"min=1,max=100"`
	// percentage: requests in the interval below which it does not count. Default: 10.
	MinimumVolume int `json:"minimumVolume,omitempty" rule:"min=1,max=1000000"`
	// The sliding interval, 1ms to 366 days.
	Interval Duration `json:"interval" rule:"required"`
	// Statuses that are failures.
	StatusCodeRanges []FailureRangeDocument `json:"statusCodeRanges,omitempty" rule:"items=10"`
	// Reasons that are failures: Server errors, Timeout, BackendConnectionFailure; others are taken and never match.
	ErrorReasons []string `json:"errorReasons,omitempty" rule:"items=10"`
}

// FailureRangeDocument is an inclusive range of statuses that are failures.
type FailureRangeDocument struct {
	// Lowest status.
	Min int `json:"min" rule:"required,min=200,max=599"`
	// Highest status.
	Max int `json:"max" rule:"required,min=200,max=599"`
}

// HalfOpenDocument says how a breaker closes.
type HalfOpenDocument struct {
	// Requests let through at once. Default: 1.
	Probes int `json:"probes,omitempty" rule:"min=1,max=1000"`
	// Successes in a row that close it. Default: 1.
	Successes int `json:"successes,omitempty" rule:"min=1,max=1000"`
	// How long one let through counts while it has no outcome, 1ms to 1h. Default: 30s, tripDuration where that is less.
	Lease Duration `json:"lease,omitempty"`
	// Time in which the share of requests grows to all, 0 to 1h. Default: 0.
	Ramp Duration `json:"ramp,omitempty"`
}

// FailureResponseDocument is what is answered instead of a backend.
type FailureResponseDocument struct {
	// The status. Default: 503.
	StatusCode int `json:"statusCode,omitempty" rule:"min=100,max=599"`
}
