//go:build linux

package main

import "debug/buildinfo"

// goVersion is the Go version that a program was built with, in brackets; ""
// for others.
func goVersion(program string) string {
	info, err := buildinfo.ReadFile(program)
	if err != nil {
		return ""
	}
	return " (" + info.GoVersion + ")"
}
