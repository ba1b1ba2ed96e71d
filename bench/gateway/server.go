//go:build linux

package main

import (
	"errors"
	"fmt"
	"net/netip"
	"path/filepath"
	"time"

	"meridian/bench/rig"
)

// startTime is how long a server may take to give its first right answer.
const startTime = 20 * time.Second

// setup is what a proxy is to be made of.
type setup struct {
	rig.Place
	backends []netip.AddrPort
}

// peer is a program that can be measured.
type peer struct {
	rig.Program
	prepare func(setup) (argv []string, err error)
}

func peers() []peer {
	return []peer{meridian(), nginx(), haproxy(), caddy(), controlPeer()}
}

// controlPeer is this program as a plain httputil.ReverseProxy.
func controlPeer() peer {
	return peer{Program: rig.Program{Name: "control", Self: true}, prepare: func(s setup) ([]string, error) {
		return []string{"", "-role", "control", "-listen", s.Addr.String(), "-to", s.backends[0].String() + "," + s.backends[1].String()}, nil
	}}
}

// stage is the backends and all servers before them.
type stage struct {
	o        options
	root     string
	backends []netip.AddrPort
	behind   *rig.Process
	servers  []*rig.Server
}

// newStage starts the backends, on the core of the load generator.
func newStage(root string, o options) (*stage, error) {
	s := &stage{o: o, root: root}
	for range 2 {
		addr, err := rig.FreeAddr()
		if err != nil {
			return nil, err
		}
		s.backends = append(s.backends, addr)
	}
	argv := []string{"/proc/self/exe", "-role", "backend", "-listen", s.backends[0].String() + "," + s.backends[1].String()}
	var err error
	s.behind, err = rig.Start(argv, root, filepath.Join(root, "backends.log"), o.ClientCPU)
	return s, err
}

// launch starts every chosen peer that is on this machine.
func (s *stage) launch(all []peer) error {
	for _, p := range all {
		prepare := func(at rig.Place) ([]string, error) { return p.prepare(setup{at, s.backends}) }
		one, err := s.o.Launch(p.Program, s.root, prepare, ready)
		if err != nil {
			return err
		}
		if one != nil {
			s.servers = append(s.servers, one)
		}
	}
	if len(s.servers) == 0 {
		return errors.New("no server to measure")
	}
	return nil
}

func (s *stage) stop() error {
	var errs []error
	for _, one := range s.servers {
		errs = append(errs, one.Stop())
	}
	return errors.Join(append(errs, s.behind.Stop())...)
}

// ready waits for one right answer.
func ready(s *rig.Server) error {
	return s.Await(startTime, "answer", func() error {
		l, err := newLoad(s.Addr, 1)
		if err != nil {
			return err
		}
		defer l.close()
		t, err := l.paced(20*time.Millisecond, 100)
		if err == nil && (t.answered == 0 || t.wrong > 0) {
			err = fmt.Errorf("%d answers, %d wrong", t.answered, t.wrong)
		}
		return err
	})
}
