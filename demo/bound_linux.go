package demo

import "syscall"

// bound keeps a child from outliving us, however we end, and the terminal's
// Ctrl-C from reaching it: we end it.
func bound() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
