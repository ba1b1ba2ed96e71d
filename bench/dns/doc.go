//go:build linux

// Command dns measures what a DNS query costs Meridian and its peers, side by
// side in one run.
//
// Every server gets the same zone and one core; the load generator has the
// other. The rounds are interleaved (A B C A B C …), so that whatever else the
// machine does hits all alike, and the result is a ratio. Each reply is read
// and compared with what the server was told to serve: a wrong or missing one
// is counted and makes the run fail.
//
//	world (names, sites, countries) ─► server.prepare ─► configuration files
//	role ─► question ─► load (closed or paced) ─► reply ─► tally
//	/proc ─► CPU ticks before and after ─► µs per query ─► report
//
// It talks to loopback only, to processes it has started itself, and ends them
// by their ids. Of this module it imports bench/rig only: what it knows of DNS is
// written a second time on purpose.
package main
