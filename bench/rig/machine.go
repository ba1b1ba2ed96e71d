//go:build linux

package rig

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"
)

// Machine is what figures depend on, in one line: when, on what, how busy.
func Machine() string {
	return fmt.Sprintf("%s, %d cores, %s, load average %s", time.Now().UTC().Format("2006-01-02 15:04 MST"), runtime.NumCPU(), model(), loadAverage())
}

func loadAverage() string {
	data, _ := os.ReadFile("/proc/loadavg")
	first, _, _ := strings.Cut(string(data), " ")
	return first
}

func model() string {
	data, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(data)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}
