package simnet

import (
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// window is how many bytes of a stream may be under way or unread.
const window = 256 << 10

// pipe is one direction of a stream.
type pipe struct {
	from, to *Host

	mu      sync.Mutex
	flight  []piece // sent, not there yet; in order
	arrived []byte
	used    int
	end     bool  // the last piece has arrived
	shut    bool  // nobody will read
	err     error // for the writer, and for the reader after what has arrived
	moving  bool
	stuck   time.Time // since when nothing passes; zero: it does

	readable, writable chan struct{}
}

// piece is a part of a stream under way.
type piece struct {
	data []byte
	end  bool
	due  time.Time
}

func newPipe(from, to *Host) *pipe {
	return &pipe{from: from, to: to, readable: make(chan struct{}, 1), writable: make(chan struct{}, 1)}
}

func wake(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// send puts as much of b on the way as the window lets.
func (p *pipe) send(b []byte, end bool) (n int, err error) {
	delay, _ := p.from.net.segment(p.from, p.to)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err != nil {
		return 0, p.err
	}
	n = min(len(b), window-p.used)
	if n == 0 && !end {
		return 0, nil
	}
	due := time.Now().Add(delay)
	if k := len(p.flight); k > 0 && due.Before(p.flight[k-1].due) {
		due = p.flight[k-1].due
	}
	p.flight = append(p.flight, piece{data: append([]byte(nil), b[:n]...), end: end, due: due})
	p.used += n
	p.move(time.Until(due))
	return n, nil
}

// move has what is due arrive after a while; p.mu is held.
func (p *pipe) move(after time.Duration) {
	if p.moving {
		return
	}
	p.moving = true
	time.AfterFunc(after, p.arrive)
}

func (p *pipe) arrive() {
	_, passes := p.from.net.segment(p.from, p.to)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.moving = false
	if len(p.flight) == 0 {
		return
	}
	if !passes {
		p.wait()
		return
	}
	p.stuck = time.Time{}
	for len(p.flight) > 0 && !p.flight[0].due.After(time.Now()) {
		first := p.flight[0]
		p.flight = p.flight[1:]
		p.land(first)
	}
	if len(p.flight) > 0 {
		p.move(time.Until(p.flight[0].due))
	}
	wake(p.readable)
}

// wait tries again later, and gives up after a while.
func (p *pipe) wait() {
	now := time.Now()
	if p.stuck.IsZero() {
		p.stuck = now
	}
	idle := now.Sub(p.stuck)
	if idle > tcpTimeout {
		p.fail(syscall.ETIMEDOUT)
		return
	}
	p.move(min(max(retransmit, idle), maxRetransmit))
}

func (p *pipe) land(in piece) {
	if p.shut {
		p.fail(syscall.ECONNRESET)
		return
	}
	p.arrived = append(p.arrived, in.data...)
	p.end = p.end || in.end
}

// fail breaks the pipe for both ends; p.mu is held.
func (p *pipe) fail(err error) {
	if p.err == nil {
		p.err = err
	}
	p.flight, p.used = nil, 0
	wake(p.readable)
	wake(p.writable)
}

// take reads what has arrived; n is 0 and err nil when there is nothing yet.
func (p *pipe) take(b []byte) (n int, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.arrived) > 0 {
		n = copy(b, p.arrived)
		p.arrived = p.arrived[n:]
		p.used -= n
		wake(p.writable)
		return n, nil
	}
	if p.end {
		return 0, io.EOF
	}
	return 0, p.err
}

// hangUp is the reader's end: the writer learns when its next piece lands.
func (p *pipe) hangUp() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.shut, p.arrived = true, nil
}

// read waits for bytes, the deadline or done.
func (p *pipe) read(b []byte, over <-chan struct{}, done <-chan struct{}) (int, error) {
	for {
		select {
		case <-done:
			return 0, net.ErrClosed
		case <-over:
			return 0, os.ErrDeadlineExceeded
		default:
		}
		if n, err := p.take(b); n > 0 || err != nil || len(b) == 0 {
			return n, err
		}
		select {
		case <-p.readable:
		case <-done:
		case <-over:
		}
	}
}

// write waits for room, the deadline or done.
func (p *pipe) write(b []byte, over <-chan struct{}, done <-chan struct{}) (sent int, err error) {
	for {
		select {
		case <-done:
			return sent, net.ErrClosed
		case <-over:
			return sent, os.ErrDeadlineExceeded
		default:
		}
		n, err := p.send(b[sent:], false)
		sent += n
		if err != nil || sent == len(b) {
			return sent, err
		}
		if n > 0 {
			continue
		}
		select {
		case <-p.writable:
		case <-done:
		case <-over:
		}
	}
}
