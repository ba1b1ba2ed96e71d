package gateway

import "golang.org/x/sys/unix"

// limitUnsent sets how many octets may wait in the kernel for a slow client.
func limitUnsent(fd uintptr) {
	_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_NOTSENT_LOWAT, mostUnsent)
}
