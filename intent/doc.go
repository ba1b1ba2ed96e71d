// Package intent is what operators want, as values: the register of switches
// with its layers, concurrency and leases, the fold that makes one effective
// state of it, the order of plan versions, and the registry of nodes.
//
// It is pure: no clock, randomness, socket, log or lock; now is an argument.
// It imports nothing of this module. cluster carries its values between nodes
// as opaque records; node folds them into what is published; admin asks what a
// command would write.
//
//	Command ─► Register.Plan ─► drafts ─► (signed, spread) ─► Values ─► Resolve ─► Fold ─► Effective
package intent
