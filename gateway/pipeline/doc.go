// Package pipeline is what happens to a request that is served here: API,
// operation, policies, backend. A Pipeline is an http.RoundTripper, and so is
// all that lies below it.
//
//	RoundTrip ─► generation, loaded once ─► match: host, longest path, operation
//	   plain program ──────────────────────────► backend.Target.Do ─► *http.Response
//	   else policy.Program.Run over a host ────►        "           ─► *http.Response
//
// A generation is immutable and whole: the tables that find an API, its compiled
// policies, and the set of backends. Apply makes the next one and swaps it in; a
// request ends on the one it began with. What a plan does not change lives on in
// backend.Backends: breakers, connections, schedules, ejections.
//
// Explain takes the same steps on the live generation and sends nothing.
//
// The package imports its siblings backend, breaker, expr, limit, policy and
// record. It knows neither listeners nor relays (gateway), nor documents
// (configs), nor names (node passes backend.Names in).
package pipeline
