package node

import (
	"testing"
	"time"

	"meridian/healthprobe"
	"meridian/routing"
)

// TestBlind: a prober none of whose last probes taught anything says so.
func TestBlind(t *testing.T) {
	at := time.Unix(1000, 0)
	taught := healthprobe.Verdict{Last: healthprobe.Result{At: at, Reason: healthprobe.ReasonRefused}}
	troubled := healthprobe.Verdict{Trouble: healthprobe.Result{At: at, Reason: healthprobe.ReasonNoRoute, Detail: "no route to 192.0.2.1"}}
	for _, tt := range []struct {
		name     string
		verdicts []healthprobe.Verdict
		want     string
	}{
		{"no targets", nil, ""},
		{"not probed yet", []healthprobe.Verdict{{}}, ""},
		{"one of two taught something", []healthprobe.Verdict{troubled, taught}, ""},
		{"none did", []healthprobe.Verdict{troubled, troubled}, "no probe teaches anything, verdicts are held: no_route (no route to 192.0.2.1)"},
	} {
		got := ""
		for _, p := range blind(tt.verdicts) {
			got += p.Text
		}
		if got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

// TestUnjudged: "all is well" is not said while targets without a verdict fail.
func TestUnjudged(t *testing.T) {
	failed := healthprobe.Verdict{Target: "shop/a", Last: healthprobe.Result{At: time.Unix(1000, 0), Reason: healthprobe.ReasonRefused}}
	down := failed
	down.Health = routing.Down
	for _, tt := range []struct {
		name     string
		verdicts []healthprobe.Verdict
		want     string
	}{
		{"not probed yet", []healthprobe.Verdict{{}}, ""},
		{"judged", []healthprobe.Verdict{down}, ""},
		{"one of two failed before any verdict", []healthprobe.Verdict{failed, down}, "1 targets have no verdict yet and failed their last probe: shop/a (refused) first"},
	} {
		got := ""
		for _, p := range unjudged(tt.verdicts) {
			got += p.Text
		}
		if got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

// TestUnchangedDocument: a reload of what is in service says that.
func TestUnchangedDocument(t *testing.T) {
	t.Parallel()
	n := newWorld(t, plain("192.0.2.1")).start(t, nil)
	d, err := n.Reload(t.Context())
	if err != nil || d.String() != "the document is the one in service\n" {
		t.Errorf("got %q, %v", d, err)
	}
}
