// Package cluster joins the nodes of a service: who is there, what each knows,
// and streams between them. It knows nothing of DNS: what it replicates are
// records of opaque kinds, signed by the node that wrote them.
//
//	Ledger.Write ─► record ─► broadcast ┐
//	digests, every second ─► deltas ────┴─► Ledger.Merge ─► Options.Changed     on every node
//	Cluster.Call ─► TLS stream, both ends proved ─► Handler                     from node to node
//
// Membership (SWIM, by memberlist, which only this package imports) is a hint:
// it says whom to talk to. It carries no metadata and decides nothing. Its
// callbacks only put into bounded queues. Everything about time and networks
// goes through Options.Network, so that a whole cluster runs in a test's memory.
//
// It imports nothing else of this module.
package cluster
