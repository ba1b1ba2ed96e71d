package resolver

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"time"

	"github.com/miekg/dns"
)

// Dial connects to a server; network is "udp" or "tcp". A datagram connection
// delivers nothing but what its peer sent, as a connected socket does.
type Dial func(ctx context.Context, network, address string) (net.Conn, error)

// Client asks one server one question. The zero value is ready for use.
type Client struct {
	Timeout time.Duration // of one exchange; 0: 2 s
	Dial    Dial          // nil: the network
}

// maxStrays is how many datagrams that are no answer are passed over before
// the question is asked over TCP.
const maxStrays = 32

// maxDatagram is the largest datagram read, in octets: far more than udpSize,
// which servers keep to.
const maxDatagram = 4096

// Ways in which UDP can fail so that TCP helps.
var (
	errStrays = errors.New("too many replies that do not match the question")
	errCase   = errors.New("reply changes the case of the name")
	errLong   = errors.New("datagram is longer than was asked for")
)

// exchange asks q once over one transport. The message is an answer to q, read
// in full unless it is truncated; size is its length in octets.
func (c Client) exchange(ctx context.Context, server netip.AddrPort, network string, q question) (msg *dns.Msg, size int, err error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout())
	defer cancel()
	out, err := q.pack()
	if err != nil {
		return nil, 0, err
	}
	conn, err := c.dial(ctx, network, server)
	if err != nil {
		return nil, 0, err
	}
	defer conn.Close()
	if deadline, ok := ctx.Deadline(); ok {
		_ = conn.SetDeadline(deadline) // a connection that knows no deadlines is closed below
	}
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	if network == "tcp" {
		msg, size, err = overTCP(conn, out, q)
	} else {
		msg, size, err = overUDP(conn, out, q)
	}
	if err != nil && ctx.Err() != nil {
		err = ctx.Err()
	}
	return msg, size, err
}

func (c Client) timeout() time.Duration {
	if c.Timeout > 0 {
		return c.Timeout
	}
	return 2 * time.Second
}

func (c Client) dial(ctx context.Context, network string, server netip.AddrPort) (net.Conn, error) {
	if c.Dial != nil {
		return c.Dial(ctx, network, server.String())
	}
	var dialer net.Dialer
	return dialer.DialContext(ctx, network, server.String())
}

func overUDP(conn net.Conn, out []byte, q question) (*dns.Msg, int, error) {
	if _, err := conn.Write(out); err != nil {
		return nil, 0, err
	}
	buf := make([]byte, maxDatagram)
	for range maxStrays {
		n, err := conn.Read(buf)
		if err != nil {
			return nil, 0, err
		}
		if n == len(buf) {
			return nil, n, errLong
		}
		msg, err := q.accept(buf[:n])
		switch {
		case err == nil:
			return msg, n, nil
		case errors.Is(err, errCase):
			return nil, n, err
		}
	}
	return nil, 0, errStrays
}

func overTCP(conn net.Conn, out []byte, q question) (*dns.Msg, int, error) {
	framed := binary.BigEndian.AppendUint16(make([]byte, 0, len(out)+2), uint16(len(out)))
	if _, err := conn.Write(append(framed, out...)); err != nil {
		return nil, 0, err
	}
	var length [2]byte
	if _, err := io.ReadFull(conn, length[:]); err != nil {
		return nil, 0, fmt.Errorf("reading length: %w", err)
	}
	buf := make([]byte, binary.BigEndian.Uint16(length[:]))
	if _, err := io.ReadFull(conn, buf); err != nil {
		return nil, 0, fmt.Errorf("reading %d octets: %w", len(buf), err)
	}
	msg, err := q.accept(buf)
	if errors.Is(err, errCase) {
		err = nil // a stream has no forged datagrams
	}
	return msg, len(buf), err
}

// ask gets the answer to q from one server: UDP first, TCP when the answer is
// truncated or UDP cannot be trusted, and without EDNS for servers that do not
// know it (RFC 6891 §7).
func (c Client) ask(ctx context.Context, server netip.AddrPort, q question) (*dns.Msg, error) {
	msg, _, err := c.exchange(ctx, server, "udp", q)
	if err == nil && q.edns && (msg.Rcode == dns.RcodeFormatError || msg.Rcode == dns.RcodeNotImplemented) {
		q.edns = false
		msg, _, err = c.exchange(ctx, server, "udp", q)
	}
	if askTCP(msg, err) {
		msg, _, err = c.exchange(ctx, server, "tcp", q)
	}
	return msg, err
}

// askTCP reports whether what came over UDP is a reason to ask over TCP.
func askTCP(msg *dns.Msg, err error) bool {
	if err == nil {
		return msg.Truncated
	}
	return errors.Is(err, errCase) || errors.Is(err, errStrays) || errors.Is(err, errLong)
}
