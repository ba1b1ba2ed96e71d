package gateway

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// switchProtocols turns an exchange into a tunnel, where both sides want the
// same one.
func (x *exchange) switchProtocols(p passage, res *http.Response) {
	back, ok := res.Body.(io.ReadWriteCloser)
	protocol := x.r.Header.Get("Upgrade")
	if !ok || protocol == "" || !namesToken(res.Header["Connection"], "upgrade") || !strings.EqualFold(res.Header.Get("Upgrade"), protocol) {
		if res.Body != nil {
			_ = res.Body.Close()
		}
		x.refuse(p.failure)
		return
	}
	defer back.Close()
	client, err := x.w.hijack()
	if err != nil {
		x.refuse(p.failure)
		return
	}
	defer client.Close()
	if _, err := client.Write(x.switched(res)); err != nil {
		x.w.failed = true
		return
	}
	x.carry(client, back, protocol == protocolWebSocket)
}

// switched is the header of the 101.
func (x *exchange) switched(res *http.Response) []byte {
	h := x.w.Header()
	clear(h)
	copyEndToEnd(h, res.Header)
	x.g.via.answered(h, res)
	h["Connection"], h["Upgrade"] = []string{"Upgrade"}, res.Header["Upgrade"]
	var out bytes.Buffer
	out.WriteString("HTTP/1.1 101 Switching Protocols\r\n")
	_ = h.Write(&out) // a bytes.Buffer takes it
	out.WriteString("\r\n")
	return out.Bytes()
}

// carry copies both ways until both have ended.
func (x *exchange) carry(client net.Conn, back io.ReadWriteCloser, framed bool) {
	t := &tunnel{client: client, back: back}
	t.down = lane{to: client, from: back, framed: framed}
	t.up = lane{to: back, from: client, framed: framed, masked: true}
	if !x.g.tunnels.enter(t) { // they were ended since this one was answered
		_ = errors.Join(t.down.end(), t.up.end())
		return
	}
	defer x.g.tunnels.leave(t)
	defer context.AfterFunc(x.r.Context(), t.close)()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		t.run(&t.up, x.g.o.Limits.Stall)
	}()
	t.run(&t.down, x.g.o.Limits.Stall)
	<-ended
	t.close()
	x.w.sent = t.down.bytes
	x.reader.read.Add(t.up.bytes)
}

// tunnel is a WebSocket, or what else two ends have switched to, on its way
// through.
type tunnel struct {
	client   net.Conn
	back     io.ReadWriteCloser
	up, down lane
	once     sync.Once
	mu       sync.Mutex
	last     *time.Timer // ends what is left after one side has ended
}

// lane is one direction.
type lane struct {
	to     io.Writer
	from   io.Reader
	framed bool // a WebSocket's
	masked bool // to a server
	mu     sync.Mutex
	at     frames
	ending bool // a Close is due
	sealed bool // it is out: nothing follows
	bytes  int64
}

// close ends both sides at once.
func (t *tunnel) close() {
	t.once.Do(func() {
		_ = t.client.Close()
		_ = t.back.Close()
	})
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.last != nil {
		t.last.Stop()
	}
}

// run copies one direction to its end, and half-closes. The other one has some
// time to end too.
func (t *tunnel) run(l *lane, patience time.Duration) {
	half, ok := l.to.(interface{ CloseWrite() error })
	if err := l.copy(); err != nil || !ok || half.CloseWrite() != nil {
		t.close()
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.last == nil {
		t.last = time.AfterFunc(patience, t.close)
	}
}

const laneBuffer = 8 << 10

func (l *lane) copy() error {
	buffer := make([]byte, laneBuffer)
	for {
		n, err := l.from.Read(buffer)
		if n > 0 {
			err = cmp.Or(l.write(buffer[:n]), err)
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading from a tunnel: %w", err)
		}
	}
}

// write sends bytes on; where a Close is due, only those up to the end of the
// frame.
func (l *lane) write(p []byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.sealed {
		return l.discard(p)
	}
	n := len(p)
	if l.framed {
		n = l.pass(p)
	}
	l.bytes += int64(n)
	if _, err := l.to.Write(p[:n]); err != nil {
		return err
	}
	return l.seal()
}

// pass is how much of p may go on.
func (l *lane) pass(p []byte) (n int) {
	for n < len(p) && (!l.ending || !l.at.whole()) {
		n += l.at.next(p[n:])
	}
	return n
}

// discard drops what comes after our Close, up to the other side's: io.EOF.
func (l *lane) discard(p []byte) error {
	for l.framed && len(p) > 0 {
		p = p[l.at.next(p):]
		if l.at.whole() && l.at.bye {
			return io.EOF
		}
	}
	return nil
}

// seal sends the Close that is due, where no frame is under way; what has no
// frames ends where it is. Callers hold mu.
func (l *lane) seal() error {
	if !l.ending || !l.at.whole() {
		return nil
	}
	l.sealed = true
	if l.framed {
		_, err := l.to.Write(goingAway(l.masked))
		return err
	}
	if half, ok := l.to.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

func (l *lane) end() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ending {
		return nil
	}
	l.ending = true
	return l.seal()
}

// leave tells both sides that we go away (status 1001), or ends what they get.
// They have the time to say so too; then the tunnel is cut.
func (t *tunnel) leave(wait time.Duration) {
	t.mu.Lock()
	if t.last == nil {
		t.last = time.AfterFunc(wait, t.close)
	} else {
		t.last.Reset(wait)
	}
	t.mu.Unlock()
	if errors.Join(t.down.end(), t.up.end()) != nil {
		t.close()
	}
}

// tunnels are those that are open. Its zero value is ready.
type tunnels struct {
	mu     sync.Mutex
	open   map[*tunnel]struct{}
	closed bool
	empty  chan struct{} // closed when none is left; nil: nobody waits
}

// enter reports whether there may be another one.
func (s *tunnels) enter(t *tunnel) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	if s.open == nil {
		s.open = map[*tunnel]struct{}{}
	}
	s.open[t] = struct{}{}
	return true
}

func (s *tunnels) leave(t *tunnel) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, t)
	if len(s.open) == 0 && s.empty != nil {
		close(s.empty)
		s.empty = nil
	}
}

// drain ends all of them in good order, and cuts what is left after the wait; when
// ctx has ended, what is left after hastyGrace.
func (s *tunnels) drain(ctx context.Context, wait time.Duration) {
	s.mu.Lock()
	s.closed = true
	var open []*tunnel
	for t := range s.open {
		open = append(open, t)
	}
	empty := make(chan struct{})
	if s.empty = empty; len(open) == 0 {
		close(empty)
		s.empty = nil
	}
	s.mu.Unlock()
	var told sync.WaitGroup
	for _, t := range open {
		told.Go(func() { t.leave(wait) })
	}
	if !ended(empty, ctx.Done()) && !ended(empty, time.After(hastyGrace)) {
		for _, t := range open {
			t.close()
		}
	}
	told.Wait()
}

// hastyGrace is what is left of tunnelGrace where there is no time.
const hastyGrace = 500 * time.Millisecond

// ended waits for what comes first, and reports whether that is done.
func ended[T any](done <-chan struct{}, enough <-chan T) bool {
	select {
	case <-done:
		return true
	case <-enough:
		return false
	}
}
