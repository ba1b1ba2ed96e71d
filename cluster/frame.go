package cluster

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"slices"
	"time"
)

// MaxBody is the most bytes of a call's request, and of its answer.
const MaxBody = 16 << 20

// maxMethod is the most bytes of a method's name.
const maxMethod = 64

// A request on a call stream is
//
//	version (1 byte) ‖ length of method (1) ‖ timeout in ms (4) ‖ length of body (4) ‖ method ‖ body
//
// and an answer
//
//	version (1 byte) ‖ status (1) ‖ length of body (4) ‖ body
//
// On a connection there is one call at a time.
const (
	frameVersion  = 1
	requestHeader = 10
	answerHeader  = 6
)

// Status of an answer.
const (
	statusOK    = 0 // the body is the handler's
	statusError = 1 // the body is a remoteError
)

// request is a call as it travels.
type request struct {
	method  string
	timeout time.Duration // what is left of the caller's time, whole ms
	body    []byte
}

// head writes everything of a request but its body.
func (r request) head() []byte {
	ms := min(max(r.timeout.Milliseconds(), 1), math.MaxUint32)
	b := []byte{frameVersion, byte(len(r.method))}
	b = binary.BigEndian.AppendUint32(b, uint32(ms))
	b = binary.BigEndian.AppendUint32(b, uint32(len(r.body)))
	return append(b, r.method...)
}

// readRequestHead reads everything of a request but its body, of which it
// returns the length.
func readRequestHead(from io.Reader) (r request, length int, err error) {
	var head [requestHeader]byte
	if _, err := io.ReadFull(from, head[:]); err != nil {
		return r, 0, err
	}
	length = int(binary.BigEndian.Uint32(head[6:]))
	switch {
	case head[0] != frameVersion:
		return r, 0, fmt.Errorf("request of version %d: %w: want %d", head[0], errProtocol, frameVersion)
	case head[1] == 0 || head[1] > maxMethod:
		return r, 0, fmt.Errorf("method of %d bytes: %w: want 1 .. %d", head[1], errProtocol, maxMethod)
	case length > MaxBody:
		return r, 0, fmt.Errorf("request of %d bytes: %w: %w: want at most %d", length, errProtocol, ErrTooLarge, MaxBody)
	}
	method := make([]byte, head[1])
	if _, err := io.ReadFull(from, method); err != nil {
		return r, 0, err
	}
	r.method = string(method)
	r.timeout = time.Duration(binary.BigEndian.Uint32(head[2:])) * time.Millisecond
	return r, length, nil
}

// answer is what comes back.
type answer struct {
	status byte
	body   []byte
}

// head writes everything of an answer but its body.
func (a answer) head() []byte {
	return binary.BigEndian.AppendUint32([]byte{frameVersion, a.status}, uint32(len(a.body)))
}

func readAnswer(from io.Reader) (a answer, err error) {
	var head [answerHeader]byte
	if _, err := io.ReadFull(from, head[:]); err != nil {
		return a, err
	}
	length := int(binary.BigEndian.Uint32(head[2:]))
	switch {
	case head[0] != frameVersion || head[1] > statusError:
		return a, fmt.Errorf("answer of version %d, status %d: %w", head[0], head[1], errProtocol)
	case length > MaxBody:
		return a, fmt.Errorf("answer of %d bytes: %w: %w: want at most %d", length, errProtocol, ErrTooLarge, MaxBody)
	}
	a.status = head[1]
	a.body, err = readBody(from, length)
	return a, err
}

// firstBody is what is set aside for a body before any of it has come.
const firstBody = 32 << 10

// readBody reads length bytes. It takes memory as they come: who only declares
// a length gets none of it.
func readBody(from io.Reader, length int) ([]byte, error) {
	b := make([]byte, 0, min(length, firstBody))
	for len(b) < length {
		if len(b) == cap(b) {
			b = slices.Grow(b, min(len(b), length-len(b)))
		}
		n, err := io.ReadFull(from, b[len(b):min(cap(b), length)])
		b = b[:len(b)+n]
		if err != nil {
			return nil, err
		}
	}
	return b, nil
}

// joined is the size up to which head and body are sent in one piece.
const joined = 16 << 10

// writeFrame writes a head and a body. sent says whether anything got out.
func writeFrame(to io.Writer, head, body []byte) (sent bool, err error) {
	if len(body) <= joined {
		n, err := to.Write(append(head, body...))
		return n > 0, err
	}
	if n, err := to.Write(head); err != nil {
		return n > 0, err
	}
	_, err = to.Write(body)
	return true, err
}

// transferTime is how long a body may take: 64 KiB a second, and 10 s more.
func transferTime(length int) time.Duration {
	return 10*time.Second + time.Duration(length)*time.Second/(64<<10)
}
