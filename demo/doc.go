// Package demo runs a whole service in one process on loopback addresses: three
// locations, each a real node.Node with its own data directory and registry, a
// small HTTP gateway and a sample backend. It stops and starts gateways on
// request and measures the failover on real sockets.
//
//	Options ─► claim of all sockets ─► documents on disk ─► backends, gateways, nodes ─► ready
//	meridian demo stop ─► unix socket ─► gateway closed ─► watch of every server ─► report
//
// What it knows of the nodes it knows as any user does: from DNS answers, the
// admin API and the files they read. It imports node and configs to start them,
// admin/client and admin/api to ask them, dnswire and routing for their words;
// no DNS library. Only cmd/meridian and e2e import it.
package demo
