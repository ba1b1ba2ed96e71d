package packaging

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// storage runs buildah on images of its own.
type storage struct{ dir string }

func (s storage) buildah(t *testing.T, args ...string) string {
	t.Helper()
	args = append([]string{"--storage-driver", "vfs", "--root", s.dir + "/root", "--runroot", s.dir + "/run"}, args...)
	cmd := exec.CommandContext(t.Context(), "buildah", args...)
	cmd.Dir = root
	return output(t, cmd)
}

// stage makes the image that the Dockerfile builds in, under its name: a shell
// and the certificate authorities; the toolchain and the modules of this
// machine are mounted into it.
func (s storage) stage(t *testing.T, name string) {
	t.Helper()
	c := s.buildah(t, "from", "scratch")
	dir := s.buildah(t, "mount", c)
	busybox, err := exec.LookPath("busybox")
	if err != nil {
		t.Fatal(err)
	}
	run(t, "mkdir", "-p", dir+"/bin", dir+"/tmp", dir+"/etc/ssl/certs", dir+"/usr/local/go", dir+"/go/pkg/mod", dir+"/gocache")
	run(t, "cp", busybox, dir+"/bin/busybox")
	run(t, "cp", "-L", "/etc/ssl/certs/ca-certificates.crt", dir+"/etc/ssl/certs/")
	for _, applet := range []string{"sh", "mkdir"} {
		run(t, "ln", "-s", "busybox", dir+"/bin/"+applet)
	}
	s.buildah(t, "umount", c)
	s.buildah(t, "config", "--env", "PATH=/usr/local/go/bin:/bin", "--env", "GOPATH=/go", "--env", "GOCACHE=/gocache",
		"--env", "GOPROXY=off", "--env", "GOTOOLCHAIN=local", c)
	s.buildah(t, "commit", "-q", c, "localhost/"+name)
}

// image builds the Dockerfile and returns the name of the image.
func (s storage) image(t *testing.T) string {
	t.Helper()
	file, err := os.ReadFile(filepath.Join(root, "Dockerfile"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(file), "\nFROM ")
	name, _, _ := strings.Cut(rest, " ")
	s.stage(t, name)
	goroot, modules, cache := run(t, "go", "env", "GOROOT"), run(t, "go", "env", "GOMODCACHE"), run(t, "go", "env", "GOCACHE")
	s.buildah(t, "bud", "--format", "docker", "--isolation", "chroot", "--volume", goroot+":/usr/local/go:ro",
		"--volume", modules+":/go/pkg/mod", "--volume", cache+":/gocache", "--build-arg", "VERSION="+version, "-t", "localhost/meridian", ".")
	return "localhost/meridian"
}

func TestImage(t *testing.T) {
	need(t, "buildah", "busybox", "ip", "dig", "chroot")
	s := storage{dir: folder(t)}
	image := s.image(t)
	config := inspect(t, s.buildah(t, "inspect", "--type", "image", image))
	t.Run("config", func(t *testing.T) { checkConfig(t, config) })

	dir := s.buildah(t, "mount", s.buildah(t, "from", image))
	t.Run("files", func(t *testing.T) { checkFiles(t, dir) })
	t.Run("reproducible", func(t *testing.T) { checkSame(t, build(t), dir+"/usr/bin/meridian") })
	t.Run("serves", func(t *testing.T) { checkServes(t, dir, config) })
}

// settings are the parts of an image's configuration that say how it runs.
type settings struct {
	User        string
	Ports       map[string]struct{} `json:"ExposedPorts"`
	Volumes     map[string]struct{}
	Entrypoint  []string
	Cmd         []string
	Healthcheck struct{ Test []string }
}

func inspect(t *testing.T, inspected string) settings {
	t.Helper()
	var image struct {
		Docker struct{ Config settings }
	}
	if err := json.Unmarshal([]byte(inspected), &image); err != nil {
		t.Fatal(err)
	}
	return image.Docker.Config
}

func checkConfig(t *testing.T, got settings) {
	want := settings{
		User:       fmt.Sprintf("%d:%d", user, user),
		Ports:      map[string]struct{}{"53/udp": {}, "53/tcp": {}},
		Volumes:    map[string]struct{}{"/var/lib/meridian": {}},
		Entrypoint: []string{"/usr/bin/meridian"},
		Cmd:        []string{"serve", "-c", "/etc/meridian/node.yaml"},
	}
	want.Healthcheck.Test = []string{"CMD", "/usr/bin/meridian", "status", "--ready"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("image configuration (-want +got):\n%s", diff)
	}
}

// checkFiles lists the whole image: no shell, no package database, nothing a
// program could be started from but the binary.
func checkFiles(t *testing.T, dir string) {
	want := []string{
		"etc/ssl/certs/ca-certificates.crt", "usr/bin/meridian",
		"usr/share/doc/meridian/LICENSE", "usr/share/doc/meridian/NOTICE", "usr/share/doc/meridian/THIRD_PARTY_NOTICES",
	}
	var got []string
	err := fs.WalkDir(os.DirFS(dir), ".", func(p string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			got = append(got, p)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("files of the image (-want +got):\n%s", diff)
	}
}

func checkSame(t *testing.T, a, b string) {
	x, err := os.ReadFile(a)
	if err != nil {
		t.Fatal(err)
	}
	y, err := os.ReadFile(b)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(x, y) {
		t.Errorf("the image's binary (%d bytes) is not the one that `make build` makes (%d bytes)", len(y), len(x))
	}
}

// checkServes runs the image as it says, on port 53, with the documents of the
// compose example.
func checkServes(t *testing.T, dir string, config settings) {
	inside := namespace(t)
	run(t, inside[0], append(inside[1:], "sh", "-c", "echo 53 >/proc/sys/net/ipv4/ip_unprivileged_port_start")...)
	run(t, "cp", root+"/packaging/compose/westus2.yaml", dir+"/etc/meridian/node.yaml")
	run(t, "cp", root+"/packaging/compose/service.yaml", dir+"/etc/meridian/service.yaml")
	command := func(args ...string) []string {
		return slices.Concat(inside, []string{"chroot", "--userspec=" + config.User, "--groups=", dir}, args)
	}
	if out := run(t, inside[0], command(append(config.Entrypoint, "version")...)[1:]...); !strings.Contains(out, version) {
		t.Errorf("meridian version: got %q, want %s in it", out, version)
	}
	node := start(t, nil, command(slices.Concat(config.Entrypoint, config.Cmd)...)...)
	eventually(t, anything, command(config.Healthcheck.Test[1:]...)...)
	want := []string{"172.30.0.21", "172.30.0.22", "172.30.0.23"}
	eventually(t, func(out string) bool { return slices.Contains(want, strings.TrimSpace(out)) },
		slices.Concat(inside, []string{"dig", "+short", "+tries=1", "+time=1", "@127.0.0.1", "contoso.gtm.test"})...)
	for field, want := range map[string]string{
		"Uid": "65532 65532 65532 65532", "Gid": "65532 65532 65532 65532", "Groups": "",
		"CapPrm": "0000000000000000", "CapEff": "0000000000000000", "CapAmb": "0000000000000000",
	} {
		if got := node.status(t, field); got != want {
			t.Errorf("%s of the process: got %q, want %q", field, got, want)
		}
	}
	if err := node.terminate(t); err != nil {
		t.Errorf("ending the node: %v", err)
	}
}
