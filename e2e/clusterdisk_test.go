//go:build linux

package e2e

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"meridian/admin/api"
	"meridian/admin/client"
)

// TestLastRegion switches all locations off: the last one is refused by its rule,
// the refusal is in the audit log; with the rule bypassed and a reason it is
// carried out, and every region answers as documented (faults.md C2).
func TestLastRegion(t *testing.T) {
	t.Parallel()
	c := startCluster(t, clusterOptions{})
	one := c.regions[0]
	one.reaching(t, one.mustFlip(t, c.regions[1].id, true), 3)
	c.regions[1].reaching(t, c.regions[1].mustFlip(t, c.regions[2].id, true), 3)
	for _, r := range c.regions {
		_, err := r.flip(t, one.id, true)
		if client.KindOf(err) != api.Conflict || !strings.Contains(err.Error(), "minEnabledLocations") {
			t.Errorf("the last location at %s: got %v, want %s with the rule named", r.name, err, api.Conflict)
		}
		out, err := attempt(t, "meridian", "location", "disable", one.id, "--reason", "test", "--server", r.server())
		if err == nil || !strings.Contains(out, "minEnabledLocations") {
			t.Errorf("meridian location disable: got %v, %q, want exit 1 with the rule named", err, out)
		}
		if out := run(t, "meridian", "audit", "list", "--server", r.server()); !strings.Contains(out, "refused") {
			t.Errorf("the audit log of %s has no refusal:\n%s", r.name, out)
		}
	}
	off := true
	_, err := one.api.PatchLocation(t.Context(), one.id, api.LocationPatch{DisableGateway: &off}, api.Terms{Bypass: []string{"minEnabledLocations", "relay"}})
	if err == nil {
		t.Error("bypassing the rule without a reason: got no error")
	}
	_, err = one.api.PatchLocation(t.Context(), one.id, api.LocationPatch{DisableGateway: &off}, api.Terms{
		Bypass: []string{"minEnabledLocations", "relay"}, Reason: "all regions are going down", Timeout: 5 * time.Second,
	})
	if err != nil {
		t.Fatalf("bypassing the rule with a reason: %v", err)
	}
	switched(t, converge, one.id, true, c.regions...)
	for _, r := range c.regions {
		eventually(t, converge, r.name+" answering nothing", func() (bool, string) {
			got, err := r.ask("A contoso.gtm.test")
			return err == nil && len(got.answers()) == 0 && got.status() == "NXDOMAIN", got.text
		})
	}
	one.mustFlip(t, one.id, false)
	switched(t, converge, one.id, false, c.regions...)
}

// TestDiskFullSwitch fills the disk of one region: a switch there is in service
// and its answer says that this disk does not have it; the stored state stays
// whole, and after a restart the region has the switch from the others
// (faults.md C9).
func TestDiskFullSwitch(t *testing.T) {
	needRoot(t)
	need(t, "mount", "umount")
	t.Parallel()
	c := newCluster(t, clusterOptions{})
	one, two, three := c.regions[0], c.regions[1], c.regions[2]
	if err := os.Mkdir(two.path("state"), 0o700); err != nil {
		t.Fatal(err)
	}
	run(t, "mount", "-t", "tmpfs", "-o", "size=512k,mode=0700", "tmpfs", two.path("state"))
	t.Cleanup(func() { run(t, "umount", two.path("state")) })
	for _, r := range c.regions {
		r.start(t)
	}
	t.Cleanup(two.end)
	for _, r := range c.regions {
		r.ready(t)
	}
	c.settled(t, c.regions...)
	one.reaching(t, one.mustFlip(t, three.id, true), 3)
	fill(t, two.path("state/ballast"))
	kept := read(t, two.path("state/intent.current")) // gossip may have had it saved once more

	change := two.reaching(t, two.mustFlip(t, one.id, true), 3)
	if change.Durable != 2 || !strings.Contains(strings.Join(change.Notes, " "), "not on this node's disk") {
		t.Errorf("a switch on a full disk: got %+v, want it on two disks and a note", change)
	}
	switched(t, converge, one.id, true, c.regions...)
	if got := read(t, two.path("state/intent.current")); got != kept {
		t.Errorf("the stored intent changed: %d octets, were %d", len(got), len(kept))
	}
	if ok, seen := healthy(two.at(), "A contoso.gtm.test"); !ok {
		t.Errorf("answers on a full disk: %s", seen)
	}
	two.kill()
	two.start(t) // the disk is full still
	two.ready(t)
	switched(t, converge, one.id, true, c.regions...)
	remove(t, two.path("state/ballast"))
	if change := two.reaching(t, two.mustFlip(t, one.id, false), 3); change.Durable != 3 {
		t.Errorf("a switch with room on the disk: got %+v, want it on three disks", change)
	}
}

// end ends the region, so that its disk can go.
func (r *region) end() {
	if r.process != nil {
		r.kill()
	}
}

// TestDamagedClusterState damages, one after the other, each file of what a
// region holds in common with others: it starts, says which one, and has all
// again (faults.md C12).
func TestDamagedClusterState(t *testing.T) {
	t.Parallel()
	c := startCluster(t, clusterOptions{planSource: "api"})
	one, two := c.regions[0], c.regions[1]
	one.mustPut(t, c.marked("kept"))
	for _, value := range []string{"one", "two"} { // two generations of all
		if _, err := one.api.SetSecret(t.Context(), "key", []byte(value), api.Terms{Reason: "test", Timeout: 5 * time.Second}); err != nil {
			t.Fatal(err)
		}
	}
	one.mustFlip(t, c.regions[2].id, true)
	one.mustFlip(t, c.regions[2].id, false)
	one.mustFlip(t, c.regions[2].id, true)
	c.regained(t, two, "the orders")
	for _, state := range []string{"intent", "registry", "head", "secrets"} {
		for name, damage := range map[string]func(string) string{
			"flipped": func(s string) string { return s[:len(s)/2] + string(s[len(s)/2]^0x10) + s[len(s)/2+1:] },
			"cut":     func(s string) string { return s[:len(s)/3] },
			"empty":   func(string) string { return "" },
			"another": func(string) string { return read(t, two.path("state/plan.current")) },
		} {
			two.kill()
			path := two.path("state/" + state + ".current")
			damaged := damage(read(t, path))
			overwrite(t, path, damaged)
			two.start(t)
			two.ready(t)
			if all := two.status(t).Problems; !slices.ContainsFunc(all, func(p api.Problem) bool { return p.Code == "state_damaged" && p.Subject == "state/"+state }) {
				t.Errorf("%s %s: got %+v, want the state that is damaged named", state, name, all)
			}
			c.regained(t, two, state+" "+name)
			eventually(t, startTime, path+" being whole again", func() (bool, string) { // what is in service is saved a moment later
				return read(t, path) != damaged, ""
			})
		}
	}
	for _, generation := range []string{"current", "previous"} { // all there is of it
		two.kill()
		overwrite(t, two.path("state/intent."+generation), "broken")
	}
	two.start(t)
	two.ready(t)
	c.regained(t, two, "both generations of intent")
}

// regained waits until a region holds all that the others do.
func (c *cluster) regained(t *testing.T, r *region, after string) {
	t.Helper()
	eventually(t, startTime, r.name+" having all again after "+after, func() (bool, string) {
		got, want := r.layers(t), c.regions[0].layers(t)
		secrets, err := r.api.Secrets(t.Context())
		if err != nil || len(secrets.Secrets) != 1 || secrets.Secrets[0].Version != 2 {
			return false, fmt.Sprintf("%v %+v", err, secrets)
		}
		alive, members := r.members(t)
		return got == want && got != "" && r.mark() == "kept" && alive == len(c.regions), strings.Join([]string{got, want, r.mark(), members}, "\n")
	})
}

// overwrite replaces what a file holds.
func overwrite(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}
