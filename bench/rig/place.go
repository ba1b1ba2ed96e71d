//go:build linux

package rig

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
)

// Place is where a server lives.
type Place struct {
	Dir  string         // its own folder, absolute
	Addr netip.AddrPort // where it listens
}

// newPlace makes a folder under root and finds a free address.
func newPlace(root, name string) (Place, error) {
	p := Place{Dir: filepath.Join(root, name)}
	err := os.MkdirAll(p.Dir, 0o755)
	if err != nil {
		return p, err
	}
	p.Addr, err = FreeAddr()
	return p, err
}

// Write puts a file into the folder, and makes the folder the file lies in.
func (p Place) Write(name, text string) error {
	path := filepath.Join(p.Dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(text), 0o644)
}

func (p Place) logPath() string { return filepath.Join(p.Dir, "log") }

// logTail is the last 2,000 octets of what the server has written.
func (p Place) logTail() string {
	data, _ := os.ReadFile(p.logPath())
	return string(data[max(0, len(data)-2000):])
}

// FreeAddr returns a loopback address whose port UDP and TCP have free.
func FreeAddr() (netip.AddrPort, error) {
	for range 32 {
		l, err := net.Listen("tcp4", "127.0.0.1:0")
		if err != nil {
			return netip.AddrPort{}, err
		}
		addr := l.Addr().(*net.TCPAddr).AddrPort()
		u, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(addr))
		_ = l.Close()
		if err == nil {
			return addr, u.Close()
		}
	}
	return netip.AddrPort{}, errors.New("finding a free port: none in 32 attempts")
}

// InFolder calls work with a folder that is gone afterwards, in a thread that
// stays its own: a child dies with the thread that started it.
func InFolder(work func(root string) error) (err error) {
	runtime.LockOSThread()
	root, err := os.MkdirTemp("", "meridian-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(root)) }()
	return work(root)
}
