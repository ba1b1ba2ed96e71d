// Package routing decides which endpoints a client is sent to.
//
// It owns the words of the product (Profile, Endpoint, Method, Status,
// Location, Client, Decision) and the one law by which an answer is chosen. It
// is pure: no clock, no randomness, no sockets, no log, no lock. It imports
// nothing else of this module.
//
// Data flows one way:
//
//	Plan + ClientTable ─► Build ─► Structure          everything health cannot change
//	Structure + State  ─► Publish ─► Snapshot         tables, one per change of health or intent
//	Snapshot + Query   ─► Decide ─► Decision          no allocation, no lock
//	Snapshot + Query   ─► Explain ─► Trace            the same law, written out
//
// The law is eval (eval.go). Publish calls it to fill tables over the finite
// key space, Explain calls it with a trace, tests call it as the oracle; Decide
// only reads the tables. A Structure and a Snapshot are immutable once
// returned and may be read by any number of goroutines.
package routing
