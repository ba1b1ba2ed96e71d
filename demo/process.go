package demo

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
)

// process is a program that can be killed and run again. Its output is appended
// to a file.
type process struct {
	command []string
	log     string           // the file
	died    func(last error) // called when it ends unasked

	mu  sync.Mutex
	now *life // nil where it was killed, or not started yet
}

// life is one run of a process.
type life struct {
	cmd   *exec.Cmd
	lead  io.Closer     // its standard input: it ends when that does, so it cannot outlive us
	ended chan struct{} // closed when it has ended
	state error         // how; read after ended
}

// start runs the program. It reports false where it runs already.
func (p *process) start() (bool, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.now.alive() {
		return false, nil
	}
	r, err := p.launch()
	if err != nil {
		return false, fmt.Errorf("starting %s: %w", strings.Join(p.command, " "), err)
	}
	p.now = r
	go p.wait(r)
	return true, nil
}

func (p *process) launch() (*life, error) {
	log, err := os.OpenFile(p.log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	defer func() { _ = log.Close() }() // the process has its own
	r := &life{cmd: exec.Command(p.command[0], p.command[1:]...), ended: make(chan struct{})}
	r.cmd.Stdout, r.cmd.Stderr = log, log
	r.cmd.SysProcAttr = bound()
	if r.lead, err = r.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	return r, r.cmd.Start()
}

// wait waits for the end of a life; kill waits for wait.
func (p *process) wait(r *life) {
	r.state = r.cmd.Wait()
	close(r.ended)
	p.mu.Lock()
	unasked := p.now == r
	p.mu.Unlock()
	if unasked {
		p.died(p.failure(r))
	}
}

// kill ends the process at once (SIGKILL), as a loss of power would, and returns
// when it has ended. It reports false where none runs.
func (p *process) kill() (bool, error) {
	p.mu.Lock()
	r := p.now
	p.now = nil
	p.mu.Unlock()
	if !r.alive() {
		return false, nil
	}
	err := r.cmd.Process.Kill()
	if errors.Is(err, os.ErrProcessDone) {
		err = nil
	}
	<-r.ended
	return true, err
}

// alive reports whether the life has not ended.
func (r *life) alive() bool {
	if r == nil {
		return false
	}
	select {
	case <-r.ended:
		return false
	default:
		return true
	}
}

// alive reports whether the program runs.
func (p *process) alive() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.now.alive()
}

// pid is the number of the process, 0 where none runs.
func (p *process) pid() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.now.alive() {
		return 0
	}
	return p.now.cmd.Process.Pid
}

// problem says how the program ended although nobody killed it; nil while it
// runs.
func (p *process) problem() error {
	p.mu.Lock()
	r := p.now
	p.mu.Unlock()
	if r == nil || r.alive() {
		return nil
	}
	return p.failure(r)
}

// lastWords is how much of a log is told when a process has failed.
const lastWords = 2 << 10 // octets

// failure says how a life ended, with the end of the log.
func (p *process) failure(r *life) error {
	said := "nothing"
	if all, err := os.ReadFile(p.log); err == nil && len(all) > 0 {
		said = strings.TrimSpace(string(all[max(0, len(all)-lastWords):]))
	}
	how := "exit status 0"
	if r.state != nil {
		how = r.state.Error()
	}
	return fmt.Errorf("it ended (%s); the end of %s:\n%s", how, p.log, said)
}
