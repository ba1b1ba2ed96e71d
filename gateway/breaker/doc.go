// Package breaker is the circuit breaker of one backend on one gateway, pure:
// now and the draw are arguments, transitions are return values, there is no
// lock, clock, log or goroutine. Its caller (gateway/backend) holds the lock and
// tells others of transitions after it has let go of it. The package imports
// nothing of this module.
//
//	Advance ─► Transition      what time alone does: the end of a trip, of an order
//	Admit   ─► Permit ─► the attempt ─► Outcome ─► Record ─► Transition
//	Force   ─► Transition      what an operator does
//	Status, Wait               what it is, changing nothing
//
// It follows azure.md §3.3: a rule that is reached opens the breaker for
// tripDuration (or what Retry-After said), the answer that trips it is passed
// on, and after that time it closes fully with its counters at zero. A rule with
// HalfOpen lets a few probes pass first (gateway-peers.md §8.1). A probe is a
// lease that expires: a result that never comes blocks nothing.
//
// A Row is what a gateway tells others of breakers that are not closed: small,
// bounded, with times as spans, so that it means the same by another clock.
//
// Every state has a generation. A permit belongs to the generation that gave it;
// its result counts in no other.
package breaker
