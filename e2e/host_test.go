//go:build linux

package e2e

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// commandTime is how long a command that ends by itself may take: only one that
// hangs takes so long, on any machine.
const commandTime = 2 * time.Minute

// needRoot skips the test, or fails it in CI, unless it runs as root.
func needRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		missing(t, "root")
	}
}

// need skips the test, or fails it in CI, unless the programs are there.
func need(t *testing.T, programs ...string) {
	t.Helper()
	for _, p := range programs {
		if _, err := exec.LookPath(p); err != nil {
			missing(t, p)
		}
	}
}

func missing(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf("needs %s; .ci/packages says where programs come from", what)
	}
	t.Skipf("needs %s; .ci/packages says where programs come from", what)
}

// attempt runs a command to its end and returns what it printed.
func attempt(t *testing.T, args ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), commandTime)
	defer cancel()
	out, err := exec.CommandContext(ctx, args[0], args[1:]...).CombinedOutput()
	return string(out), err
}

// run runs a command that has to succeed.
func run(t *testing.T, args ...string) string {
	t.Helper()
	out, err := attempt(t, args...)
	if err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

// eventually polls until ok says so, and fails the test after the time given;
// what ok saw last is shown.
func eventually(t *testing.T, within time.Duration, what string, ok func() (done bool, seen string)) time.Duration {
	t.Helper()
	start := time.Now()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		done, seen := ok()
		took := time.Since(start)
		if done {
			return took
		}
		if took > within {
			t.Fatalf("%s: not within %v; seen last: %s", what, within, seen)
		}
		<-tick.C
	}
}

// always polls for the time given and fails the test when ok does not hold.
func always(t *testing.T, during time.Duration, what string, ok func() (holds bool, seen string)) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(during); time.Now().Before(end); <-tick.C {
		if holds, seen := ok(); !holds {
			t.Fatalf("%s: not so any more: %s", what, seen)
		}
	}
}

// folder returns a temporary folder with a short path, fit for sockets.
func folder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "e2e")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil { // name servers give up root
		t.Fatal(err)
	}
	return dir
}

// write puts files into a folder: name, content, name, content, …
func write(t *testing.T, dir string, files ...string) {
	t.Helper()
	for i := 0; i+1 < len(files); i += 2 {
		if err := os.WriteFile(filepath.Join(dir, files[i]), []byte(files[i+1]), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
