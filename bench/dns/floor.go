//go:build linux

package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"

	"meridian/bench/rig"
)

// floorPeer is no server: it reads the number out of a name, adds the address
// and sends the packet back, many packets per system call, in one thread that
// waits in the kernel without a word to Go's scheduler (which a server could do
// for a moment only: a collection would have to wait for it). What it costs is
// what packets cost.
func floorPeer() peer {
	return peer{
		Program: rig.Program{Name: "floor", Self: true},
		means:   map[string]string{"static": "recvmmsg, sendmmsg and nothing else"},
		prepare: func(s setup) ([]string, error) { return []string{"", "-floor", s.Addr.String()}, nil },
	}
}

const floorBatch = 32

// message is struct mmsghdr (recvmmsg(2)).
type message struct {
	header unix.Msghdr
	size   uint32
	_      [4]byte
}

// packets are the messages of one system call with the memory they point to.
type packets struct {
	messages [floorBatch]message
	vectors  [floorBatch]unix.Iovec
	peers    [floorBatch]unix.RawSockaddrInet4
	buffers  [floorBatch][maxReply]byte
}

// serveFloor answers at an address until the process ends.
func serveFloor(addr netip.AddrPort) error {
	runtime.LockOSThread()
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM, 0)
	if err != nil {
		return fmt.Errorf("opening a socket: %w", err)
	}
	if err := unix.Bind(fd, &unix.SockaddrInet4{Port: int(addr.Port()), Addr: addr.Addr().As4()}); err != nil {
		return fmt.Errorf("binding %s: %w", addr, err)
	}
	_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, socketQueue) // the system grants what it will
	p := &packets{}
	for {
		if err := p.turn(fd); err != nil && !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

// turn reads a batch, waiting for its first packet, and answers it.
func (p *packets) turn(fd int) error {
	for i := range p.messages {
		p.point(i, maxReply)
	}
	n, _, errno := unix.RawSyscall6(unix.SYS_RECVMMSG, uintptr(fd), uintptr(unsafe.Pointer(&p.messages)), floorBatch, unix.MSG_WAITFORONE, 0, 0)
	if errno != 0 {
		return fmt.Errorf("receiving: %w", errno)
	}
	for i := range int(n) {
		p.point(i, len(floorReply(p.buffers[i][:p.messages[i].size])))
	}
	for sent := 0; sent < int(n); {
		done, _, errno := unix.RawSyscall6(unix.SYS_SENDMMSG, uintptr(fd), uintptr(unsafe.Pointer(&p.messages[sent])), n-uintptr(sent), 0, 0, 0)
		if errno != 0 {
			return fmt.Errorf("sending: %w", errno)
		}
		sent += int(done)
	}
	return nil
}

// point makes message i point to size octets of its buffer.
func (p *packets) point(i, size int) {
	p.vectors[i] = unix.Iovec{Base: &p.buffers[i][0]}
	p.vectors[i].SetLen(size)
	h := &p.messages[i].header
	h.Name, h.Namelen = (*byte)(unsafe.Pointer(&p.peers[i])), unix.SizeofSockaddrInet4
	h.Iov = &p.vectors[i]
	h.SetIovlen(1)
}

// floorReply turns a query for hNNNN into its reply, in place: without its OPT
// record, which the judge does not miss.
func floorReply(msg []byte) []byte {
	if len(msg) < headerSize+10 {
		return msg
	}
	n := 0
	for _, digit := range msg[headerSize+2 : headerSize+6] {
		n = n*10 + int(digit-'0')
	}
	addr := staticAddr(n).As4()
	msg[2], msg[3] = msg[2]|0x84, 0
	binary.BigEndian.PutUint16(msg[6:], 1)
	binary.BigEndian.PutUint16(msg[10:], 0)
	reply := append(msg[:questionEnd(msg)], 0xc0, headerSize, 0, typeA, 0, 1, 0, 0, 1, 44, 0, 4)
	return append(reply, addr[:]...)
}
