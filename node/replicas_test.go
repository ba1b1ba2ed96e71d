package node

import (
	"os"
	"slices"
	"testing"
	"time"

	"meridian/admin/api"
)

// TestDamagedStateIsReplaced: what a node holds in common is whole on disk again
// as soon as it has started, from the previous generation, though nothing new
// comes; what was said for a while is not said anew.
func TestDamagedStateIsReplaced(t *testing.T) {
	w := newWorld(t, threePlaces)
	n := w.start(t, nil)
	r := &member{Node: n, name: "a-1"}
	r.switched(t, "westus2", true)
	until := must[api.Change](t)(switching{n}.Switch(t.Context(), []api.Switch{
		{Object: "location/westeurope", Property: "disableGateway", Text: textTrue, For: time.Hour},
	}, api.Terms{By: "alice", Reason: "test"})).Until
	r.switched(t, "westus2", false)
	stop(t, n)
	file := w.path("data/" + intentBlob + ".current")
	damaged := must[[]byte](t)(os.ReadFile(file))
	damaged[len(damaged)/2] ^= 1
	if err := os.WriteFile(file, damaged, 0o600); err != nil {
		t.Fatal(err)
	}
	n = w.start(t, nil)
	if !told(n, "state_damaged", "previous generation") {
		t.Fatalf("got %v, want the damage told of", kinds(n))
	}
	if err := os.Remove(w.path("data/" + intentBlob + ".previous")); err != nil {
		t.Fatal(err)
	}
	stop(t, n)
	n = w.start(t, nil)
	if slices.Contains(kinds(n), "state_damaged") {
		t.Errorf("got %v, want the state replaced at the start before", kinds(n))
	}
	l := must[api.Location](t)(showing{n}.Location(t.Context(), "westeurope"))
	if !l.DisableGateway || l.Settings[0].Intent.Until == nil || l.Settings[0].Intent.Until.After(until.Add(time.Second)) {
		t.Errorf("got %+v, want it off until %v", l.Settings, until)
	}
}
