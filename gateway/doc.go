// Package gateway owns the HTTP side of a node: the listeners clients arrive
// at, the decision where a request is served, the passage of requests and
// answers, the relay between locations, the access log, and the account of who
// still arrives at a location that is off.
//
// It imports routing for the names of locations, and gateway/record for what is
// told of a request; nothing else of ours. Who decides (Router), who carries a
// request to another node (Peers) and what serves it here (Options.Local) are
// passed in.
//
// A request passes the steps of Gateway.steps, in order: status path, is it for
// another name?, does it loop?, relayed by a peer?, who asks?, decide, and then
// it is served here, relayed, or refused. A relayed request is served where it
// arrives, whatever the state of the location, so that no loop is possible.
//
// An exchange is one request and its answer, made at once with room for all it
// needs:
//
//	server ─► exchange: identify ─► decide ─► prepare ─► Local or a peer (RoundTrip)
//	client ◄─ answer ◄─ stream, or a tunnel ◄────────────┘
//	          count ─► account, series; access log ◄─ Record, that Local filled in
//
// Whether a client is still there is looked after when somebody waits for the end
// of its request's context (attention), and not before.
//
// What passes is streamed and never kept; fields of one connection stay behind;
// an answer that breaks off breaks off for the client too.
//
// Every request is counted once, under one Outcome; Gateway.Counts is the
// account.
package gateway
