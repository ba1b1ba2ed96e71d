// Package dnsserver answers DNS questions over UDP and TCP.
//
// It owns the transports, EDNS, client subnets, cookies, response rate
// limiting, the static part of the zones and the View: every name with the
// bytes of its answers, built when a routing.Snapshot is published. It imports
// routing and dnswire; it decides nothing about endpoints, and it reads no
// clock and no random source below its socket loops.
//
// Data flows one way:
//
//	Content (zones, records, routing.Snapshot) ─► Build ─► View      once per publish
//	socket loop ─► worker.respond ─► socket loop                     once per query: bytes in, bytes out
//
// A worker belongs to one socket loop or to one connection. It loads the
// current View once per query and runs the steps listed in respond.go over one
// exchange; no step waits, locks or does I/O, so a reply leaves as soon as its
// query has been read.
//
// Octets of messages are read and written by hand here. miekg/dns packs the
// data of static records, writes and reads what Ask sends through the same
// worker, and checks every reply in the tests.
package dnsserver
