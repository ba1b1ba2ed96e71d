//go:build linux

package rig

import (
	"os/exec"
	"path/filepath"
	"regexp"
)

// Program is one that can be measured.
type Program struct {
	Name    string
	File    string   // looked for in PATH and /usr/sbin; empty: the meridian binary
	Self    bool     // this very program
	Version []string // arguments that print it; none: ours, built from this tree
}

// Locate finds the file of a program, "" if it is not here; Debian keeps
// servers in /usr/sbin. meridian is the path of the meridian binary.
func (p Program) Locate(meridian string) string {
	candidates := []string{p.File, filepath.Join("/usr/sbin", p.File)}
	switch {
	case p.Self:
		candidates = []string{"/proc/self/exe"}
	case p.File == "":
		candidates = []string{meridian}
	}
	for _, c := range candidates {
		path, err := exec.LookPath(c)
		if err != nil {
			continue
		}
		if path, err = filepath.EvalSymlinks(path); err != nil {
			continue
		}
		if path, err = filepath.Abs(path); err == nil {
			return path
		}
	}
	return ""
}

// release finds the version of three numbers that a program prints.
func (p Program) release(path string) string {
	if len(p.Version) == 0 {
		return ""
	}
	out, _ := exec.Command(path, p.Version...).CombinedOutput() // some exit with 1
	return regexp.MustCompile(`\d+\.\d+\.\d+`).FindString(string(out))
}
