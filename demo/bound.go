//go:build !linux

package demo

import "syscall"

// bound keeps the terminal's Ctrl-C from reaching a child: we end it. It cannot
// outlive us because its standard input would end.
func bound() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
