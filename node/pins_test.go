package node

import (
	"fmt"
	"strings"
	"testing"
)

// keysOf is a document's nodeKeys of some members.
func keysOf(list ...*member) string {
	text := "nodeKeys:\n"
	for _, r := range list {
		text += fmt.Sprintf("  - {name: %s, key: %q}\n", r.name, r.replicas.id())
	}
	return text
}

// TestPinned: nodes that are started again with pinned trust know from their
// disk whom the last plan listed, and go on with it; a plan that does not list
// its writer is taken up by none of them, for they could take no other after it.
func TestPinned(t *testing.T) {
	t.Parallel()
	c := startRegions(t, threePlaces, threeRegions()[:2])
	us, eu := c.list[0], c.list[1]
	c.inReach(t)
	put := func(text string) error {
		us.world.write(t, "service.yaml", threePlaces+text)
		_, err := us.Reload(t.Context())
		return err
	}
	both, self := keysOf(us, eu), keysOf(eu)
	if err := put(both); err != nil {
		t.Fatal(err)
	}
	wait(t, "the plan with keys", func() bool { return eu.seq() == 2 })
	for _, r := range []*member{eu, us} {
		c.down(t, r)
		r.edit = func(o *Options) { o.Config.Cluster.Pinned = true }
		c.up(t, r)
		if got := r.seq(); got != 2 {
			t.Errorf("%s: starts with plan %d, want 2, which lists its writer", r.name, got)
		}
	}
	c.inReach(t)
	if err := put(self); err == nil || !strings.Contains(err.Error(), "node us-1, which writes this plan, is not listed, and node eu-1 trusts") {
		t.Errorf("a plan without its writer: got %v", err)
	}
	c.down(t, eu)
	if err := put(self); err != nil {
		t.Fatalf("nobody there to refuse it: %v", err)
	}
	c.up(t, eu)
	wait(t, "the plan being refused", func() bool { return eu.refused.Load() != nil })
	if got := eu.seq(); got != 2 {
		t.Errorf("eu-1 serves plan %d, want 2", got)
	}
	if err := put(both + "records: \"mark TXT new\"\n"); err != nil {
		t.Fatal(err)
	}
	wait(t, "the next plan that lists all", func() bool { return eu.seq() >= 4 })
}
