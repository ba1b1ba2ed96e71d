package api

// Matrix is what every observing location says of every target, and what
// follows from rows and columns.
type Matrix struct {
	Observers List[Observer]     `json:"observers" nullable:"false" doc:"Locations that probe, by id"`
	Targets   List[MatrixTarget] `json:"targets" nullable:"false" doc:"Targets that match the request, by id"`
	Total     int                `json:"total" doc:"Targets that match, also those beyond limit"`
}

// Observer is one location that probes.
type Observer struct {
	Location   string       `json:"location"`
	Nodes      List[string] `json:"nodes" nullable:"false" doc:"Names of its probing nodes"`
	State      string       `json:"state" enum:"voting,abstaining,silent"`
	Reason     string       `json:"reason,omitempty"`
	Conclusion string       `json:"conclusion" enum:"ok,observer_cut_off" doc:"observer_cut_off: it finds down most of what others find up"`
	Text       string       `json:"text,omitempty"`
}

// MatrixTarget is one row of the matrix.
type MatrixTarget struct {
	ID         string     `json:"id" example:"shop/us"`
	Verdict    string     `json:"verdict" enum:"unchecked,up,down"`
	Forced     bool       `json:"forced,omitempty" doc:"Whether an operator's verdict counts"`
	Conclusion string     `json:"conclusion" enum:"ok,target_down,path_broken,unknown" doc:"path_broken: some observers reach it and some do not"`
	Text       string     `json:"text,omitempty"`
	Cells      List[Cell] `json:"cells" nullable:"false" doc:"One for each observer that looks at it"`
}

// Cell is what one observer says of one target.
type Cell struct {
	Observer string   `json:"observer" doc:"Id of the location"`
	Verdict  string   `json:"verdict" enum:"unchecked,up,down,abstains,silent"`
	Reason   string   `json:"reason,omitempty" example:"timeout_connect"`
	AgeMs    *float64 `json:"ageMs,omitempty" doc:"Since it was heard; absent where it never was"`
	Fresh    bool     `json:"fresh" doc:"Whether it counts in the quorum"`
}
