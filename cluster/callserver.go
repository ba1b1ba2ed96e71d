package cluster

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"os"
	"runtime/debug"
	"sync/atomic"
	"time"
)

// How long a call stream may be silent.
const (
	headerTime = 10 * time.Second // before the first request, and in the middle of a header
	quietTime  = idleTime + 15*time.Second
)

// Limits of what others make us do.
const (
	maxCalls           = 512 // handlers at once
	maxCallStreamsEach = 2 * maxCallsEach
	maxCallStreams     = 2048
	maxBodies          = 256 << 20 // bytes of all requests that are in memory
)

// callServer answers the calls of other nodes.
type callServer struct {
	handlers map[string]Handler
	logger   *slog.Logger
	metrics  *streamMetrics
	streams  *gate[NodeID]
	running  *gate[NodeID]
	bodies   atomic.Int64
	oddities sparing
}

func newCallServer(handlers map[string]Handler, logger *slog.Logger, m *streamMetrics) *callServer {
	return &callServer{
		handlers: handlers, logger: logger, metrics: m,
		streams: newGate[NodeID](maxCallStreamsEach, maxCallStreams), running: newGate[NodeID](maxCallsEach, maxCalls),
	}
}

// add adds a method of our own, before anything is served.
func (s *callServer) add(method string, h Handler) {
	all := map[string]Handler{method: h}
	maps.Copy(all, s.handlers)
	s.handlers = all
}

// callStream is a call stream at the end that answers.
type callStream struct {
	*callServer
	conn net.Conn
	in   *bufio.Reader
	from NodeID
}

// serve answers one call after the other until the stream ends or no more are
// accepted. Handlers may work on until working ends.
func (s *callServer) serve(accepting, working context.Context, conn net.Conn, from NodeID) {
	defer conn.Close()
	if !s.streams.enter(from) {
		s.metrics.refuse("busy")
		return
	}
	defer s.streams.leave(from)
	defer context.AfterFunc(accepting, func() { _ = conn.SetReadDeadline(time.Unix(1, 0)) })() // a stream that cannot is closed below
	defer context.AfterFunc(working, func() { conn.Close() })()
	stream := &callStream{callServer: s, conn: conn, in: bufio.NewReader(conn), from: from}
	for wait := headerTime; ; wait = quietTime {
		err := stream.next(accepting, working, wait)
		if err == nil {
			continue
		}
		if errors.Is(err, errProtocol) {
			s.malformed(from, err)
		}
		return
	}
}

func (s *callServer) malformed(from NodeID, err error) {
	s.metrics.refuse("malformed")
	if skipped, ok := s.oddities.allow(); ok {
		s.logger.Warn("peer stream cut", "node", string(from), "error", err, "lines_skipped", skipped)
	}
}

// next answers one call. An error ends the stream.
func (s *callStream) next(accepting, working context.Context, wait time.Duration) error {
	if err := s.conn.SetReadDeadline(time.Now().Add(wait)); err != nil {
		return err
	}
	if accepting.Err() != nil {
		return accepting.Err()
	}
	if _, err := s.in.Peek(1); err != nil {
		return err
	}
	if err := s.conn.SetReadDeadline(time.Now().Add(headerTime)); err != nil {
		return err
	}
	r, length, err := readRequestHead(s.in)
	if err != nil {
		return err
	}
	if err := s.conn.SetReadDeadline(time.Now().Add(transferTime(length))); err != nil {
		return err
	}
	a, err := s.answer(working, r, length)
	if err != nil {
		return err
	}
	if err := s.conn.SetWriteDeadline(time.Now().Add(transferTime(len(a.body)))); err != nil {
		return err
	}
	_, err = writeFrame(s.conn, a.head(), a.body)
	return err
}

var errBusy = errors.New("too many calls")

// answer reads a request's body and has it handled, or refuses it unread.
func (s *callStream) answer(working context.Context, r request, length int) (answer, error) {
	defer s.bodies.Add(-int64(length))
	if s.bodies.Add(int64(length)) > maxBodies || !s.running.enter(s.from) {
		_, err := io.CopyN(io.Discard, s.in, int64(length))
		return s.refusal(RemoteBusy, errBusy), err
	}
	defer s.running.leave(s.from)
	body, err := readBody(s.in, length)
	if err != nil {
		return answer{}, err
	}
	r.body = body
	return s.handle(working, r)
}

func (s *callStream) refusal(kind string, err error) answer {
	s.metrics.served.WithLabelValues(result(kind)).Inc()
	return answer{status: statusError, body: remoteError(kind, err)}
}

// result is the metric's word for a kind: handlers make up their own.
func result(kind string) string {
	switch kind {
	case RemoteExpired, RemotePanicked, RemoteUnknown, RemoteBusy, RemoteTooLarge:
		return kind
	}
	return RemoteFailed
}

// handle runs a handler. When the caller goes away, or gives up, the handler's
// context ends.
func (s *callStream) handle(working context.Context, r request) (answer, error) {
	ctx, cancel := context.WithTimeout(working, min(r.timeout, maxCallTime))
	defer cancel()
	if err := s.conn.SetReadDeadline(time.Time{}); err != nil {
		return answer{}, err
	}
	done := make(chan answer, 1)
	go func() {
		a := s.run(ctx, r)
		_ = s.conn.SetReadDeadline(time.Unix(1, 0)) // wakes Peek; a stream that cannot be woken is closed by the caller
		done <- a
	}()
	_, err := s.in.Peek(1)
	if err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		return <-done, nil
	}
	cancel()
	<-done
	return answer{}, err
}

// run calls a handler.
func (s *callStream) run(ctx context.Context, r request) answer {
	body, kind, err := s.invoke(ctx, r)
	if err != nil {
		return s.refusal(kind, err)
	}
	if len(body) > MaxBody {
		return s.refusal(RemoteTooLarge, fmt.Errorf("answer of %d bytes: %w: want at most %d", len(body), ErrTooLarge, MaxBody))
	}
	s.metrics.served.WithLabelValues("ok").Inc()
	return answer{status: statusOK, body: body}
}

func (s *callStream) invoke(ctx context.Context, r request) (body []byte, kind string, err error) {
	defer func() {
		if p := recover(); p != nil {
			s.logger.Error("handler of a peer's call panicked", "node", string(s.from), "method", r.method, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			body, kind, err = nil, RemotePanicked, errors.New("the handler panicked")
		}
	}()
	handler, ok := s.handlers[r.method]
	if !ok {
		return nil, RemoteUnknown, fmt.Errorf("no method %q", r.method)
	}
	body, err = handler(ctx, s.from, r.body)
	return body, kindOf(err), err
}

func kindOf(err error) string {
	var k kinded
	switch {
	case errors.As(err, &k):
		return k.RemoteKind()
	case errors.Is(err, context.DeadlineExceeded):
		return RemoteExpired
	}
	return RemoteFailed
}
