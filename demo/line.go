package demo

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"time"
)

// patience is how long a reply may take.
const patience = 2 * time.Second

// maxStrays is how many datagrams that are no reply are passed over.
const maxStrays = 16

// line asks one name server. It is for one goroutine.
type line struct {
	server string // host:port
	conn   net.Conn
	out    []byte
	in     [4096]byte
}

func dial(server string) (*line, error) {
	conn, err := net.Dial("udp", server)
	if err != nil {
		return nil, fmt.Errorf("connecting to name server %s: %w", server, err)
	}
	return &line{server: server, conn: conn}, nil
}

func (l *line) close() { l.conn.Close() }

// ask asks over UDP.
func (l *line) ask(q question) (answer, error) {
	id := uint16(rand.Uint32())
	l.out = q.appendTo(l.out[:0], id)
	if err := l.conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return answer{}, err
	}
	if _, err := l.conn.Write(l.out); err != nil {
		return answer{}, fmt.Errorf("asking %s: %w", l.server, err)
	}
	for range maxStrays {
		n, err := l.conn.Read(l.in[:])
		if err != nil {
			return answer{}, fmt.Errorf("asking %s for %s: %w", l.server, q.name, err)
		}
		a, err := q.read(l.in[:n], id)
		if !errors.Is(err, errStray) {
			return a, err
		}
	}
	return answer{}, errStray
}

// askTCP asks over a TCP connection of its own (RFC 7766).
func (l *line) askTCP(q question) (answer, error) {
	conn, err := net.DialTimeout("tcp", l.server, patience)
	if err != nil {
		return answer{}, fmt.Errorf("connecting to name server %s: %w", l.server, err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return answer{}, err
	}
	id := uint16(rand.Uint32())
	msg, err := exchange(conn, q.appendTo([]byte{0, 0}, id))
	if err != nil {
		return answer{}, fmt.Errorf("asking %s over tcp: %w", l.server, err)
	}
	return q.read(msg, id)
}

// exchange sends a message that has two octets before it for its length, and
// returns the next one that comes.
func exchange(conn io.ReadWriter, out []byte) ([]byte, error) {
	binary.BigEndian.PutUint16(out, uint16(len(out)-2))
	if _, err := conn.Write(out); err != nil {
		return nil, err
	}
	var size [2]byte
	if _, err := io.ReadFull(conn, size[:]); err != nil {
		return nil, err
	}
	msg := make([]byte, binary.BigEndian.Uint16(size[:]))
	_, err := io.ReadFull(conn, msg)
	return msg, err
}
