package backend

import (
	"crypto/tls"
	"net/http"
	"net/url"
	"time"

	"meridian/gateway/breaker"
)

// Config is the backends and pools of one plan.
type Config struct {
	Backends []Backend
	Pools    []Pool
	Retry    Retry
}

// Backend is one server that requests go to, under one URL. Its host may have
// many addresses; the breaker is of the backend, ejection of an address.
type Backend struct {
	Name        string
	URL         *url.URL      // http or https; its path goes before the request's, its query is added
	Region      string        // location id, for PreferRegion; "": unknown
	Breaker     *breaker.Rule // nil: none
	Credentials Credentials
	TLS         TLS
	Proxy       *url.URL // http, with user and password where it asks for them; nil: none
	Resolve     string   // "" or "dns"; what Names makes of it (see Names)
	Timeouts    Timeouts
	HTTPVersion string // "1", "2" or "2or1"; "": 1 on http, 2or1 on https
	EmptyDrains bool   // a name that has no addresses any more has none here; otherwise the last ones stay
}

// Credentials go with every request to a backend. Header replaces the request's
// fields of the same names, Query its parameters of the same names.
type Credentials struct {
	Header       http.Header // canonical names, Authorization among them
	Query        url.Values
	Certificates []tls.Certificate // of the client, for TLS
}

// String hides the values.
func (Credentials) String() string { return "[credentials]" }

// GoString hides the values.
func (Credentials) GoString() string { return "[credentials]" }

// TLS says how a backend's certificate is checked.
type TLS struct {
	SkipChain  bool   // any chain is accepted
	SkipName   bool   // any name is accepted
	ServerName string // sent and checked; "": the URL's host
	Roots      []byte // PEM of authorities trusted beside the system's; nil: none
}

// Timeouts of one attempt; 0: the default.
type Timeouts struct {
	Connect time.Duration // to an address, TLS and proxy included; 5 s
	Header  time.Duration // from the end of the request to the header of the answer; 300 s
	Idle    time.Duration // of a kept connection; 90 s
	Age     time.Duration // of a kept connection in all, ± 20 %: then new requests use new ones; 1 h
}

// Pool is several backends under one name.
type Pool struct {
	Name             string
	Members          []Member // 1 to 30
	PreferRegion     bool     // nearer members first, inside a priority group
	HealthOfLocation bool     // counts for Share
	FailureStatus    int      // when no member admits; 0: 503
	SessionCookie    string   // name of the cookie that keeps a client at its member; "": none
}

// Member is a backend's part in a pool.
type Member struct {
	Backend  string
	Priority int // lower first
	Weight   int // share inside its priority; 0: none while another member of it with a weight admits; all 0: equal shares
}

// Retry is the built-in repetition of requests (Call.Retry): idempotent, failed
// before the first byte of an answer, without a body or with one of at most
// 64 KiB, to a target with several members or addresses.
type Retry struct {
	Disabled bool
	Budget   int // percent of the requests of the last 10 s that may be repetitions, those by Target.Repeat included; 0: 20, and Target.Repeat has no bound
	Minimum  int // repetitions in 10 s that are always allowed; 0: 3
}
