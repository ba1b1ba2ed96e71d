// Package simnet is a network in memory, for tests of whole clusters inside a
// synctest bubble: packets and streams between hosts, with loss, delay,
// duplication, one-way cuts, partitions, small MTUs, and hosts that freeze or
// die.
//
//	Host.ListenPacket, Listen, Dial ─► Link (what may happen on the way) ─► the other host's socket
//
// Faults are drawn per link from the network's seed, so what one link does to
// its n-th packet does not depend on the others. Everything waits on channels
// and timers only: a bubble sees it as idle, and its clock runs on. It has no
// goroutine of its own.
//
// It owns no protocol and imports nothing of this module.
package simnet
