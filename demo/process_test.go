package demo

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// shell is a process that runs a script.
func shell(t *testing.T, script string) (p *process, died chan error) {
	t.Helper()
	died = make(chan error, 1)
	p = &process{
		command: []string{"/bin/sh", "-c", script}, log: filepath.Join(t.TempDir(), "log"),
		died: func(err error) { died <- err },
	}
	if _, err := p.start(); err != nil {
		t.Fatal(err)
	}
	return p, died
}

// TestProcessKilled: who is killed has not died, and can be started again.
func TestProcessKilled(t *testing.T) {
	p, died := shell(t, "read line")
	if again, err := p.start(); again || err != nil || !p.alive() || p.pid() < 1 {
		t.Errorf("second start: got %v, %v, alive %v, pid %d", again, err, p.alive(), p.pid())
	}
	if killed, err := p.kill(); !killed || err != nil || p.alive() || p.pid() != 0 || p.problem() != nil {
		t.Errorf("kill: got %v, %v, alive %v, pid %d, problem %v", killed, err, p.alive(), p.pid(), p.problem())
	}
	if again, err := p.kill(); again || err != nil {
		t.Errorf("second kill: got %v, %v", again, err)
	}
	if again, err := p.start(); !again || err != nil {
		t.Errorf("start again: got %v, %v", again, err)
	}
	if _, err := p.kill(); err != nil {
		t.Errorf("kill again: got %v", err)
	}
	select {
	case err := <-died:
		t.Errorf("got told of %v, want nothing: it was killed", err)
	default:
	}
}

// TestProcessDies: a process that ends by itself is told of, with what it said
// last.
func TestProcessDies(t *testing.T) {
	p, died := shell(t, "echo no such port >&2; exit 3")
	select {
	case err := <-died:
		if text := err.Error(); !strings.Contains(text, "exit status 3") || !strings.Contains(text, "no such port") {
			t.Errorf("got %q, want the status and the end of the log", text)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("nobody was told")
	}
	if p.problem() == nil || p.alive() {
		t.Errorf("got problem %v, alive %v, want one that has ended", p.problem(), p.alive())
	}
}

// TestProcessBound: what was started notices that its starter is gone.
func TestProcessBound(t *testing.T) {
	p, died := shell(t, "cat")
	if err := p.now.lead.Close(); err != nil { // as the end of this process would
		t.Fatal(err)
	}
	select {
	case <-died:
	case <-time.After(10 * time.Second):
		t.Error("it runs on although its input has ended")
		_, _ = p.kill()
	}
}

// TestStartFails: a node that cannot run is told with the end of its log, and
// nothing stays.
func TestStartFails(t *testing.T) {
	d, err := New(Options{Runtime: filepath.Join(t.TempDir(), "run"), Program: []string{"/bin/sh", "-c", "echo bad luck; exit 7"}})
	if err != nil {
		t.Fatal(err)
	}
	err = d.Start(t.Context())
	if err == nil || !strings.Contains(err.Error(), "bad luck") || !strings.Contains(err.Error(), "exit status 7") {
		t.Errorf("got %v, want the status and the end of the log", err)
	}
	if err := d.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(d.Dir()); !os.IsNotExist(err) {
		t.Errorf("folder %s: got %v, want it removed", d.Dir(), err)
	}
}
