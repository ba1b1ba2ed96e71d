package configs_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"meridian/configs"
)

// TestOnlyRegularFilesAreRead: what is no file neither holds up who reads it nor
// fills the memory.
func TestOnlyRegularFilesAreRead(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	document := filepath.Join(dir, "service.yaml")
	if err := os.WriteFile(document, []byte(head+"geo: {latency: pipe}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	compile := func(name string) error {
		b, err := configs.LoadBundle(name)
		if err == nil {
			_, err = b.Compile(configs.Options{})
		}
		return err
	}
	node := func(name string) error {
		_, err := configs.LoadNode(name, os.LookupEnv)
		return err
	}
	for _, tt := range []struct {
		what string
		load func(string) error
		name string
		want string
	}{
		{"node file", node, pipe, "pipe: is a named pipe: want a regular file"},
		{"node file", node, "/dev/zero", "/dev/zero: is a device: want a regular file"},
		{"node file", node, dir, "is a folder: want a regular file"},
		{"service document", compile, pipe, "pipe: is a named pipe: want a regular file"},
		{"service document", compile, "/dev/zero", "/dev/zero: is a device: want a regular file"},
		{"latency table", compile, document, `geo.latency: "pipe" cannot be read: is a named pipe: want a regular file`},
	} {
		if err := tt.load(tt.name); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s %s: got %v, want an error with %q", tt.what, tt.name, err, tt.want)
		}
	}
}
