//go:build linux

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestReload changes the document in place, behind a symbolic link, and by a
// folder that is swapped.
func TestReload(t *testing.T) {
	n, at := lone(t, "192.0.2.81")
	t.Run("written", func(t *testing.T) {
		write(t, n.dir, "service.yaml", loneService("192.0.2.82"))
		t.Logf("answer changed after %v", answered(t, converge, at, "A web.gtm.test", "192.0.2.82"))
		n.planIs(t, 2)
	})
	t.Run("renamed over", func(t *testing.T) {
		write(t, n.dir, "service.new", loneService("192.0.2.83"))
		rename(t, n.path("service.new"), n.path("service.yaml"))
		answered(t, converge, at, "A web.gtm.test", "192.0.2.83")
		n.planIs(t, 3)
	})
	t.Run("touched only", func(t *testing.T) {
		write(t, n.dir, "service.yaml", "# the same\n"+loneService("192.0.2.83"))
		n.signal(t, syscall.SIGHUP)
		n.metric(t, `meridian_plan_loads_total\{outcome="unchanged"\} [1-9]`)
		n.planIs(t, 3)
	})
	t.Run("signal shows the difference", func(t *testing.T) {
		write(t, n.dir, "service.yaml", loneService("192.0.2.84"))
		n.signal(t, syscall.SIGHUP)
		answered(t, converge, at, "A web.gtm.test", "192.0.2.84")
		n.planIs(t, 4)
		eventually(t, converge, "event of plan 4", func() (bool, string) { // written down once it is in service
			e := n.event(t, "plan_changed")
			return strings.Contains(e.Text, "plan 4 replaces 3"), e.Text
		})
	})
}

// planIs wants a plan version, in the status and in the zone's SOA.
func (n *node) planIs(t *testing.T, serial uint32) {
	t.Helper()
	if got := n.status(t).Plan.Serial; got != serial {
		t.Errorf("plan: got %d, want %d", got, serial)
	}
	soa := mustAsk(t, n.dns(t), "SOA gtm.test").answers()
	if len(soa) != 1 || !strings.Contains(soa[0], fmt.Sprintf(" %d 3600 ", serial)) {
		t.Errorf("SOA: got %q, want serial %d", soa, serial)
	}
}

// metric waits for a line of /metrics.
func (n *node) metric(t *testing.T, pattern string) {
	t.Helper()
	line := regexp.MustCompile(`(?m)^` + pattern)
	eventually(t, converge, "metric "+pattern, func() (bool, string) {
		all, err := n.api.Metrics(t.Context())
		if err != nil {
			return false, err.Error()
		}
		name, _, _ := strings.Cut(pattern, `\`)
		var seen []string
		for l := range strings.Lines(all) {
			if strings.HasPrefix(l, name) {
				seen = append(seen, l)
			}
		}
		return line.MatchString(all), strings.Join(seen, "")
	})
}

func rename(t *testing.T, from, to string) {
	t.Helper()
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
}

// TestBadDocumentChangesNothing puts broken documents where a good one was.
func TestBadDocumentChangesNothing(t *testing.T) {
	n, at := lone(t, "192.0.2.81")
	before := n.status(t)
	for _, c := range []struct{ name, document, says string }{
		{"range", strings.Replace(loneService("192.0.2.82"), "alwaysServe: Enabled", "alwaysServe: Enabled, weight: 1001", 1), `service\.yaml:13:\d+: .*weight: "1001": want a whole number, 1 \.\. 1000`},
		{"unknown key", "frobnicate: 1\n" + loneService("192.0.2.82"), `service\.yaml:1:1: frobnicate: unknown key`},
		{"half a file", loneService("192.0.2.82")[:80], `service\.yaml:\d+:\d+: `},
		{"empty", "", `service\.yaml`},
		{"not text", "\xff\xfe\x00", `service\.yaml`},
		{"loop", strings.Replace(loneService("192.0.2.82"), "target: 192.0.2.82, alwaysServe: Enabled", "profile: web", 1), `service\.yaml:13:\d+: `},
	} {
		t.Run(c.name, func(t *testing.T) {
			write(t, n.dir, "service.yaml", c.document)
			n.signal(t, syscall.SIGHUP)
			said := regexp.MustCompile(c.says)
			eventually(t, converge, "status that says "+c.says, func() (bool, string) {
				p, ok := n.problem(t, "plan_rejected")
				return ok && said.MatchString(p.Text), p.Text
			})
			eventually(t, converge, "log that says "+c.says, func() (bool, string) {
				return said.MatchString(n.log.String()), tail(n.log.String())
			})
			if after := n.status(t); after.Plan.Serial != before.Plan.Serial || after.Plan.Hash != before.Plan.Hash || after.OK {
				t.Errorf("plan: got %+v, want %+v, and a status that is not ok", after.Plan, before.Plan)
			}
			n.planIs(t, before.Plan.Serial)
			answered(t, time.Second, at, "A web.gtm.test", "192.0.2.81")
		})
	}
	write(t, n.dir, "service.yaml", loneService("192.0.2.83"))
	answered(t, converge, at, "A web.gtm.test", "192.0.2.83")
	n.planIs(t, before.Plan.Serial+1)
	if p, still := n.problem(t, "plan_rejected"); still {
		t.Errorf("the status still tells of a rejected plan: %s", p.Text)
	}
}

// TestSwappedFolder keeps the document as orchestrators do: behind a link to a
// folder that is swapped whole.
func TestSwappedFolder(t *testing.T) {
	n := newNode(t, "", plainNode, "")
	remove(t, n.path("service.yaml"))
	for i, address := range []string{"192.0.2.81", "192.0.2.82"} {
		dir := n.path(fmt.Sprintf("v%d", i+1))
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		write(t, dir, "service.yaml", loneService(address))
	}
	link := func(to, name string) {
		if err := os.Symlink(to, n.path(name)); err != nil {
			t.Fatal(err)
		}
	}
	link("v1", "data")
	link(filepath.Join("data", "service.yaml"), "service.yaml")
	n.start(t)
	n.ready(t)
	at := n.dns(t)
	answered(t, converge, at, "A web.gtm.test", "192.0.2.81")
	link("v2", "data.new")
	rename(t, n.path("data.new"), n.path("data"))
	answered(t, converge, at, "A web.gtm.test", "192.0.2.82")
}

// TestSignalReload swaps a folder that is not watched: only the signal tells.
func TestSignalReload(t *testing.T) {
	n := newNode(t, "", strings.Replace(plainNode, "service: service.yaml", "service: docs/service.yaml", 1), "")
	for i, address := range []string{"192.0.2.81", "192.0.2.82"} {
		dir := n.path(fmt.Sprintf("v%d", i+1))
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		write(t, dir, "service.yaml", loneService(address))
	}
	if err := os.Symlink("v1", n.path("docs")); err != nil {
		t.Fatal(err)
	}
	n.start(t)
	n.ready(t)
	at := n.dns(t)
	answered(t, converge, at, "A web.gtm.test", "192.0.2.81")
	n.signal(t, syscall.SIGHUP)
	n.says(t, converge, "the document is the one in service") // the look that a start ends with is over too
	if err := os.Symlink("v2", n.path("docs.new")); err != nil {
		t.Fatal(err)
	}
	rename(t, n.path("docs.new"), n.path("docs"))
	n.signal(t, syscall.SIGHUP)
	answered(t, converge, at, "A web.gtm.test", "192.0.2.82")
	n.says(t, converge, "192.0.2.81 -> 192.0.2.82") // the difference, for who sent the signal
}

// TestDiskFull fills the disk of the state: serving and reloading go on, the
// status says that the plan is not durable, the old file stays whole
// (faults.md C9).
func TestDiskFull(t *testing.T) {
	needRoot(t)
	need(t, "mount", "umount")
	n := newNode(t, "", loneNode("127.0.0.1:0"), loneService("192.0.2.81"))
	if err := os.Mkdir(n.path("state"), 0o700); err != nil {
		t.Fatal(err)
	}
	run(t, "mount", "-t", "tmpfs", "-o", "size=256k,mode=0700", "tmpfs", n.path("state"))
	t.Cleanup(func() { run(t, "umount", n.path("state")) })
	n.start(t)
	n.ready(t)
	at := n.dns(t)
	fill(t, n.path("state/ballast"))
	kept := read(t, n.path("state/plan.current"))
	write(t, n.dir, "service.yaml", loneService("192.0.2.82"))
	answered(t, converge, at, "A web.gtm.test", "192.0.2.82")
	if s := n.status(t); s.Plan.Serial != 2 || s.Plan.Durable {
		t.Errorf("got %+v, want plan 2, not durable", s.Plan)
	}
	eventually(t, converge, "status that says so", func() (bool, string) {
		_, ok := n.problem(t, "plan_not_durable")
		return ok, fmt.Sprintf("%+v", n.status(t).Problems)
	})
	n.event(t, "plan_not_durable")
	if got := read(t, n.path("state/plan.current")); got != kept {
		t.Errorf("the stored plan changed: %d octets, were %d", len(got), len(kept))
	}
	remove(t, n.path("state/ballast"))
	write(t, n.dir, "service.yaml", loneService("192.0.2.83"))
	answered(t, converge, at, "A web.gtm.test", "192.0.2.83")
	eventually(t, converge, "durable plan", func() (bool, string) {
		s := n.status(t)
		return s.Plan.Durable, fmt.Sprintf("%+v", s.Plan)
	})
	n.kill()
	remove(t, n.path("service.yaml"))
	n.start(t)
	n.ready(t)
	at = n.dns(t)
	answered(t, converge, at, "A web.gtm.test", "192.0.2.83")
}

// fill writes a file until the disk is full, and again after moments in which a
// node may have given back the room of an older file.
func fill(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	block := make([]byte, 4096)
	for range 3 {
		for err = nil; err == nil; {
			_, err = f.Write(block)
		}
		pause(t, 50*time.Millisecond)
	}
}
