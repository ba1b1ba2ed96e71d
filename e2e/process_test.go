//go:build linux

package e2e

import (
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// process is a command that was started and is ended with the test.
type process struct {
	cmd   *exec.Cmd
	ended chan struct{} // closed when it has ended
	err   error         // how; read after ended
	log   logged
}

// logged keeps what a process prints.
type logged struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// start runs a command in the background. It ends with the test, and with the
// test binary should that be killed.
func start(t *testing.T, env []string, args ...string) *process {
	t.Helper()
	p := &process{cmd: exec.Command(args[0], args[1:]...), ended: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), env...)
	p.cmd.Stdout, p.cmd.Stderr = &p.log, &p.log
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		p.err = p.cmd.Wait()
		close(p.ended)
	}()
	t.Cleanup(func() {
		p.kill()
		if t.Failed() {
			t.Logf("%s printed:\n%s", strings.Join(args, " "), tail(p.log.String()))
		}
	})
	return p
}

// tail returns the last lines of a text.
func tail(text string) string {
	lines := strings.Split(text, "\n")
	return strings.Join(lines[max(0, len(lines)-60):], "\n")
}

// alive reports whether the process has not ended.
func (p *process) alive() bool {
	select {
	case <-p.ended:
		return false
	default:
		return true
	}
}

func (p *process) signal(t *testing.T, s syscall.Signal) {
	t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		t.Fatalf("sending %v to process %d: %v", s, p.cmd.Process.Pid, err)
	}
}

// kill ends the process at once and returns when it has ended.
func (p *process) kill() {
	_ = p.cmd.Process.Kill() // it may have ended
	<-p.ended
}

// stop asks the process to end and returns how it did.
func (p *process) stop(t *testing.T, with syscall.Signal) error {
	t.Helper()
	p.signal(t, with)
	select {
	case <-p.ended:
		return p.err
	case <-time.After(15 * time.Second):
		t.Fatalf("process %d runs 15 s after %v", p.cmd.Process.Pid, with)
		return nil
	}
}

// says waits until the process has printed a text.
func (p *process) says(t *testing.T, within time.Duration, text string) {
	t.Helper()
	eventually(t, within, "printing "+text, func() (bool, string) {
		all := p.log.String()
		return strings.Contains(all, text), tail(all)
	})
}
