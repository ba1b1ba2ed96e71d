package healthprobe

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// frozenTarget, if set in the environment, makes the test binary a child that
// probes that address and prints what changes, until its input ends.
const frozenTarget = "MERIDIAN_TEST_FROZEN_TARGET"

// probeAsChild is the child's main.
func probeAsChild(address string) int {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return 2
	}
	target := httpTarget(at)
	target.Check.Interval, target.Check.Timeout = time.Second, time.Second
	m, err := New(Options{Node: "child", Location: "l", Notify: func(r Report) {
		for _, c := range r.Changes {
			fmt.Println(c.New, c.Reason)
		}
	}})
	if err != nil || m.SetTargets([]Target{target}) != nil || m.Start() != nil {
		return 2
	}
	io.Copy(io.Discard, os.Stdin)
	if m.Shutdown(context.Background()) != nil {
		return 2
	}
	return 0
}

// stage is the target of the child: it hands over each request and answers as
// told.
type stage struct {
	asked  chan struct{}
	status chan int
}

func (s stage) serve(c net.Conn, done <-chan struct{}) {
	if _, err := http.ReadRequest(bufio.NewReader(c)); err != nil {
		return
	}
	select {
	case s.asked <- struct{}{}:
	case <-done:
		return
	}
	select {
	case status := <-s.status:
		fmt.Fprintf(c, "HTTP/1.1 %d X\r\nContent-Length: 0\r\n\r\n", status)
	case <-done:
	}
}

// Fault A12 with a real process and a real SIGSTOP: the probe under way when
// the process froze runs into its timeout at the thaw, and must not count.
func TestFrozenProcess(t *testing.T) {
	if testing.Short() {
		t.Skip("freezes a process for some seconds")
	}
	s := stage{asked: make(chan struct{}), status: make(chan int)}
	at := serveConns(t, "tcp", "127.0.0.1:0", s.serve)
	child, lines := startChild(t, at)
	<-s.asked
	s.status <- 200
	expect(t, lines, "up ok")
	<-s.asked
	if err := child.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	<-time.After(freezeGap + time.Second) // the freeze itself, on the real clock
	if err := child.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	// The old connection is dead to the child; whatever it asks next is a new
	// probe, and only then it may speak.
	go func() { s.status <- 200 }()
	<-s.asked
	s.status <- 200
	<-s.asked
	s.status <- 503
	expect(t, lines, "down status")
}

// expect wants the next line the child prints.
func expect(t *testing.T, lines <-chan string, want string) {
	t.Helper()
	select {
	case got := <-lines:
		if got != want {
			t.Fatalf("got %q want %q", got, want)
		}
	case <-time.After(30 * time.Second):
		t.Fatalf("got nothing in 30 s, want %q", want)
	}
}

func startChild(t *testing.T, at netip.AddrPort) (*os.Process, <-chan string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), frozenTarget+"="+at.String())
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := make(chan string, 100)
	read := make(chan struct{})
	go func() {
		defer close(read)
		for r := bufio.NewScanner(out); r.Scan(); {
			lines <- strings.TrimSpace(r.Text())
		}
	}()
	t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGCONT)
		in.Close()
		<-read
		if err := cmd.Wait(); err != nil {
			t.Errorf("the child: %v", err)
		}
	})
	return cmd.Process, lines
}
