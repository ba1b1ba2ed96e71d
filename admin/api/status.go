package api

import "time"

// Status is the one-screen summary.
type Status struct {
	OK        bool          `json:"ok" doc:"Whether all is well: nothing to report under problems"`
	Problems  List[Problem] `json:"problems" nullable:"false" doc:"What needs somebody's attention, worst first"`
	Node      string        `json:"node"`
	Location  string        `json:"location,omitempty"`
	Roles     List[string]  `json:"roles" nullable:"false"`
	Version   string        `json:"version" doc:"Version of the program"`
	Started   time.Time     `json:"started"`
	Zone      string        `json:"zone" example:"gtm.example.com."`
	Serving   bool          `json:"serving" doc:"Whether a plan is served"`
	Plan      Plan          `json:"plan"`
	Listeners List[string]  `json:"listeners" nullable:"false" doc:"Sockets, as role network address" example:"[\"dns udp 127.0.0.1:53\"]"`

	Profiles  Count `json:"profiles" doc:"bad: serving best effort or nothing"`
	Endpoints Count `json:"endpoints" doc:"bad: Degraded"`
	Locations Count `json:"locations" doc:"bad: Degraded; off: disabled"`
	Targets   Count `json:"targets" doc:"bad: down"`

	Nodes   Count  `json:"nodes" doc:"Registered nodes, this one too; good: alive; off: leaving or left"`
	Writer  string `json:"writer,omitempty" doc:"Name of the node that writes the plan; absent where nobody may yet"`
	Cluster bool   `json:"cluster" doc:"Whether this node has others (its node file has a cluster block)"`

	Queries    uint64 `json:"queries" doc:"DNS queries answered since the start"`
	Generation uint64 `json:"generation" doc:"Generation of the published snapshot"`

	Audit *AuditHead `json:"audit,omitempty" doc:"End of this node's audit log; kept elsewhere, it shows later whether the log was cut off or written anew"`
}

// Count counts things by their state.
type Count struct {
	Total int `json:"total"`
	Good  int `json:"good"`
	Bad   int `json:"bad"`
	Off   int `json:"off"`
}

// Plan says which plan is served.
type Plan struct {
	Source    string     `json:"source" doc:"File the plan was read from, or disk when it is the last known good one" example:"service.yaml"`
	Hash      string     `json:"hash" doc:"SHA-256 over the document and the files it names, hexadecimal"`
	Serial    uint32     `json:"serial" doc:"SOA serial of the zone"`
	Applied   *time.Time `json:"applied,omitempty"`
	Rejected  string     `json:"rejected,omitempty" doc:"Why a newer document is not served"`
	Durable   bool       `json:"durable" doc:"Whether the plan is safe on this node's disk"`
	Provision bool       `json:"provisional,omitempty" doc:"Read from a file by a node that is not the writer"`
}

// Problem is something that needs attention.
type Problem struct {
	Severity string     `json:"severity" enum:"critical,warning,info"`
	Code     string     `json:"code" doc:"In snake_case, stable" example:"serving_best_effort"`
	Subject  string     `json:"subject,omitempty" doc:"What it is about" example:"profile/shop"`
	Text     string     `json:"text"`
	Since    *time.Time `json:"since,omitempty"`
}

// Ready says whether the node serves.
type Ready struct {
	Ready   bool         `json:"ready"`
	Reasons List[string] `json:"reasons" nullable:"false" doc:"Why not"`
}

// Alive says that the process answers.
type Alive struct {
	Status string `json:"status" enum:"alive"`
}
