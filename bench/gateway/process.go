//go:build linux

package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const stopTime = 5 * time.Second

// process is a server we have started, with its children.
type process struct {
	cmd  *exec.Cmd
	log  *os.File
	done chan struct{}
}

// start runs argv on one core, its output in a file; core < 0 leaves it to the
// system.
func start(argv []string, dir, logPath string, core int) (*process, error) {
	log, err := os.Create(logPath)
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, log, log
	cmd.Env = append(os.Environ(), "HOME="+dir, "XDG_CONFIG_HOME="+dir, "XDG_DATA_HOME="+dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	p := &process{cmd: cmd, log: log, done: make(chan struct{})}
	if err := startOn(core, cmd.Start); err != nil {
		return nil, errors.Join(fmt.Errorf("starting %s: %w", argv[0], err), log.Close())
	}
	go func() {
		defer close(p.done)
		_ = cmd.Wait() // how it ended is in its log
	}()
	return p, nil
}

// startOn calls f in a thread bound to a core: a child inherits the binding.
// The caller holds the thread (runtime.LockOSThread), which also keeps the
// child's parent alive.
func startOn(core int, f func() error) error {
	if core < 0 {
		return f()
	}
	var before unix.CPUSet
	if err := unix.SchedGetaffinity(0, &before); err != nil {
		return err
	}
	if err := bind(core); err != nil {
		return err
	}
	return errors.Join(f(), unix.SchedSetaffinity(0, &before))
}

// bind keeps the calling thread on a core.
func bind(core int) error {
	runtime.LockOSThread()
	var set unix.CPUSet
	set.Set(core)
	if err := unix.SchedSetaffinity(0, &set); err != nil {
		return fmt.Errorf("binding to core %d: %w", core, err)
	}
	return nil
}

func (p *process) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// stop ends the process and its group: first politely.
func (p *process) stop() error {
	_ = syscall.Kill(p.cmd.Process.Pid, syscall.SIGTERM) // it may be gone
	select {
	case <-p.done:
	case <-time.After(stopTime):
	}
	_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL) // what is left of its group
	<-p.done
	return p.log.Close()
}

// usage is what a server and its children have used since they started.
type usage struct {
	cpu    time.Duration // user and system, all threads, ended ones included
	memory uint64        // octets resident, shared pages divided among their owners
}

func (p *process) usage() (usage, error) {
	var u usage
	pids, err := family(p.cmd.Process.Pid)
	if err != nil {
		return u, err
	}
	for _, pid := range pids {
		cpu, err := cpuTime(pid)
		if err != nil {
			return u, fmt.Errorf("reading the cpu time of process %d: %w", pid, err)
		}
		u.cpu += cpu
		u.memory += residentOf(pid)
	}
	return u, nil
}

// cpuTime is what utime and stime of /proc/PID/stat add up to, in nanoseconds
// instead of ticks of 10 ms: the CPU clock of the process, whose number
// clock_getcpuclockid(3) makes in this way.
func cpuTime(pid int) (time.Duration, error) {
	const scheduled = 2
	var t unix.Timespec
	if err := unix.ClockGettime(int32(^pid<<3|scheduled), &t); err != nil {
		return 0, err
	}
	return time.Duration(t.Nano()), nil
}

// parentOf reads the fourth field of a line of /proc/PID/stat; the second is a
// name in brackets that may hold anything (proc(5)).
func parentOf(line string) (int, error) {
	fields := strings.Fields(line[strings.LastIndexByte(line, ')')+1:])
	if len(fields) < 2 {
		return 0, fmt.Errorf("reading process stat %q: too few fields", line)
	}
	return strconv.Atoi(fields[1])
}

// family returns a process and its descendants.
func family(root int) ([]int, error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, err
	}
	children := map[int][]int{}
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		line, _ := os.ReadFile("/proc/" + e.Name() + "/stat") // others may end meanwhile
		if parent, err := parentOf(string(line)); err == nil {
			children[parent] = append(children[parent], pid)
		}
	}
	all := []int{root}
	for i := 0; i < len(all); i++ {
		all = append(all, children[all[i]]...)
	}
	return all, nil
}

// residentOf is the proportional set size of a process, 0 where the system does
// not tell.
func residentOf(pid int) uint64 {
	data, _ := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	for line := range strings.Lines(string(data)) {
		if f := strings.Fields(line); len(f) == 3 && f[0] == "Pss:" {
			kb, _ := strconv.ParseUint(f[1], 10, 64)
			return kb << 10
		}
	}
	return 0
}
