package cluster

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// limitPatience has the kernel give up a connection whose other end does not
// acknowledge what was sent for a while.
func limitPatience(_, _ string, c syscall.RawConn) error {
	var err error
	control := c.Control(func(fd uintptr) {
		err = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(patience.Milliseconds())) //nolint:gosec // descriptors are small
	})
	if control != nil {
		return control
	}
	return err
}
