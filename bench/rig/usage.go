//go:build linux

package rig

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Usage is what a program and its children have used since they started.
type Usage struct {
	CPU    time.Duration // user and system, all threads, ended ones included
	Memory uint64        // octets resident, shared pages divided among their owners
}

// Usage reads the CPU clocks and the memory of the process and its descendants.
func (p *Process) Usage() (Usage, error) {
	var u Usage
	pids, err := family(p.cmd.Process.Pid)
	if err != nil {
		return u, err
	}
	for _, pid := range pids {
		cpu, err := cpuTime(pid)
		if err != nil {
			return u, fmt.Errorf("reading the cpu time of process %d: %w", pid, err)
		}
		u.CPU += cpu
		u.Memory += residentOf(pid)
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
