//go:build linux

package main

import (
	"fmt"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"

	"meridian/bench/rig"
)

const (
	warmUp = 300 * time.Millisecond
	settle = time.Second // after which memory is looked at
)

// sample is the result of one trial of one server in one round.
type sample struct {
	tally
	perRequest time.Duration // CPU of the server per request answered
}

// measure makes one trial: a short one to warm up, then the measured one. rate 0:
// as many as connections and server allow.
func measure(s *rig.Server, o options, rate int) (sample, error) {
	l, err := newLoad(s.Addr, o.connections)
	if err != nil {
		return sample{}, err
	}
	defer l.close()
	if _, err := l.ask(warmUp, rate); err != nil {
		return sample{}, err
	}
	l.tally = &tally{}
	used, err := s.Charge(func() error {
		_, err := l.ask(o.Duration, rate)
		return err
	})
	if err != nil {
		return sample{}, err
	}
	out := sample{tally: *l.tally}
	if out.answered > 0 {
		out.perRequest = used.CPU / time.Duration(out.answered)
	}
	return out, nil
}

func (l *load) ask(d time.Duration, rate int) (*tally, error) {
	if rate == 0 {
		return l.closed(d)
	}
	return l.paced(d, rate)
}

// idleMemory is the octets a server takes for so many connections that each had
// one answer.
func idleMemory(s *rig.Server, connections int) (uint64, error) {
	before, err := s.Usage()
	if err != nil {
		return 0, err
	}
	fds, err := idle(s.Addr, connections)
	defer func() {
		for _, fd := range fds {
			_ = unix.Close(fd) // nothing more is wanted of it
		}
	}()
	if err != nil {
		return 0, fmt.Errorf("%s: %w", s.Name, err)
	}
	time.Sleep(settle)
	after, err := s.Usage()
	if err != nil {
		return 0, err
	}
	return after.Memory - min(before.Memory, after.Memory), nil
}

// idle opens connections that have had one answer each.
func idle(to netip.AddrPort, n int) ([]int, error) {
	var fds []int
	f := &flow{buf: make([]byte, 8<<10), want: answerBody()}
	for range n {
		if err := f.open(to); err != nil {
			return fds, err
		}
		fds = append(fds, f.fd)
		if err := f.once(); err != nil {
			return fds, err
		}
	}
	return fds, nil
}

// once sends a request and waits for its answer.
func (f *flow) once() error {
	f.got = 0
	if _, err := unix.Write(f.fd, requestText()); err != nil {
		return err
	}
	polls := []unix.PollFd{{Fd: int32(f.fd), Events: unix.POLLIN}}
	for end := time.Now().Add(patience); time.Now().Before(end); {
		if n, _ := unix.Poll(polls, 100); n <= 0 {
			continue
		}
		n, err := unix.Read(f.fd, f.buf[f.got:])
		if n <= 0 {
			return fmt.Errorf("the connection was closed: %w", err)
		}
		f.got += n
		if complete, right := f.judge(); complete {
			if !right {
				return fmt.Errorf("a wrong answer %.200q", f.buf[:f.got])
			}
			return nil
		}
	}
	return fmt.Errorf("no answer within %v", patience)
}
