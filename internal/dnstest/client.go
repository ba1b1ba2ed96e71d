package dnstest

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/netip"
	"time"
)

// Patience is how long a client waits for a reply.
const Patience = 5 * time.Second

// UDP sends octets from a socket of its own and returns the first datagram that
// comes back from the address they went to.
func UDP(to netip.AddrPort, query []byte, patience time.Duration) ([]byte, error) {
	conn, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(to))
	if err != nil {
		return nil, fmt.Errorf("dialing %v: %w", to, err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return nil, err
	}
	if _, err := conn.Write(query); err != nil {
		return nil, fmt.Errorf("sending to %v: %w", to, err)
	}
	buf := make([]byte, 65536)
	n, err := conn.Read(buf)
	if err != nil {
		return nil, fmt.Errorf("reading from %v: %w", to, err)
	}
	return buf[:n], nil
}

// TCP sends one message over a connection of its own and returns the reply.
func TCP(to netip.AddrPort, query []byte, patience time.Duration) ([]byte, error) {
	conn, err := net.DialTimeout("tcp", to.String(), patience)
	if err != nil {
		return nil, fmt.Errorf("dialing %v: %w", to, err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return nil, err
	}
	if _, err := conn.Write(Framed(query)); err != nil {
		return nil, fmt.Errorf("sending to %v: %w", to, err)
	}
	return ReadFramed(conn)
}

// Framed returns a message behind its length, as TCP carries it.
func Framed(msg []byte) []byte {
	return append(binary.BigEndian.AppendUint16(nil, uint16(len(msg))), msg...)
}

// ReadFramed reads one message behind its length.
func ReadFramed(r io.Reader) ([]byte, error) {
	var length [2]byte
	if _, err := io.ReadFull(r, length[:]); err != nil {
		return nil, fmt.Errorf("reading a length: %w", err)
	}
	msg := make([]byte, binary.BigEndian.Uint16(length[:]))
	if _, err := io.ReadFull(r, msg); err != nil {
		return nil, fmt.Errorf("reading a message of %d octets: %w", len(msg), err)
	}
	return msg, nil
}
