//go:build linux

package main

import (
	"errors"
	"fmt"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"

	"meridian/bench/rig"
)

const (
	patience = 5 * time.Second // after which an answer counts as missing
	backlog  = 1 << 16         // requests that are due and have no connection yet
)

// requestText is what every request looks like.
func requestText() []byte {
	return []byte("GET /orders/7?view=short HTTP/1.1\r\nHost: api.bench.test\r\nUser-Agent: bench/1\r\nAccept: application/json\r\n" +
		"Accept-Language: en\r\nCookie: session=0123456789abcdef\r\nX-Client: load\r\n\r\n")
}

// tally is what came of one run.
type tally struct {
	sent, answered, wrong, lost uint64
	elapsed                     time.Duration
	latency                     rig.Histogram
}

// load is a generator with one thread and many connections, each with one
// request on the way at most.
type load struct {
	to      netip.AddrPort
	flows   []*flow
	polls   []unix.PollFd
	free    []*flow
	due     []time.Time // requests that wait for a connection
	request []byte
	tally   *tally
}

// newLoad opens connections. The caller closes it.
func newLoad(to netip.AddrPort, connections int) (*load, error) {
	l := &load{to: to, request: requestText(), tally: &tally{}}
	for i := range connections {
		f := &flow{place: i, buf: make([]byte, 8<<10), want: answerBody()}
		if err := f.open(to); err != nil {
			l.close()
			return nil, err
		}
		l.flows = append(l.flows, f)
		l.free = append(l.free, f)
		l.polls = append(l.polls, unix.PollFd{Fd: int32(f.fd), Events: unix.POLLIN})
	}
	return l, nil
}

func (l *load) close() {
	for _, f := range l.flows {
		f.end()
	}
}

// closed keeps a request on the way over every connection for a time.
func (l *load) closed(d time.Duration) (*tally, error) {
	start := time.Now()
	for end := start.Add(d); time.Now().Before(end); {
		for len(l.free) > 0 {
			if err := l.post(time.Now()); err != nil {
				return l.tally, err
			}
		}
		if err := l.turn(10 * time.Millisecond); err != nil {
			return l.tally, err
		}
	}
	return l.tally, l.drain(start)
}

// paced sends rate requests a second for a time, each at its own moment, or as
// soon as a connection is free after it. Latency counts from the moment.
func (l *load) paced(d time.Duration, rate int) (*tally, error) {
	start, interval := time.Now(), time.Second/time.Duration(rate)
	next, end := start, start.Add(d)
	for next.Before(end) {
		for now := time.Now(); !next.After(now) && next.Before(end); next = next.Add(interval) {
			l.due = append(l.due, next)
		}
		if len(l.due) > backlog {
			return l.tally, fmt.Errorf("%d requests are due and not sent: the rate is too high", len(l.due))
		}
		if err := l.postDue(); err != nil {
			return l.tally, err
		}
		if err := l.turn(max(0, time.Until(next))); err != nil {
			return l.tally, err
		}
	}
	return l.tally, l.drain(start)
}

func (l *load) postDue() error {
	for len(l.due) > 0 && len(l.free) > 0 {
		if err := l.post(l.due[0]); err != nil {
			return err
		}
		l.due = l.due[1:]
	}
	return nil
}

// drain waits for the answers that are still on the way.
func (l *load) drain(start time.Time) error {
	for end := time.Now().Add(patience); time.Now().Before(end) && len(l.due)+len(l.flows) > len(l.free); {
		if err := errors.Join(l.postDue(), l.turn(10*time.Millisecond)); err != nil {
			return err
		}
	}
	l.tally.elapsed = time.Since(start)
	l.tally.lost += uint64(len(l.due) + len(l.flows) - len(l.free))
	return nil
}

// post sends one request over the connection that has been free for longest.
func (l *load) post(due time.Time) error {
	f := l.free[0]
	l.free = l.free[1:]
	f.due, f.got = due, 0
	l.tally.sent++
	n, err := unix.Write(f.fd, l.request)
	if n == len(l.request) {
		return nil
	}
	if errors.Is(err, unix.EPIPE) || errors.Is(err, unix.ECONNRESET) {
		return l.reopen(f)
	}
	return fmt.Errorf("sending a request: %d octets written: %w", n, err)
}

// turn waits for answers for a time at most, and takes what has come.
func (l *load) turn(wait time.Duration) error {
	timeout := unix.NsecToTimespec(int64(wait))
	n, err := unix.Ppoll(l.polls, &timeout, nil)
	if n <= 0 || errors.Is(err, unix.EINTR) {
		return nil
	}
	for i := range l.polls {
		if l.polls[i].Revents == 0 {
			continue
		}
		if err := l.take(l.flows[i]); err != nil {
			return err
		}
	}
	return nil
}

// take reads from one connection and counts its answer when it is complete.
func (l *load) take(f *flow) error {
	n, err := unix.Read(f.fd, f.buf[f.got:])
	switch {
	case errors.Is(err, unix.EAGAIN):
		return nil
	case n <= 0:
		if !f.due.IsZero() {
			l.tally.lost++
		}
		return l.reopen(f)
	}
	f.got += n
	complete, right := f.judge()
	if !complete {
		return nil
	}
	l.tally.answered++
	l.tally.latency.Add(time.Since(f.due))
	if !right {
		l.tally.wrong++
	}
	f.due = time.Time{}
	l.free = append(l.free, f)
	return nil
}

// reopen replaces a connection that the server has closed.
func (l *load) reopen(f *flow) error {
	f.end()
	busy := !f.due.IsZero()
	f.due = time.Time{}
	if err := f.open(l.to); err != nil {
		return err
	}
	l.polls[f.place].Fd = int32(f.fd)
	if busy {
		l.free = append(l.free, f)
	}
	return nil
}
