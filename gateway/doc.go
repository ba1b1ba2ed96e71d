// Package gateway owns the HTTP side of a node: the listeners clients arrive
// at, the decision where a request is served, the relay between locations, and
// the account of who still arrives at a location that is off.
//
// It imports routing for the names of locations, and nothing else of ours. Who
// decides (Router), who carries a request to another node (Peers) and what
// serves it here (Options.Local) are passed in.
//
// A request passes the steps of Gateway.steps, in order: status path, relayed
// by a peer?, strip what only a peer may say, decide, and then it is served
// here, relayed, or refused. A relayed request is served where it arrives,
// whatever the state of the location, so that no loop is possible.
//
// Every request is counted once, under one Outcome; Gateway.Counts is the
// account.
package gateway
