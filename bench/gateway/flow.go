//go:build linux

package main

import (
	"bytes"
	"fmt"
	"net/netip"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// flow is one connection.
type flow struct {
	place int // in load.flows
	fd    int
	due   time.Time // of the request on the way; zero: none
	buf   []byte
	got   int
	want  []byte
}

// open connects, and then never waits.
func (f *flow) open(to netip.AddrPort) error {
	var err error
	f.fd, err = connect(to)
	return err
}

// connect returns a socket that does not block, and is reset when it is closed:
// no port stays in use.
func connect(to netip.AddrPort) (int, error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, err
	}
	err = unix.Connect(fd, &unix.SockaddrInet4{Port: int(to.Port()), Addr: to.Addr().As4()})
	if err != nil {
		_ = unix.Close(fd) // it was never used
		return -1, fmt.Errorf("connecting to %s: %w", to, err)
	}
	for _, set := range []func() error{
		func() error { return unix.SetNonblock(fd, true) },
		func() error { return unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1) },
		func() error {
			return unix.SetsockoptLinger(fd, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1})
		},
	} {
		if err := set(); err != nil {
			_ = unix.Close(fd) // it was never used
			return -1, err
		}
	}
	return fd, nil
}

func (f *flow) end() {
	if f.fd >= 0 {
		_ = unix.Close(f.fd) // nothing more is wanted of it
	}
	f.fd = -1
}

// judge reports whether an answer is complete, and whether it is the right one.
func (f *flow) judge() (complete, right bool) {
	b := f.buf[:f.got]
	end := bytes.Index(b, []byte("\r\n\r\n"))
	if end < 0 {
		return len(b) == len(f.buf), false
	}
	length, ok := lengthOf(b[:end+2])
	if !ok {
		return true, false
	}
	body := b[end+4:]
	if len(body) < length && len(b) < len(f.buf) {
		return false, false
	}
	return true, bytes.HasPrefix(b, []byte("HTTP/1.1 200 ")) && bytes.Equal(body, f.want)
}

// lengthOf finds Content-Length in a head.
func lengthOf(head []byte) (int, bool) {
	const name = "content-length:"
	for len(head) > 0 {
		line, rest, _ := bytes.Cut(head, []byte("\r\n"))
		head = rest
		if len(line) > len(name) && bytes.EqualFold(line[:len(name)], []byte(name)) {
			n, err := strconv.Atoi(string(bytes.TrimSpace(line[len(name):])))
			return n, err == nil && n >= 0
		}
	}
	return 0, false
}
