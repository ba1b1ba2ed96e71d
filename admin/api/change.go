package api

import "time"

// Change is one accepted change, and which nodes have it in what they serve.
type Change struct {
	ID       string         `json:"id" doc:"Under /v1/changes; empty for a dry run, and where nothing had to change"`
	Kind     string         `json:"kind" enum:"intent,plan,secret,token,drill,node,cluster" doc:"Which kind of state changes"`
	Object   string         `json:"object" doc:"What is changed" example:"location/westus2"`
	Property string         `json:"property,omitempty" example:"disableGateway"`
	Value    string         `json:"value,omitempty" doc:"The new value; absent where a value is taken away" example:"true"`
	At       time.Time      `json:"acceptedAt"`
	Until    *time.Time     `json:"until,omitempty" doc:"When the change ends by itself"`
	By       string         `json:"by" doc:"Who ordered it"`
	Reason   string         `json:"reason,omitempty"`
	Node     string         `json:"node" doc:"Node that accepted it"`
	Durable  int            `json:"durable" doc:"Nodes that have it on disk"`
	Wait     string         `json:"wait" enum:"none,reachable,all" doc:"What was waited for"`
	Applied  List[Applied]  `json:"applied" nullable:"false" doc:"Nodes that have it in what they serve, in the order they had it"`
	Missing  List[Missing]  `json:"missing" nullable:"false" doc:"Nodes that have not yet"`
	Reached  bool           `json:"reached" doc:"Whether what was waited for is the case"`
	Noop     bool           `json:"noop,omitempty" doc:"Nothing had to change"`
	DryRun   bool           `json:"dryRun,omitempty" doc:"Nothing has changed: this is what would"`
	Held     string         `json:"held,omitempty" doc:"Why the change is held back, where it is"`
	Notes    List[string]   `json:"notes,omitempty" nullable:"false" doc:"What else to know, one sentence each"`
	Findings List[Finding]  `json:"findings,omitempty" nullable:"false" doc:"What was checked first, and found"`
	Answers  *AnswerChanges `json:"answers,omitempty" doc:"The change in answers; only of dry runs and plan changes"`
}

// Applied says that a node serves a change.
type Applied struct {
	Node     string  `json:"node" doc:"Id of the node"`
	Name     string  `json:"name"`
	Location string  `json:"location,omitempty" doc:"Id of its location"`
	Ms       float64 `json:"ms" doc:"Milliseconds from acceptance to the node's published snapshot"`
}

// Missing says that a node does not serve a change yet.
type Missing struct {
	Node             string     `json:"node" doc:"Id of the node"`
	Name             string     `json:"name"`
	Location         string     `json:"location,omitempty" doc:"Id of its location"`
	Reachable        bool       `json:"reachable"`
	UnreachableSince *time.Time `json:"unreachableSince,omitempty"`
	Reason           string     `json:"reason" doc:"Why, for people"`
}

// Finding is one thing that was looked at before a change.
type Finding struct {
	Rule     string `json:"rule" doc:"In snake_case, stable" example:"capacity"`
	Severity string `json:"severity" enum:"refusal,warning,info"`
	Text     string `json:"text"`
}

// AnswerChanges is a change in answers: what groups of clients would get, and
// what the zone would hold.
type AnswerChanges struct {
	Groups   int                 `json:"groups" doc:"Client groups compared"`
	Profiles List[ProfileChange] `json:"profiles" nullable:"false" doc:"Profiles with another answer for somebody"`
	Skipped  int                 `json:"skipped,omitempty" doc:"Profiles that were not compared"`
	Zone     List[string]        `json:"zone" nullable:"false" doc:"Records that come (+) and go (-)"`
	Text     string              `json:"text,omitempty" doc:"The same for people"`
}

// ProfileChange is a change in the answers of one profile.
type ProfileChange struct {
	Name     string             `json:"name"`
	Kind     string             `json:"kind" enum:"added,removed,changed"`
	Groups   int                `json:"groups" doc:"Client groups that get another answer"`
	Examples List[AnswerChange] `json:"examples" nullable:"false"`
}

// AnswerChange is another answer for one client group.
type AnswerChange struct {
	Client string `json:"client" doc:"A network of the group"`
	Geo    string `json:"geo,omitempty"`
	Before string `json:"before"`
	After  string `json:"after"`
}

// Changes is a list of changes, newest first.
type Changes struct {
	Changes List[Change] `json:"changes" nullable:"false"`
}
