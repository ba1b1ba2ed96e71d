// Package demo runs a whole service on loopback addresses: three locations, each
// a node in a process of its own with name server, gateway, prober and admin API,
// before a sample backend; gossip makes them one cluster. It kills and starts
// nodes on request and measures the failover on real sockets.
//
//	Options ─► claim of all sockets ─► backends ─► documents and keys on disk ─► processes ─► ready
//	meridian demo stop ─► unix socket ─► SIGKILL ─► watch of the other servers ─► report
//
// What it knows of the nodes it knows as any user does: from DNS answers, the
// gateways, the admin API and the files they read. It runs them as "meridian
// serve", and imports admin/client and admin/api to ask them, dnswire and routing
// for their words; no node, no DNS library. Only cmd/meridian and e2e import it.
package demo
