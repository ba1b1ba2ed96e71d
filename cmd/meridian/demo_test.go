package main

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// TestDemoWords: what cannot be done is said with what can.
func TestDemoWords(t *testing.T) {
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
	taken, err := net.Listen("tcp", "127.0.2.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	_, port, err := net.SplitHostPort(taken.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ args, want string }{
		{"demo stop atlantis", "want one of westus2 (West US 2), westeurope (West Europe), japaneast (Japan East)"},
		{"demo stop westeurope", "no demo runs; start one with: meridian demo"},
		{"demo start westeurope --dns-port 15300", "no demo runs"},
		{"demo stop", "accepts 1 arg"},
		{"demo westeurope", `unknown command "westeurope"`},
		{"demo --dns-port 70000", "dns port 70000: want 0 (a free one) to 65535"},
		{"demo --dns-port 0 --admin-port 0 --gateway-port " + port, "tcp port " + port + " of 127.0.2.1 is taken by another program\nmove the demo with: meridian demo --dns-port 0 --gateway-port "},
	} {
		var out, errs strings.Builder
		code := run(strings.Fields(tt.args), strings.NewReader(""), &out, &errs)
		if code != exitRefused || !strings.Contains(errs.String(), tt.want) || out.Len() > 0 {
			t.Errorf("%s: got exit %d, %q, want %d and %q", tt.args, code, errs.String(), exitRefused, tt.want)
		}
	}
}

// readyWriter interrupts the process when the demo says that it is ready.
type readyWriter struct{ strings.Builder }

func (w *readyWriter) Write(p []byte) (int, error) {
	if strings.Contains(string(p), "ready after") {
		if err := syscall.Kill(os.Getpid(), syscall.SIGINT); err != nil {
			return 0, err
		}
	}
	return w.Builder.Write(p)
}

// TestServeUntilInputEnds: a node stops when the program that started it is gone,
// and not before.
func TestServeUntilInputEnds(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "service.yaml", good)
	node := write(t, dir, "node.yaml", nodeFile)
	s := newSupervisor(t)
	in, starter := io.Pipe()
	ended := make(chan int, 1)
	var out, errs lockedBuffer
	go func() { ended <- run([]string{"serve", "--until-input-ends", "-c", node}, in, &out, &errs) }()
	if got := s.next(t); got != "READY=1" {
		t.Errorf("got %q first, want READY=1", got)
	}
	if _, err := io.WriteString(starter, "it is read and means nothing\n"); err != nil {
		t.Error(err)
	}
	select {
	case code := <-ended:
		t.Errorf("got exit %d while the input is open", code)
	default:
	}
	starter.Close()
	select {
	case code := <-ended:
		if code != exitOK {
			t.Errorf("got exit %d and\n%s", code, errs.String())
		}
	case <-time.After(shutdownTime + 5*time.Second):
		t.Fatal("it serves on although its input has ended")
	}
}

// TestDemoEnds: Ctrl-C ends the demo cleanly, exit 0, and leaves nothing.
func TestDemoEnds(t *testing.T) {
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
	t.Setenv("TMPDIR", t.TempDir())
	t.Setenv(programEnv, "1")
	before := goleak.IgnoreCurrent()
	var out readyWriter
	var errs strings.Builder
	code := run(strings.Fields("demo --dns-port 0 --gateway-port 0 --admin-port 0"), strings.NewReader(""), &out, &errs)
	if code != exitOK || errs.Len() > 0 || !strings.Contains(out.String(), "dig @127.0.1.1 -p ") {
		t.Errorf("got exit %d, %q and\n%s", code, errs.String(), out.String())
	}
	left, err := os.ReadDir(os.TempDir())
	if err != nil || len(left) > 0 {
		t.Errorf("left in the folder for temporary files: %v, %v", left, err)
	}
	goleak.VerifyNone(t, before, goleak.IgnoreTopFunction("os/signal.signal_recv"))
}

func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	if err := interrupted(ctx, context.Canceled); !errors.Is(err, context.Canceled) {
		t.Errorf("before anybody said so: got %v, want the error", err)
	}
	cancel()
	if err := interrupted(ctx, context.Canceled); err != nil {
		t.Errorf("told to stop: got %v, want none", err)
	}
	if err := interrupted(ctx, net.ErrClosed); !errors.Is(err, net.ErrClosed) {
		t.Errorf("another error: got %v, want it", err)
	}
}
