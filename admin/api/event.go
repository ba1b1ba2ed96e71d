package api

import "time"

// Event is one thing that happened. Events of one node are in order; ids are
// opaque and name a place in that order.
type Event struct {
	ID      string            `json:"id" doc:"Opaque; give it back as Last-Event-ID or after to go on behind it"`
	At      time.Time         `json:"at"`
	Kind    string            `json:"kind" doc:"In snake_case, stable" example:"target_down"`
	Subject string            `json:"subject,omitempty" doc:"What it is about" example:"target/shop/us"`
	Text    string            `json:"text" doc:"One line for people"`
	Fields  map[string]string `json:"fields,omitempty" doc:"Details, by name"`
}

// EventLost is the kind of the event a stream begins with when events between
// the id asked for and the oldest one kept are gone.
const EventLost = "events_lost"

// Events is a list of recent events, oldest first.
type Events struct {
	Events List[Event] `json:"events" nullable:"false"`
	Lost   bool        `json:"lost,omitempty" doc:"Events between after and the first of these are no longer kept"`
}
