//go:build unix

package h1

import "golang.org/x/sys/unix"

// nothingCame reports whether a socket is open and has nothing to read.
func nothingCame(fd uintptr) bool {
	fds := [1]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
	n, err := unix.Poll(fds[:], 0)
	return n == 0 && err == nil
}

// writeNow writes what a socket takes without waiting.
func writeNow(fd uintptr, p []byte) (int, error) {
	for {
		switch n, err := unix.Write(int(fd), p); err {
		case nil:
			return n, nil
		case unix.EINTR:
		case unix.EAGAIN:
			return 0, nil
		default:
			return 0, err
		}
	}
}

// readNow reads what has come to a socket. over: false if nothing has.
func readNow(fd uintptr, p []byte) (n int, over bool, err error) {
	for {
		switch n, err := unix.Read(int(fd), p); err {
		case nil:
			return n, true, nil
		case unix.EINTR:
		case unix.EAGAIN:
			return 0, false, nil
		default:
			return 0, true, err
		}
	}
}
