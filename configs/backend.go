package configs

import (
	"net/http"
	"net/url"
	"time"
)

// Backend is a server that APIs forward to, or several behind one URL.
type Backend struct {
	Name        string   // as the document spells it; unique without regard to case
	URL         *url.URL // scheme http or https; its path is put before the request's
	Region      string   // id of a location or cloud region (azureRegion); empty: unknown
	Breaker     *BreakerRule
	Credentials BackendCredentials
	TLS         BackendTLS
	Proxy       *url.URL // scheme http; with user and password where it wants them; nil: none
	Resolve     string   // "dns": a name of our own zone is looked up too; else empty
	EmptyDrains bool     // a name without addresses takes the backend out, instead of keeping the last ones
	HTTPVersion string   // "1", "2" or "2or1"; empty: the policies' or the default
	Timeouts    BackendTimeouts
}

// BreakerRule says when a breaker opens and closes; nil: there is none.
type BreakerRule struct {
	Name                             string
	Count, Percentage, MinimumVolume int // Count xor Percentage; MinimumVolume goes with Percentage, 0: the default
	Interval, TripDuration           time.Duration
	Statuses                         []StatusRange
	Reasons                          []string // as the document spells them; unknown ones are warned of
	AcceptRetryAfter                 bool
	HalfOpen                         *HalfOpen // nil: it closes fully after TripDuration
	FailureStatus                    int       // what an open breaker answers; 0: 503
}

// HalfOpen lets few requests through before a breaker closes.
type HalfOpen struct {
	Probes    int           // requests on their way at once
	Successes int           // in a row that close it
	Lease     time.Duration // after which a request without outcome counts no more
	Ramp      time.Duration // in which the share of requests grows to all; 0: at once
}

// BackendCredentials is what every request to a backend carries. Values are
// secrets: it must not be printed.
type BackendCredentials struct {
	Header http.Header // canonical names; with Authorization
	Query  url.Values
}

// String hides the values.
func (BackendCredentials) String() string { return "[credentials]" }

// GoString hides the values.
func (BackendCredentials) GoString() string { return "[credentials]" }

// BackendTLS says how a backend's certificate is checked.
type BackendTLS struct {
	SkipChain  bool   // any chain is accepted
	SkipName   bool   // any name is accepted
	ServerName string // sent and checked; empty: the URL's host
	Roots      []byte // PEM of the authorities that are trusted beside the system's; nil: none
}

// BackendTimeouts bounds the parts of a request to a backend; 0: the default.
type BackendTimeouts struct {
	Connect time.Duration // for a connection, TLS included
	Header  time.Duration // from the end of the request to the header of the answer
	Idle    time.Duration // without a request on a kept connection
	Age     time.Duration // of a kept connection in all
}

// Retry bounds attempts again: the built-in ones and those of policies.
type Retry struct {
	Budget int // percent of the requests that may be attempts again, 1 .. 100; 0: the default, and none for retry of policies
}
