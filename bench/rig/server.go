//go:build linux

package rig

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"
)

// retry is the pause before a server that is not ready is asked again.
const retry = 50 * time.Millisecond

// Server is a program that runs at its place.
type Server struct {
	Program
	Place
	*Process
	Path    string // of the program's file, absolute
	Release string // three numbers, "" for ours
}

// Launch starts a program in a folder of its own under root and waits until
// ready says so. prepare writes its configuration and returns its arguments,
// the first of which is replaced by the program's path. A program that is not
// chosen, or not on this machine, gives nil; the caller stops others.
func (s *Settings) Launch(p Program, root string, prepare func(Place) (argv []string, err error), ready func(*Server) error) (*Server, error) {
	if !Chosen(s.Only, p.Name) {
		return nil, nil
	}
	path := p.Locate(s.Meridian)
	if path == "" {
		fmt.Fprintf(os.Stderr, "%s: no program %s here, left out\n", p.Name, p.File)
		return nil, nil
	}
	out := &Server{Program: p, Path: path, Release: p.release(path)}
	var err error
	if out.Place, err = newPlace(root, p.Name); err != nil {
		return nil, err
	}
	argv, err := prepare(out.Place)
	if err != nil {
		return nil, fmt.Errorf("preparing %s: %w", p.Name, err)
	}
	argv[0] = path
	if out.Process, err = Start(argv, out.Dir, out.logPath(), s.ServerCPU); err != nil {
		return nil, err
	}
	if err := ready(out); err != nil {
		return nil, errors.Join(err, out.Stop())
	}
	fmt.Fprintf(os.Stderr, "%s: process %d answers at %s\n", out.Title(), out.PID(), out.Addr)
	return out, nil
}

// Title is the server's name, and its release where it has one.
func (s *Server) Title() string { return strings.TrimSpace(s.Name + " " + s.Release) }

// Await calls try until it gives no error, the time is over or the server has
// ended. what names the awaited in the error.
func (s *Server) Await(within time.Duration, what string, try func() error) error {
	err := errors.New("it ended at once")
	for deadline := time.Now().Add(within); time.Now().Before(deadline) && !s.Ended(); time.Sleep(retry) {
		if err = try(); err == nil {
			return nil
		}
	}
	return fmt.Errorf("waiting for %s to %s: %w; its log ends:\n%s", s.Name, what, err, s.logTail())
}

// Charge calls work and returns the CPU time the server used meanwhile, and its
// memory afterwards.
func (s *Server) Charge(work func() error) (Usage, error) {
	if s.Ended() {
		return Usage{}, fmt.Errorf("%s has ended; its log ends:\n%s", s.Name, s.logTail())
	}
	before, err := s.Usage()
	if err != nil {
		return Usage{}, err
	}
	if err := work(); err != nil {
		return Usage{}, err
	}
	after, err := s.Usage()
	return Usage{CPU: after.CPU - before.CPU, Memory: after.Memory}, err
}
