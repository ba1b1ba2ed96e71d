package api

import "time"

// DrillOrder starts a drill: a location is taken out of service for a while, and
// what happens is measured.
type DrillOrder struct {
	Location   string            `json:"location" minLength:"1" maxLength:"64" doc:"Id or name"`
	Mode       string            `json:"mode,omitempty" enum:"drain,loss" default:"drain" doc:"drain: late clients are carried elsewhere; loss: they are refused, as a dead region would"`
	For        string            `json:"for" minLength:"1" maxLength:"32" doc:"How long, PT10M or 10m" example:"10m"`
	Share      string            `json:"share,omitempty" maxLength:"16" doc:"Take only this share of the clients away" example:"20%"`
	Hypothesis *DrillHypothesis  `json:"hypothesis,omitempty" doc:"What is expected; the report says whether it was so"`
	Block      List[DrillSignal] `json:"block,omitempty" nullable:"false" maxItems:"16" doc:"Signals that must be good before it starts"`
	Abort      List[DrillSignal] `json:"abort,omitempty" nullable:"false" maxItems:"16" doc:"Signals that end it when they turn bad"`
	Force      bool              `json:"force,omitempty" doc:"Start although the precheck refuses"`
	Reason     string            `json:"reason,omitempty" maxLength:"1024"`
	Bypass     List[string]      `json:"bypass,omitempty" nullable:"false" maxItems:"8" doc:"Safety rules that shall not hold it; needs a reason"`
}

// DrillHypothesis is what a drill is expected to show.
type DrillHypothesis struct {
	MaxErrorRate    *float64 `json:"maxErrorRate,omitempty" minimum:"0" maximum:"1" doc:"Share of requests that fail"`
	MaxErrors       *int64   `json:"maxErrors,omitempty" minimum:"0"`
	MaxShiftSeconds *float64 `json:"maxShiftSeconds,omitempty" minimum:"0" doc:"Until 95 % of the clients have left"`
	MaxP99Ms        *float64 `json:"maxP99Ms,omitempty" minimum:"0"`
}

// DrillSignal is something that is watched. URL or metric must be given.
type DrillSignal struct {
	Name     string   `json:"name" minLength:"1" maxLength:"64"`
	URL      string   `json:"url,omitempty" maxLength:"2048" format:"uri" doc:"Good while it answers with the status"`
	Status   int      `json:"status,omitempty" minimum:"100" maximum:"599" doc:"Status of a good answer; 200 without"`
	Metric   string   `json:"metric,omitempty" maxLength:"256" doc:"Metric of this node, with labels" example:"meridian_gateway_requests_total{code=\"500\"}"`
	Op       string   `json:"op,omitempty" enum:"<,<=,>,>=,==,!=" doc:"Good while metric op threshold"`
	Limit    *float64 `json:"threshold,omitempty"`
	Every    string   `json:"every,omitempty" maxLength:"32" doc:"How often it is looked at; 1s without" example:"1s"`
	Failures int      `json:"failures,omitempty" minimum:"1" maximum:"100" doc:"Bad looks in a row that count; 2 without"`
}

// Drill is one drill.
type Drill struct {
	ID         string            `json:"id"`
	Location   string            `json:"location"`
	Mode       string            `json:"mode" enum:"drain,loss"`
	State      string            `json:"state" enum:"running,ended"`
	End        string            `json:"end,omitempty" enum:"expired,aborted,yielded,superseded" doc:"How it ended"`
	Why        string            `json:"why,omitempty" doc:"Why it is blocked, or ended, for people"`
	Share      string            `json:"share,omitempty"`
	By         string            `json:"by"`
	Reason     string            `json:"reason,omitempty"`
	Schedule   string            `json:"schedule,omitempty" doc:"Schedule that started it"`
	At         time.Time         `json:"startedAt"`
	Until      time.Time         `json:"until" doc:"When it ends by itself"`
	Ended      *time.Time        `json:"endedAt,omitempty"`
	AbortedBy  string            `json:"abortedBy,omitempty" doc:"Who or which signal"`
	Hypothesis *DrillHypothesis  `json:"hypothesis,omitempty"`
	Signals    List[SignalState] `json:"signals" nullable:"false"`
	Findings   List[Finding]     `json:"findings" nullable:"false" doc:"What the precheck found"`
	Nodes      List[Applied]     `json:"nodes" nullable:"false" doc:"Nodes that have it in what they serve"`
	Curve      List[DrillPoint]  `json:"curve,omitempty" nullable:"false" doc:"Share of answers and arrivals of the location over time; only of one drill"`
	Arrivals   *Arrivals         `json:"arrivals,omitempty" doc:"Only of one drill"`
	Verdict    string            `json:"verdict,omitempty" enum:"met,not_met,not_measurable" doc:"Of the hypothesis, once ended"`
}

// SignalState is how a signal stands.
type SignalState struct {
	Name  string     `json:"name"`
	Kind  string     `json:"kind" enum:"block,abort"`
	Good  bool       `json:"good"`
	Value string     `json:"value,omitempty"`
	At    *time.Time `json:"at,omitempty"`
}

// DrillPoint is one second of a drill.
type DrillPoint struct {
	Second   float64 `json:"second" doc:"Since the start; negative before"`
	Answers  float64 `json:"answers" minimum:"0" maximum:"1" doc:"Share of the answers that name the location"`
	Arrivals float64 `json:"arrivals" minimum:"0" maximum:"1" doc:"Share of the requests that arrive there"`
	Errors   uint64  `json:"errors" doc:"Requests failed in this second, in all locations"`
}

// Drills lists drills, newest first.
type Drills struct {
	Drills    List[Drill]         `json:"drills" nullable:"false"`
	Schedules List[DrillSchedule] `json:"schedules" nullable:"false"`
}

// DrillSchedule is a drill that starts by itself.
type DrillSchedule struct {
	Name     string     `json:"name"`
	Location string     `json:"location"`
	Mode     string     `json:"mode" enum:"drain,loss"`
	Window   string     `json:"window" doc:"For people" example:"Tue 10:00 to 11:00 Europe/Berlin"`
	Next     *time.Time `json:"next,omitempty"`
	Blocked  string     `json:"blocked,omitempty" doc:"Why the next one will not start"`
}

// DrillReport is a report as a document.
type DrillReport struct {
	ContentType string // application/json, text/markdown or text/html
	Body        []byte
}
