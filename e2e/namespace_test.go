//go:build linux

package e2e

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// namespace is a network namespace of our own; empty: the host's.
type namespace string

// newNamespace makes a namespace whose loopback interface has the addresses. It
// goes with the test.
func newNamespace(t *testing.T, addresses ...string) namespace {
	t.Helper()
	needRoot(t)
	need(t, "ip")
	name := fmt.Sprintf("e2e-%d-%x", os.Getpid(), rand.Uint32())
	run(t, "ip", "netns", "add", name)
	t.Cleanup(func() {
		if out, err := exec.Command("ip", "netns", "delete", name).CombinedOutput(); err != nil {
			t.Errorf("deleting namespace %s: %v\n%s", name, err, out)
		}
	})
	batch := "link set lo up\n"
	for _, a := range addresses {
		flags := ""
		if strings.Contains(a, ":") {
			flags = " nodad"
		}
		batch += "address add " + a + " dev lo" + flags + "\n"
	}
	file := folder(t)
	write(t, file, "batch", batch)
	run(t, "ip", "-n", name, "-batch", file+"/batch")
	return namespace(name)
}

// command returns the arguments that run a command in the namespace.
func (n namespace) command(args ...string) []string {
	if n == "" {
		return args
	}
	return append([]string{"ip", "netns", "exec", string(n)}, args...)
}

// inside calls do on a thread in the namespace: sockets made there belong to it.
func (n namespace) inside(t *testing.T, do func()) {
	t.Helper()
	if n == "" {
		do()
		return
	}
	done := make(chan error)
	go func() { done <- n.visit(do) }()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

// visit moves its thread there and back. A thread that cannot return ends with
// its goroutine, because it stays locked; the processes it has started end with
// it, so that no other may.
func (n namespace) visit(do func()) error {
	there, err := os.Open("/run/netns/" + string(n))
	if err != nil {
		return err
	}
	defer there.Close()
	runtime.LockOSThread()
	home, err := os.Open("/proc/thread-self/ns/net")
	if err != nil {
		runtime.UnlockOSThread()
		return err
	}
	defer home.Close()
	if err := unix.Setns(int(there.Fd()), unix.CLONE_NEWNET); err != nil {
		return fmt.Errorf("entering namespace %s: %w", n, err)
	}
	do()
	if err := unix.Setns(int(home.Fd()), unix.CLONE_NEWNET); err != nil {
		return fmt.Errorf("leaving namespace %s: %w", n, err)
	}
	runtime.UnlockOSThread()
	return nil
}
