//go:build linux

package rig

import (
	"errors"
	"fmt"
	"runtime"

	"golang.org/x/sys/unix"
)

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
	if err := Bind(core); err != nil {
		return err
	}
	return errors.Join(f(), unix.SchedSetaffinity(0, &before))
}

// Bind keeps the calling thread on a core; core < 0: on any.
func Bind(core int) error {
	if core < 0 {
		return nil
	}
	runtime.LockOSThread()
	var set unix.CPUSet
	set.Set(core)
	if err := unix.SchedSetaffinity(0, &set); err != nil {
		return fmt.Errorf("binding to core %d: %w", core, err)
	}
	return nil
}
