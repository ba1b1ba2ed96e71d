//go:build linux

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestDocumentedOperations runs every block marked "sh cluster", in order, in a
// folder and a namespace of their own. The blocks begin and end the nodes
// themselves; something answers at the address that the page takes for granted.
func TestDocumentedOperations(t *testing.T) {
	needRoot(t)
	need(t, "bash", "dig", "curl", "ip", "sed", "base64")
	found := marked(t, "sh cluster")
	if len(found) == 0 {
		t.Fatal("no page has a block marked \"sh cluster\"")
	}
	dir, ns := folder(t), newNamespace(t)
	start(t, []string{backendEnv + "=127.0.0.9:9000"}, ns.command(os.Args[0])...)
	t.Cleanup(func() { endServers(t, dir) })
	refused := regexp.MustCompile(`(?m)^! (.*)$`) // bash -e does not mind where it is not
	servers := "export MERIDIAN_SERVERS=127.0.0.1:8053,127.0.0.2:8053,127.0.0.3:8053\n"
	for _, b := range found {
		b.text = servers + refused.ReplaceAllString(b.text, "if $1; then echo was not refused; exit 1; fi")
		if !t.Run(fmt.Sprintf("%s:%d", b.page, b.line), func(t *testing.T) { shell(t, ns, dir, b) }) {
			showLogs(t, dir)
			return // each block builds on those before it
		}
	}
}

// showLogs shows what nodes that blocks began have said.
func showLogs(t *testing.T, dir string) {
	t.Helper()
	logs, err := filepath.Glob(dir + "/*.log")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range logs {
		t.Logf("%s:\n%s", filepath.Base(f), tail(read(t, f)))
	}
}

// endServers ends the processes whose numbers blocks have written down, unless
// they have ended, and their numbers are others' by now.
func endServers(t *testing.T, dir string) {
	t.Helper()
	files, err := filepath.Glob(dir + "/*.pid")
	if err != nil {
		t.Error(err)
	}
	for _, f := range files {
		pid, err := strconv.Atoi(strings.TrimSpace(read(t, f)))
		if err != nil {
			t.Error(err)
			continue
		}
		ours := func() bool {
			home, err := os.Readlink(fmt.Sprintf("/proc/%d/cwd", pid))
			return err == nil && home == dir
		}
		if ours() {
			_ = syscall.Kill(pid, syscall.SIGKILL) // it may have ended
		}
		eventually(t, 5*time.Second, "ending the process of "+f, func() (bool, string) { return !ours(), "" })
	}
}
