package h1

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// The sockets of package net never make a call wait. So the scheduler is not told
// of these calls: it would wake its monitor when the first one follows a rest, and
// give the processor to another thread when one takes long.

// writeNow writes what a socket takes without waiting.
func writeNow(fd uintptr, p []byte) (int, error) {
	n, err := call(unix.SYS_WRITE, fd, p)
	if err == unix.EAGAIN { //nolint:errorlint // an Errno
		return 0, nil
	}
	return n, err
}

// readNow reads what has come to a socket. over: false if nothing has.
func readNow(fd uintptr, p []byte) (n int, over bool, err error) {
	n, err = call(unix.SYS_READ, fd, p)
	if err == unix.EAGAIN { //nolint:errorlint // an Errno
		return 0, false, nil
	}
	return n, true, err
}

// call makes a system call with the octets of p.
func call(trap, fd uintptr, p []byte) (int, error) {
	for {
		n, _, errno := unix.RawSyscall(trap, fd, uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)))
		switch errno {
		case 0:
			return int(n), nil
		case unix.EINTR:
		default:
			return 0, errno
		}
	}
}
