package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// command is the pattern of the packages whose binary is shipped.
const command = "meridian/cmd/..."

// standard is the module path under which the standard library is listed.
const standard = "Go standard library"

// module is a module of others that is linked into the command.
type module struct {
	Path    string
	Version string
	Dir     string   // in the module cache
	folders []string // of its linked packages, and all above them up to Dir
}

// listed is what go list says of a package.
type listed struct {
	Dir      string
	Standard bool
	Module   *struct {
		Path, Version, Dir string
		Main               bool
	}
}

// linked returns the modules of the command's build list in the order of
// paths, the standard library first. The platform is fixed so that the result
// is the same everywhere.
func linked(ctx context.Context, dir string) ([]module, error) {
	cmd := exec.CommandContext(ctx, "go", "list", "-deps", "-json=Dir,Standard,Module", command)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOOS=linux", "GOARCH=amd64", "CGO_ENABLED=0", "GOFLAGS=-mod=readonly")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%w: %s", err, bytes.TrimSpace(stderr.Bytes()))
	}
	root, err := goroot(ctx)
	if err != nil {
		return nil, err
	}
	first := module{Path: standard, Dir: root, folders: []string{root}}
	others, err := decode(bytes.NewReader(out))
	return append([]module{first}, others...), err
}

// goroot returns the folder of the toolchain. Its version is left out: the
// notices are the same for every patch release.
func goroot(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
	return strings.TrimSpace(string(out)), err
}

// decode reads the JSON of go list.
func decode(r io.Reader) ([]module, error) {
	found := map[string]*module{}
	for dec := json.NewDecoder(r); ; {
		var p listed
		err := dec.Decode(&p)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("reading go list: %w", err)
		}
		if p.Standard || p.Module == nil || p.Module.Main {
			continue
		}
		m := found[p.Module.Path]
		if m == nil {
			m = &module{Path: p.Module.Path, Version: p.Module.Version, Dir: p.Module.Dir}
			found[m.Path] = m
		}
		m.add(p.Dir)
	}
	var out []module
	for _, m := range found {
		slices.Sort(m.folders)
		out = append(out, *m)
	}
	slices.SortFunc(out, func(a, b module) int { return strings.Compare(a.Path, b.Path) })
	return out, nil
}

// add notes a package's folder and those above it.
func (m *module) add(dir string) {
	for strings.HasPrefix(dir, m.Dir) && !slices.Contains(m.folders, dir) {
		m.folders = append(m.folders, dir)
		dir = filepath.Dir(dir)
	}
}
