package api

import "time"

// PlanVersion names one plan.
type PlanVersion struct {
	Term uint64 `json:"term" doc:"Raised by each promotion of another writer; 0: provisional"`
	Seq  uint64 `json:"seq" doc:"Never resets: the serial of the zone"`
	Hash string `json:"hash" doc:"SHA-256 over document and files, hexadecimal"`
	Text string `json:"text" doc:"term.seq.hash12, also the ETag" example:"1.42.0123456789ab"`
}

// PlanState is the plan as the cluster has it.
type PlanState struct {
	Version     PlanVersion         `json:"version" doc:"What this node serves"`
	Source      string              `json:"planSource" enum:"file,api" doc:"Where plans come from: a file of the writer, or this API"`
	File        string              `json:"file,omitempty" doc:"The writer's file, with planSource file"`
	Writer      PlanWriter          `json:"writer"`
	At          *time.Time          `json:"committedAt,omitempty"`
	By          string              `json:"by,omitempty"`
	Reason      string              `json:"reason,omitempty"`
	Provisional bool                `json:"provisional,omitempty" doc:"Read from a file by a node that is not the writer; replaced by any plan of a writer"`
	Fork        bool                `json:"fork,omitempty" doc:"Two plans of one version were seen: the one with the greater hash is kept everywhere"`
	Held        *PlanHeld           `json:"held,omitempty" doc:"A newer plan that is held back"`
	Rejected    *PlanRejected       `json:"rejected,omitempty" doc:"A newer document in the file that cannot be used; the last good plan serves"`
	Nodes       List[PlanNode]      `json:"nodes" nullable:"false" doc:"What each registered node serves"`
	Schedules   List[DrillSchedule] `json:"schedules" nullable:"false" doc:"Drills that start by themselves"`
}

// PlanWriter is the one node that may write the plan.
type PlanWriter struct {
	Node      string `json:"node,omitempty" doc:"Id; absent where nobody may"`
	Name      string `json:"name,omitempty"`
	Location  string `json:"location,omitempty"`
	Here      bool   `json:"here" doc:"Whether it is the node that answers"`
	Reachable bool   `json:"reachable"`
	Why       string `json:"why" doc:"Why it is the writer, or cannot be reached, for people"`
}

// PlanHeld is a plan that was proposed and is not in service.
type PlanHeld struct {
	Version  *PlanVersion      `json:"version,omitempty"`
	Since    time.Time         `json:"since"`
	Why      string            `json:"why"`
	Problems List[PlanRefusal] `json:"problems" nullable:"false" doc:"Nodes that cannot compile it"`
	Rules    List[string]      `json:"rules" nullable:"false" doc:"Safety rules that hold it"`
}

// PlanRejected is a service document that cannot be used.
type PlanRejected struct {
	Node  string    `json:"node" doc:"Name of the node whose file it is"`
	File  string    `json:"file"`
	Since time.Time `json:"since" doc:"No newer document could be used from then on"`
	Why   string    `json:"why" doc:"What is wrong, with file, line and column; of another node's file the beginning"`
}

// PlanNode is what one node serves.
type PlanNode struct {
	Node      string       `json:"node"`
	Name      string       `json:"name"`
	Location  string       `json:"location,omitempty"`
	Version   *PlanVersion `json:"version,omitempty" doc:"Absent where the node serves none, or was never heard"`
	Current   bool         `json:"current" doc:"Whether it is the newest plan"`
	Reachable bool         `json:"reachable"`
	Refusal   *PlanRefusal `json:"refusal,omitempty" doc:"Why it serves no newer one"`
	Heard     *time.Time   `json:"heardAt,omitempty"`
}

// PlanRefusal is what one node finds wrong in a plan.
type PlanRefusal struct {
	Node     string            `json:"node"`
	Name     string            `json:"name,omitempty"`
	Problems List[PlanProblem] `json:"problems" nullable:"false"`
}

// PlanProblem is one thing that is wrong in a document.
type PlanProblem struct {
	File    string `json:"file,omitempty"`
	Line    int    `json:"line,omitempty"`
	Column  int    `json:"column,omitempty"`
	Path    string `json:"path,omitempty" example:"profiles[1].ttl"`
	Message string `json:"message"`
	Warning bool   `json:"warning,omitempty"`
}

// Bundle is a whole plan: the service document and the files it names.
type Bundle struct {
	Version  *PlanVersion `json:"version,omitempty" doc:"Ignored when it is sent"`
	Document string       `json:"document" minLength:"1" doc:"The service document: YAML or JSON when it is sent, canonical JSON when it is read"`
	Name     string       `json:"name,omitempty" maxLength:"255" doc:"Name of the document's file, for the problems found in it" example:"service.yaml"`
	Files    List[File]   `json:"files,omitempty" nullable:"false" maxItems:"10000"`
}

// File is one file a plan names.
type File struct {
	Path   string `json:"path" minLength:"1" maxLength:"512" doc:"Relative, with slashes, inside the document's folder"`
	SHA256 string `json:"sha256,omitempty" doc:"Hexadecimal; ignored when it is sent"`
	Data   []byte `json:"data" doc:"Base64"`
}

// PlanCheck is what compiling a plan found.
type PlanCheck struct {
	OK       bool                `json:"ok"`
	Version  *PlanVersion        `json:"version,omitempty" doc:"What it would be"`
	Problems List[PlanProblem]   `json:"problems" nullable:"false" doc:"Errors and warnings, of the node that was asked"`
	Nodes    List[PlanRefusal]   `json:"nodes" nullable:"false" doc:"Other nodes that cannot compile it"`
	Rules    List[string]        `json:"rules" nullable:"false" doc:"Safety rules that would hold it, and why"`
	Hidden   List[HiddenSetting] `json:"hidden" nullable:"false" doc:"Values of operators that hide what the plan says"`
	Answers  *AnswerChanges      `json:"answers,omitempty"`
}

// HiddenSetting is a value of the plan that an operator's value hides.
type HiddenSetting struct {
	Object   string `json:"object" example:"location/westus2"`
	Property string `json:"property" example:"disableGateway"`
	Plan     string `json:"plan"`
	Intent   Intent `json:"intent"`
}

// PlanEntry is one plan of the history.
type PlanEntry struct {
	Version PlanVersion `json:"version"`
	At      time.Time   `json:"committedAt"`
	By      string      `json:"by,omitempty"`
	Reason  string      `json:"reason,omitempty"`
	Writer  string      `json:"writer,omitempty" doc:"Name of the node that wrote it"`
	Serving bool        `json:"serving" doc:"Whether this node serves it"`
	Bytes   int         `json:"bytes" doc:"Size of document and files"`
}

// PlanHistory lists plans, newest first.
type PlanHistory struct {
	Plans List[PlanEntry] `json:"plans" nullable:"false"`
}

// PlanDiff compares two plans.
type PlanDiff struct {
	From     PlanVersion   `json:"from"`
	To       PlanVersion   `json:"to"`
	Answers  AnswerChanges `json:"answers"`
	Document string        `json:"document" doc:"Unified difference of the documents, and of the names and sums of the files"`
}

// PlanOrder replaces the plan.
type PlanOrder struct {
	Plan   Bundle       `json:"plan"`
	Reason string       `json:"reason,omitempty" maxLength:"1024"`
	Bypass List[string] `json:"bypass,omitempty" nullable:"false" maxItems:"8" doc:"Safety rules that shall not hold it; needs a reason"`
}

// RollbackOrder makes an older plan the newest.
type RollbackOrder struct {
	To     string       `json:"to" minLength:"1" maxLength:"64" doc:"Version, as term.seq.hash12 or seq" example:"41"`
	Reason string       `json:"reason" minLength:"1" maxLength:"1024"`
	Bypass List[string] `json:"bypass,omitempty" nullable:"false" maxItems:"8"`
}
