package backend

import "golang.org/x/sys/unix"

// limitUnacknowledged sets how long sent octets may be without an
// acknowledgement (RFC 5482).
func limitUnacknowledged(fd uintptr) {
	_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(unheard.Milliseconds()))
}
