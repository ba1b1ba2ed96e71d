package admin

import (
	"net"

	"golang.org/x/sys/unix"
)

// uidOf returns the user at the other end of a unix socket's connection, as it
// was when it connected; -1 where the kernel does not say.
func uidOf(conn *net.UnixConn) int {
	raw, err := conn.SyscallConn()
	if err != nil {
		return -1
	}
	uid := -1
	err = raw.Control(func(fd uintptr) {
		if cred, err := unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED); err == nil {
			uid = int(cred.Uid)
		}
	})
	if err != nil {
		return -1
	}
	return uid
}
