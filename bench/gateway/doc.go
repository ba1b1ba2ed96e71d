//go:build linux

// Command gateway measures what a request through a gateway costs Meridian and
// its peers, side by side in one run.
//
// Every proxy gets the same two backends, one core, and the same requests: GET
// with six fields over 64 kept connections, answers of 1 KiB. Load generator and
// backends have the other core. The rounds are interleaved (A B C A B C …), so
// that whatever else the machine does hits all alike, and the result is a ratio.
// Each answer is read and compared: a wrong or missing one is counted and makes
// the run fail. Latency counts from the moment a request was due, however late
// the one before it was.
//
//	this program ─► roles: backend, control (httputil.ReverseProxy); peers: their programs
//	load (closed or paced) ─► proxy ─► backend ─► proxy ─► load: judge, histogram
//	/proc and CPU clocks before and after ─► µs per request, memory of idle connections ─► report
//
// It talks to loopback only, to processes it has started itself, and ends them
// by their ids. Of this module it imports bench/rig only.
package main
