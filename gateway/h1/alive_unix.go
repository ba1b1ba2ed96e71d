//go:build unix

package h1

import "golang.org/x/sys/unix"

// nothingCame reports whether a socket is open and has nothing to read.
func nothingCame(fd uintptr) bool {
	fds := [1]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
	n, err := unix.Poll(fds[:], 0)
	return n == 0 && err == nil
}
