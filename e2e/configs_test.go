//go:build linux

package e2e

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// inConfigs runs meridian check in the folder of the examples and returns what
// it wrote to standard output and standard error, and its exit code.
func inConfigs(t *testing.T, file string) (out, errs string, code int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "meridian", "check", file)
	cmd.Dir = filepath.Join(root, "configs")
	var o, e strings.Builder
	cmd.Stdout, cmd.Stderr = &o, &e
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return o.String(), e.String(), cmd.ProcessState.ExitCode()
}

func documents(t *testing.T, pattern string, least int) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(root, "configs", pattern))
	if err != nil || len(found) < least {
		t.Fatalf("%s: got %d files, %v, want at least %d", pattern, len(found), err, least)
	}
	for i := range found {
		found[i] = strings.TrimPrefix(found[i], filepath.Join(root, "configs")+"/")
	}
	return found
}

// TestExamplesCheck checks every example with the binary.
func TestExamplesCheck(t *testing.T) {
	for _, file := range documents(t, "*.yaml", 13) {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			out, errs, code := inConfigs(t, file)
			if code != 0 || errs != "" || !strings.HasPrefix(out, file+": ok, ") {
				t.Errorf("exit %d\n%s%s\nwant exit 0, ok, no warning", code, out, errs)
			}
		})
	}
}

// TestBrokenDocumentsCheck checks every broken document with the binary: the
// place, the value and what is allowed, as the golden file beside it says.
func TestBrokenDocumentsCheck(t *testing.T) {
	place := regexp.MustCompile(`(?m)^testdata/invalid-[a-z0-9-]+\.yaml:\d+:\d+: \S`)
	for _, file := range documents(t, "testdata/invalid-*.yaml", 30) {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			out, errs, code := inConfigs(t, file)
			want := read(t, filepath.Join(root, "configs", strings.TrimSuffix(file, ".yaml")+".want"))
			if code != 1 || out != "" || errs != want || !place.MatchString(errs) {
				t.Errorf("exit %d\n%s%s\nwant exit 1 and\n%s", code, out, errs, want)
			}
		})
	}
}
