package packaging

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

const (
	root    = "../.."        // of the module
	user    = 65532          // the image's
	version = "v0.0.0-check" // stamped into every binary of these tests

	// patience is how long what happens by itself may take, on a busy machine.
	patience = time.Minute
)

// need skips the test, or fails it in CI, unless it runs as root and the
// programs are there.
func need(t *testing.T, programs ...string) {
	t.Helper()
	missing := ""
	for _, p := range programs {
		if _, err := exec.LookPath(p); err != nil {
			missing += " " + p
		}
	}
	switch {
	case missing == "" && os.Geteuid() == 0:
	case os.Getenv("CI") == "true":
		t.Fatalf("needs root (uid %d) and%s; .ci/packages says where they come from", os.Geteuid(), missing)
	default:
		t.Skipf("needs root (uid %d) and%s; .ci/packages says where they come from", os.Geteuid(), missing)
	}
}

// output runs a command to its end and returns what it printed.
func output(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(cmd.Args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	return output(t, exec.CommandContext(t.Context(), name, args...))
}

// folder returns a temporary folder that the user of the image can enter.
func folder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "packaging")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// build makes the binary as `make build` does.
func build(t *testing.T) string {
	t.Helper()
	run(t, "make", "-s", "-C", root, "build", "VERSION="+version)
	bin, err := filepath.Abs(filepath.Join(root, "bin", "meridian"))
	if err != nil {
		t.Fatal(err)
	}
	return bin
}

// namespace makes a network namespace with a loopback interface and returns
// the arguments that run a command inside.
func namespace(t *testing.T) []string {
	t.Helper()
	name := fmt.Sprintf("packaging-%d", os.Getpid())
	run(t, "ip", "netns", "add", name)
	t.Cleanup(func() {
		if out, err := exec.Command("ip", "netns", "delete", name).CombinedOutput(); err != nil {
			t.Errorf("deleting the namespace: %v\n%s", err, out)
		}
	})
	run(t, "ip", "-n", name, "link", "set", "lo", "up")
	return []string{"ip", "netns", "exec", name}
}

// process is a command that was started and is ended with the test.
type process struct {
	*exec.Cmd
	log  *strings.Builder
	done chan error
}

// start runs a command in the background and ends it with the test.
func start(t *testing.T, env []string, args ...string) *process {
	t.Helper()
	p := &process{Cmd: exec.Command(args[0], args[1:]...), log: &strings.Builder{}, done: make(chan error, 1)}
	p.Env = append(os.Environ(), env...)
	p.Stdout, p.Stderr = p.log, p.log
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { p.done <- p.Wait(); close(p.done) }()
	t.Cleanup(func() {
		_ = p.Process.Kill()
		<-p.done
		if t.Failed() {
			t.Logf("%s printed:\n%s", strings.Join(args, " "), p.log)
		}
	})
	return p
}

// terminate asks the process to end and returns how it did.
func (p *process) terminate(t *testing.T) error {
	t.Helper()
	if err := p.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-p.done:
		return err
	case <-time.After(patience):
		return fmt.Errorf("still running %v after SIGTERM", patience)
	}
}

// status returns a field of /proc/PID/status.
func (p *process) status(t *testing.T, field string) string {
	t.Helper()
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		if value, ok := strings.CutPrefix(line, field+":"); ok {
			return strings.Join(strings.Fields(value), " ")
		}
	}
	t.Fatalf("no field %s in /proc/PID/status", field)
	return ""
}

// eventually runs the command until it succeeds and its output satisfies ok,
// for a minute at most.
func eventually(t *testing.T, ok func(out string) bool, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		out, err := exec.CommandContext(ctx, args[0], args[1:]...).CombinedOutput()
		if err == nil && ok(string(out)) {
			return strings.TrimSpace(string(out))
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("%s: %v after %v, last output:\n%s", strings.Join(args, " "), err, patience, out)
		}
	}
}

func anything(string) bool { return true }
