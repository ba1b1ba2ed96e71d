//go:build linux

package main

import (
	"errors"
	"fmt"
	"time"
)

const (
	questionPool = 1 << 15
	warmUp       = 200 * time.Millisecond
)

// trial is a way to load a server.
type trial struct {
	role role
	rate int // queries a second; 0: as many as window and server allow
}

// kind names what a trial measures.
func (t trial) kind() string {
	if t.rate == 0 {
		return "saturated"
	}
	return fmt.Sprintf("%d q/s", t.rate)
}

// sample is the result of one trial of one server in one round.
type sample struct {
	tally
	perQuery time.Duration // CPU of the server per query answered
	memory   uint64
}

// run makes one trial: a short one to warm up, then the measured one.
func (s *server) run(t trial, o options, round int) (sample, error) {
	asked := questions(t.role, s.peer.zoneOf(t.role.name), questionPool, uint64(round)+100)
	if _, err := s.ask(t, o, asked, warmUp); err != nil {
		return sample{}, err
	}
	var got *tally
	used, err := s.Charge(func() (err error) {
		got, err = s.ask(t, o, asked, o.Duration)
		return err
	})
	if err != nil {
		return sample{}, err
	}
	out := sample{tally: *got, memory: used.Memory}
	if got.answered > 0 {
		out.perQuery = used.CPU / time.Duration(got.answered)
	}
	return out, nil
}

func (s *server) ask(t trial, o options, asked []question, d time.Duration) (*tally, error) {
	window := o.window
	if t.rate > 0 {
		window = maxWindow // a late reply must not hold up the next query
	}
	l, err := newLoad(s.Addr, asked, o.sockets, window)
	if err != nil {
		return nil, err
	}
	var out *tally
	if t.rate == 0 {
		out, err = l.closed(d)
	} else {
		out, err = l.paced(d, t.rate)
	}
	return out, errors.Join(err, l.close())
}
