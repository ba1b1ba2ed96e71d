//go:build linux

package e2e

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// backendEnv makes the test binary a backend that listens at its value.
const backendEnv = "MERIDIAN_E2E_BACKEND"

// binaryVersion is stamped into the binary of these tests.
const binaryVersion = "v0.0.0-e2e"

func TestMain(m *testing.M) {
	if address := os.Getenv(backendEnv); address != "" {
		fmt.Fprintln(os.Stderr, backend(address))
		os.Exit(1)
	}
	os.Exit(testAll(m))
}

// backend answers 200 to everything until it is killed.
func backend(address string) error {
	s := &http.Server{
		Addr: address, ReadHeaderTimeout: 5 * time.Second,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") }),
	}
	return s.ListenAndServe()
}

// testAll builds the binary, puts it first on PATH and runs the tests. It is
// compiled as `make build` compiles it, so that what that has left in the cache
// need not be compiled again.
func testAll(m *testing.M) int {
	dir, err := os.MkdirTemp("", "e2e")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w -buildid= -X main.version="+binaryVersion, "-o", filepath.Join(dir, "meridian"), "../cmd/meridian")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building the binary: %v\n%s", err, out)
		return 1
	}
	path := os.Getenv("PATH")
	for _, sbin := range []string{"/usr/local/sbin", "/usr/sbin", "/sbin"} { // where Debian has name servers
		path += string(os.PathListSeparator) + sbin
	}
	err = errors.Join(
		os.Setenv("PATH", dir+string(os.PathListSeparator)+path),
		os.Unsetenv("MERIDIAN_SERVERS"),
	)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}
