//go:build !linux

package dnsserver

import (
	"net/netip"
	"syscall"
)

// sharedSockets: elsewhere packets are not dealt evenly to sockets that share a
// port.
func sharedSockets(int) int { return 1 }

// udpControl leaves the options of a UDP socket to the system. On a wildcard
// address of a machine with several addresses replies may leave from another
// one than was asked: such machines list their addresses.
func udpControl(netip.Addr, int) func(string, string, syscall.RawConn) error { return nil }

// readControl has nothing to say: no control messages are asked for.
func readControl([]byte) (reply []byte, lost uint32, known bool) { return nil, 0, false }
