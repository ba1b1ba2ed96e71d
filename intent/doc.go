// Package intent is what operators want, as values: the register of switches
// with its layers, concurrency and leases, the fold that makes one effective
// state of it, the order of plan versions, and the registry of nodes.
//
// It is pure: no clock, randomness, socket, log or lock; now is an argument.
// It imports nothing of this module. cluster carries its values between nodes
// as opaque records; node folds them into what is published; admin asks what a
// command would write.
//
//	Command ─► Drafts ─► Admit ─► Stamp ─► (signed, spread) ─► Values ─► Resolve ─► Fold ─► Effective
//
// Values of one key are ordered by what their authors had seen: Value.Displaces
// says which are superfluous, and Resolve which of the rest counts. Fold lays
// what counts over the plan, layer by layer, and holds what would leave too few
// locations enabled.
package intent
