package api

import "time"

// Setting is one switch of an object: what counts, what the plan says, and what
// operators said.
type Setting struct {
	Property  string       `json:"property" example:"disableGateway"`
	Effective string       `json:"effective" doc:"What counts" example:"true"`
	Plan      string       `json:"plan,omitempty" doc:"What the plan says; absent where it cannot say it" example:"false"`
	Intent    *Intent      `json:"intent,omitempty" doc:"The operator's value that counts; absent where the plan counts"`
	Layers    List[Intent] `json:"layers" nullable:"false" doc:"All values that lie there, the highest layer first, held ones too"`
}

// Intent is what one operator said of a switch.
type Intent struct {
	ID       string       `json:"id"`
	Layer    string       `json:"layer" enum:"standing,timed,drill"`
	Value    string       `json:"value" example:"true"`
	By       string       `json:"by"`
	Reason   string       `json:"reason,omitempty"`
	Node     string       `json:"node" doc:"Node that accepted it"`
	At       time.Time    `json:"at"`
	Until    *time.Time   `json:"until,omitempty" doc:"When it ends by itself"`
	Held     string       `json:"held,omitempty" doc:"Why it is held back, where it is"`
	Conflict List[string] `json:"conflict,omitempty" nullable:"false" doc:"Ids of values written at the same time elsewhere, where they disagree"`
	Bypass   List[string] `json:"bypass,omitempty" nullable:"false" doc:"Safety rules that do not hold it"`
}
