package node

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestNodeFilesAreTold(t *testing.T) {
	for text, want := range map[string]bool{
		"node: {name: a}\nservice: s.yaml\n":            true,
		"# my node\nservice: s.yaml\n":                  true,
		"dns: {}\n":                                     true,
		"{\n\t\"node\": {\"name\": \"a\"}\n}\n":         true,
		"{\"node\": {}}":                                true,
		"name: contoso\nzone: gtm.test\n":               false,
		"hostnames:\n  - name: a.test\n    dns: zone\n": false,
		"":          false,
		"services:": false,
	} {
		if got := isNodeFile([]byte(text)); got != want {
			t.Errorf("%q: got %t, want %t", text, got, want)
		}
	}
}

// TestCheckWantsFiles: what is no file neither holds up a check nor fills the
// memory.
func TestCheckWantsFiles(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		pipe:        "is a named pipe: want a regular file",
		"/dev/zero": "is a device: want a regular file",
	} {
		if _, err := Check(name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want an error with %q", name, err, want)
		}
	}
	if got, want := digest([]string{pipe}), digest([]string{pipe}); got != want {
		t.Errorf("digest of a named pipe: got %x, then %x", got, want)
	}
}
