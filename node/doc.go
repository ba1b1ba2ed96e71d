// Package node composes a running node from its parts and owns what flows
// between them: it is the only caller of routing.Build, Publish and of the
// swaps that put a snapshot into service.
//
// Data flows one way:
//
//	plan: file, API or another node ─► compile ─► generation ┐
//	rows of all observers ─► council ─► verdicts ────────────┤
//	operators' values and drills ─► ledger ─► intent.Fold ───┤
//	resolver ─► addresses of flattened names ────────────────┴► publisher: fold ─► Publish ─► View ─► dns
//	                                                                      live value ─► gateway, admin
//
// What nodes hold in common are the ledgers of replicas: heads of plans, intent,
// the registry, rows, reports, secrets. A change is accepted by one node, pushed
// to all (change), and gossip repairs what a push missed.
//
// The publisher is one goroutine. Everything else hands it changes and reads
// the live value it stores last. All that can fail is done before anything
// live is touched: a document that cannot be compiled changes nothing.
//
// Nothing of this module but cmd/meridian, e2e and bench may import node.
package node
