package api

import "time"

// Health is what this node knows of everything that is probed.
type Health struct {
	Node     string             `json:"node" doc:"Node that answers"`
	Location string             `json:"location,omitempty" doc:"Location of that node"`
	Prober   Prober             `json:"prober" doc:"Whether this node trusts its own bad news"`
	Targets  List[TargetHealth] `json:"targets" nullable:"false" doc:"Targets that match the request, by id"`
	Total    int                `json:"total" doc:"Targets that match, also those beyond limit"`
}

// Prober is the state of this node's own probing.
type Prober struct {
	State      string          `json:"state" enum:"probing,abstaining,off" doc:"abstaining: most targets and the references fail at once, so verdicts are held"`
	Reason     string          `json:"reason,omitempty" doc:"Why the prober abstains"`
	References List[Reference] `json:"references" nullable:"false" doc:"What must answer for this node to trust its own bad news"`
}

// Reference is one address a prober checks itself against.
type Reference struct {
	Address  string `json:"address" example:"192.0.2.53:53"`
	Answered bool   `json:"answered" doc:"Whether it answered when last asked"`
}

// TargetHealth is the health of one target: one check of one address.
type TargetHealth struct {
	ID       string `json:"id" doc:"Stable identity" example:"shop/us"`
	Profile  string `json:"profile,omitempty" doc:"Profile whose monitor settings are used"`
	Endpoint string `json:"endpoint,omitempty" doc:"Endpoint that stands and falls with the target"`
	Location string `json:"location,omitempty" doc:"Location, when the target is one of our gateways"`
	Host     string `json:"host,omitempty" doc:"Host name that is looked up"`
	Address  string `json:"address,omitempty" doc:"Address that is probed, or was probed last"`
	Check    string `json:"check" doc:"What is asked" example:"HTTPS :443/status"`

	Verdict string    `json:"verdict" enum:"unchecked,up,down" doc:"What holds now, over all observers"`
	Reason  string    `json:"reason" doc:"Cause in one word" example:"timeout_connect"`
	Detail  string    `json:"detail,omitempty" doc:"Cause in full" example:"connecting to 198.51.100.20:443: timed out after 5 s"`
	Since   time.Time `json:"since" doc:"When the verdict was reached"`
	Warm    bool      `json:"warm,omitempty" doc:"The verdict was read from disk and no probe has confirmed it yet"`

	AwaitsRelease bool `json:"awaitsRelease,omitempty" doc:"failback: manual, and the target has recovered"`

	Monitor    MonitorConfig `json:"monitorConfig"`
	LastProbe  *Probe        `json:"lastProbe,omitempty" doc:"Last probe of this node"`
	LastChange *Incident     `json:"lastChange,omitempty" doc:"Timeline of the last change of the verdict"`
	Votes      List[Vote]    `json:"votes" nullable:"false" doc:"What each observing location says"`
}

// Vote is what one location says of a target.
type Vote struct {
	Location string     `json:"location"`
	Verdict  string     `json:"verdict" enum:"unchecked,up,down,abstains,silent"`
	At       *time.Time `json:"at,omitempty" doc:"When it was last heard"`
}

// Probe is the outcome of one probe.
type Probe struct {
	At      time.Time `json:"at" doc:"When the probe started"`
	OK      bool      `json:"ok"`
	Reason  string    `json:"reason" doc:"Cause in one word; ok on success" example:"status"`
	Detail  string    `json:"detail,omitempty"`
	Status  int       `json:"status,omitempty" doc:"HTTP status, when there was one" example:"503"`
	TotalMs float64   `json:"totalMs" doc:"Duration of the whole probe"`
}

// Incident is the timeline of one change of a verdict.
type Incident struct {
	Target             string       `json:"target"`
	From               string       `json:"from" enum:"unchecked,up,down"`
	To                 string       `json:"to" enum:"unchecked,up,down"`
	Reason             string       `json:"reason"`
	FirstProbe         *time.Time   `json:"firstProbe,omitempty" doc:"First probe that saw it: the first failed one, or the first good one"`
	Verdict            time.Time    `json:"verdict" doc:"When the verdict changed"`
	FirstChangedAnswer *time.Time   `json:"firstChangedAnswer,omitempty" doc:"When this node published the first answer that differs; absent when no answer differs"`
	CachesExpire       *time.Time   `json:"cachesExpire,omitempty" doc:"When the last cached old answer has expired: firstChangedAnswer and the largest TTL of the profiles concerned"`
	Profiles           List[string] `json:"profiles" nullable:"false" doc:"Profiles whose answers changed"`
}

// Released is what releasing a target did.
type Released struct {
	Target  string `json:"target"`
	Node    string `json:"node" doc:"Node whose prober released it"`
	Outcome string `json:"outcome" enum:"up,waiting,unchanged" doc:"up: it came back at once; waiting: it comes back as soon as its probes succeed; unchanged: it was not down"`
	Text    string `json:"text" doc:"The outcome for people"`
}

// ProbeReport describes one probe made on demand, byte by byte where it
// matters. It counts for nothing: verdicts do not move by it.
type ProbeReport struct {
	Target  string       `json:"target"`
	Node    string       `json:"node" doc:"Node that probed"`
	Address string       `json:"address,omitempty" doc:"Address and port that were dialled"`
	Result  Probe        `json:"result"`
	Request string       `json:"request,omitempty" doc:"Request line and headers as sent"`
	TLS     *TLSInfo     `json:"tls,omitempty"`
	Header  List[string] `json:"header" nullable:"false" doc:"Status line and header lines received"`
	Body    string       `json:"body,omitempty" doc:"First 512 bytes of the body, not UTF-8 replaced"`
	Phases  Phases       `json:"phases"`
	Text    string       `json:"text" doc:"The whole report for people"`
}

// Phases are the durations of a probe's steps; absent steps were not reached.
type Phases struct {
	ResolveMs   float64 `json:"resolveMs,omitempty"`
	ConnectMs   float64 `json:"connectMs,omitempty"`
	TLSMs       float64 `json:"tlsMs,omitempty"`
	FirstByteMs float64 `json:"firstByteMs,omitempty"`
}

// TLSInfo is what the handshake showed.
type TLSInfo struct {
	Version    string       `json:"version,omitempty" example:"TLS 1.3"`
	Cipher     string       `json:"cipher,omitempty"`
	ServerName string       `json:"serverName,omitempty" doc:"Name sent as SNI"`
	Subject    string       `json:"subject,omitempty"`
	Issuer     string       `json:"issuer,omitempty"`
	Names      List[string] `json:"names" nullable:"false" doc:"Subject alternative names"`
	NotBefore  *time.Time   `json:"notBefore,omitempty"`
	NotAfter   *time.Time   `json:"notAfter,omitempty"`
	Verified   bool         `json:"verified" doc:"Whether chain and name were found good"`
	Error      string       `json:"error,omitempty" doc:"Why not"`
}
