//go:build linux

package rig

import (
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"
)

// self is this test binary as a server (TestMain).
func self() Program { return Program{Name: "self", Self: true} }

func serveHere(at Place) ([]string, error) { return []string{"", "serve", at.Addr.String()}, nil }

// ask returns what a server answers.
func ask(s *Server) (string, error) {
	conn, err := net.Dial("tcp4", s.Addr.String())
	if err != nil {
		return "", err
	}
	defer conn.Close()
	data, err := io.ReadAll(conn)
	return string(data), err
}

func answers(s *Server) error {
	return s.Await(20*time.Second, "answer", func() error {
		_, err := ask(s)
		return err
	})
}

// TestLaunchMeasuresWhatItStarted: bound to its core, charged for its work and
// its child's memory, gone afterwards with the child.
func TestLaunchMeasuresWhatItStarted(t *testing.T) {
	runtime.LockOSThread() // a child dies with the thread that started it
	defer runtime.UnlockOSThread()
	s, err := (&Settings{ServerCPU: 0}).Launch(self(), t.TempDir(), serveHere, answers)
	if err != nil {
		t.Fatal(err)
	}
	var said string
	used, err := s.Charge(func() (err error) {
		said, err = ask(s)
		return err
	})
	if err != nil || used.CPU < 20*time.Millisecond || used.CPU > 10*time.Second || used.Memory == 0 {
		t.Errorf("got %+v and error %v for 20 ms of work", used, err)
	}
	var child int
	if _, err := fmt.Sscanf(said, "core 0 of %d", &child); err != nil {
		t.Errorf("got %q, want core 0 and a child", said)
	}
	if pids, err := family(s.PID()); err != nil || len(pids) != 2 || pids[0] != s.PID() || pids[1] != child {
		t.Errorf("got family %v, error %v, want %d and %d", pids, err, s.PID(), child)
	}
	if err := s.Stop(); err != nil || !s.Ended() || !gone(s.PID()) {
		t.Errorf("after Stop: error %v, ended %v", err, s.Ended())
	}
	awaitGone(t, child)
	if _, err := s.Charge(func() error { return nil }); err == nil || !strings.Contains(err.Error(), "self has ended") {
		t.Errorf("charging an ended server: got error %v", err)
	}
}

// awaitGone gives the kernel a moment: the child was killed, not waited for.
func awaitGone(t *testing.T, pid int) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !gone(pid); runtime.Gosched() {
		if time.Now().After(end) {
			t.Fatalf("child %d outlives its server", pid)
		}
	}
}

func TestLaunchTellsWhyNot(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	for _, c := range []struct {
		name    string
		prepare func(Place) ([]string, error)
		want    string
	}{
		{"no configuration", func(Place) ([]string, error) { return nil, errors.New("no zone") }, "preparing self: no zone"},
		{"ends at once", func(Place) ([]string, error) { return []string{"", "serve", "127.0.0.1:none"}, nil }, "serving: "},
	} {
		s, err := (&Settings{ServerCPU: -1}).Launch(self(), t.TempDir(), c.prepare, answers)
		if s != nil || err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, error %v, want one with %q", c.name, s, err, c.want)
		}
	}
}

func TestLaunchLeavesOut(t *testing.T) {
	for _, c := range []struct {
		settings Settings
		program  Program
	}{
		{Settings{Only: "other,another"}, self()},
		{Settings{}, Program{Name: "x", File: "a-program-that-nobody-has"}},
		{Settings{Meridian: "/nowhere/meridian"}, Program{Name: "meridian"}},
	} {
		if s, err := c.settings.Launch(c.program, t.TempDir(), serveHere, answers); s != nil || err != nil {
			t.Errorf("%+v, %+v: got %v, error %v, want neither", c.settings, c.program, s, err)
		}
	}
}

func TestReleaseIsThreeNumbers(t *testing.T) {
	for _, c := range []struct{ said, want string }{
		{"nginx version: nginx/1.22.1", "1.22.1"},
		{"HAProxy version 2.6.12-1+deb12u2 2024/05/30", "2.6.12"},
		{"no version", ""},
	} {
		if got := (Program{Version: []string{c.said}}).release("echo"); got != c.want {
			t.Errorf("%q: got %q, want %q", c.said, got, c.want)
		}
	}
	if got := (Program{}).release("/nowhere"); got != "" {
		t.Errorf("ours: got %q", got)
	}
}
