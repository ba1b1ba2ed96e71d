//go:build linux

package rig

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/sys/unix"
)

// TestMain lets the test binary be the server that its tests start.
func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == "serve" {
		fmt.Fprintln(os.Stderr, "serving:", serve(os.Args[2]))
		os.Exit(1)
	}
	goleak.VerifyTestMain(m)
}

// serve starts a child, and burns 20 ms of CPU for every connection, whose
// answer is the core it is bound to, or that there are several.
func serve(addr string) error {
	child := exec.Command("sleep", "60")
	if err := child.Start(); err != nil {
		return err
	}
	l, err := net.Listen("tcp4", addr)
	if err != nil {
		return err
	}
	for {
		conn, err := l.Accept()
		if err != nil {
			return err
		}
		before, _ := cpuTime(os.Getpid())
		for now := before; now-before < 20*time.Millisecond; {
			now, _ = cpuTime(os.Getpid())
		}
		_, _ = fmt.Fprintf(conn, "%s of %d", boundTo(), child.Process.Pid) // the test looks
		_ = conn.Close()
	}
}

func boundTo() string {
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(0, &set); err != nil || set.Count() != 1 {
		return fmt.Sprintf("%d cores, error %v", set.Count(), err)
	}
	core := 0
	for !set.IsSet(core) {
		core++
	}
	return fmt.Sprintf("core %d", core)
}

// gone reports whether a process has ended, whoever has to collect it.
func gone(pid int) bool {
	line, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err != nil || strings.Contains(string(line), ") Z ")
}
