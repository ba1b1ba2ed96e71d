// Package node composes a running node from its parts and owns what flows
// between them: it is the only caller of routing.Build, Publish and of the
// swaps that put a snapshot into service.
//
// Data flows one way:
//
//	service document ─► compile ─► generation ┐
//	probe rows ─► council ─► verdicts ────────┤
//	resolver ─► addresses of flattened names ─┴► publisher: fold ─► Publish ─► View ─► dns
//
// The publisher is one goroutine. Everything else hands it changes and reads
// the live value it stores last. All that can fail is done before anything
// live is touched: a document that cannot be compiled changes nothing.
//
// Nothing of this module but cmd/meridian, demo and e2e may import node.
package node
