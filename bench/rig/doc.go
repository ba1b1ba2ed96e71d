//go:build linux

// Package rig runs servers under test and measures them: what the benchmarks
// below bench share, whatever they ask the servers.
//
// It owns the processes it starts: each in a folder of its own, at a loopback
// address of its own, on one core, ended by its id. It imports nothing of this
// module and knows no protocol: how a server is configured and what a right
// answer is, its caller says.
//
//	Settings (flags) ─► Launch: Program ─► Place ─► prepare ─► Process ─► ready ─► Server
//	Rounds: every trial of every server in turn ─► Server.Charge ─► CPU, memory
//	latencies ─► Histogram; samples of rounds ─► Spread ─► the caller's report
package rig
