// Package e2e runs the binary as its users do: real processes, real resolvers,
// real clients, on loopback addresses and in network namespaces that the tests
// make and remove.
//
// It imports no product package but the client of the admin API, so that what
// it finds is what somebody outside would find. The binary is built once
// (TestMain) and stands first on PATH. Every wait is a poll with a deadline.
// A test whose program is missing fails in CI and is skipped elsewhere, with
// the reason.
//
//	documents ─► meridian serve ─► dig, kdig, unbound, named, raw sockets ─► tshark
//	                  ▲                                                  └─► expectations
//	     faults: kill, stop, full disk, broken files, dead targets
//
// Files: world and the tests of a zone in a namespace (zone, dig, raw, resolver,
// capture), a node alone (restart, reload, health, hostile), regions as one
// (cluster, clusternet, clustertrust, clusterdisk, toggle, arrival, partition,
// plan), drills and who runs them (drill, operator), the gateway and what it has
// to survive (gateway…), what users read and type (script, docs, configs). Package packaging beside it tests what we ship.
package e2e
