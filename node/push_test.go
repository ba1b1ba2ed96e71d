package node

import (
	"encoding/json"
	"strings"
	"testing"

	"meridian/admin/api"
	"meridian/cluster"
	"meridian/intent"
)

// folded is what operators want of a plan of which they have said nothing.
func folded(g *generation) *intent.Outcome {
	o := intent.Fold(g.wantedOf(nil))
	return &o
}

// stranger is another node, as one that never met this one writes.
type stranger struct {
	self   *cluster.Identity
	ledger *replicas
	clock  intent.Clock
}

func newStranger(t *testing.T, seed string) *stranger {
	t.Helper()
	id := must[*cluster.Identity](t)(cluster.NewIdentity([]byte(strings.Repeat(seed, identityBytes))))
	return &stranger{self: id, ledger: newReplicas(soloLabel, id, 1, false)}
}

// says is a message with what the stranger wants of a location, having seen
// nothing.
func (s *stranger) says(t *testing.T, n *Node, location, text string) []byte {
	t.Helper()
	v := intent.Value{
		ID:  intent.ID{Time: s.clock.Next(n.started), Node: intent.NodeID(s.self.ID())},
		Key: intent.Key{Object: intent.LocationObject(location), Property: intent.DisableGateway, Layer: intent.Standing}, Text: text, By: "bob",
	}
	body := must[[]byte](t)(v.Encode())
	message, _, err := s.ledger.intents.Write(s.self, v.Key.String(), cluster.Version{Major: uint64(v.ID.Time)}, body)
	if err != nil {
		t.Fatal(err)
	}
	return message
}

// pushes hands messages to a node as another would.
func (s *stranger) pushes(t *testing.T, n *Node, messages ...[]byte) error {
	t.Helper()
	body := must[[]byte](t)(json.Marshal(push{kindIntent, messages}))
	answer, err := n.pushed(t.Context(), s.self.ID(), body)
	var r pushReply
	if err == nil && (json.Unmarshal(answer, &r) != nil || !r.Applied || !r.Durable) {
		t.Errorf("got %s, want it applied and durable", answer)
	}
	return err
}

// TestConflicts: of what two operators said without knowing of each other off
// counts; that is told, until one of them says it once more.
func TestConflicts(t *testing.T) {
	w := newWorld(t, threePlaces)
	n := w.start(t, nil)
	r := &member{Node: n, name: "a-1"}
	s := newStranger(t, "s")
	r.switched(t, "westus2", true)
	if err := s.pushes(t, n, s.says(t, n, "westus2", textFalse)); err != nil {
		t.Fatal(err)
	}
	l := must[api.Location](t)(showing{n}.Location(t.Context(), "westus2"))
	if !l.DisableGateway || len(l.Settings[0].Intent.Conflict) != 2 {
		t.Errorf("got %+v, want it off, and a conflict of two", l.Settings[0])
	}
	if !told(n, "intent_conflict", "bob") || !told(n, "intent_conflict", "alice") {
		t.Errorf("no event names both: %v", kinds(n))
	}
	if got := problem(must[api.Status](t)(statusAPI{n}.Status(t.Context())), "intent_conflict"); got == "" {
		t.Error("status does not tell of the conflict")
	}
	r.switched(t, "westus2", false)
	l = must[api.Location](t)(showing{n}.Location(t.Context(), "westus2"))
	if l.DisableGateway || len(n.pub.current.Load().outcome.Conflicts) != 0 {
		t.Errorf("said once more: got %+v", l.Settings[0])
	}
}

// TestHeld: what would leave too few locations has no effect when it comes from
// elsewhere, is told, and counts when there is room.
func TestHeld(t *testing.T) {
	n := newWorld(t, threePlaces).start(t, nil)
	r := &member{Node: n, name: "a-1"}
	s := newStranger(t, "s")
	r.switched(t, "westus2", true)
	r.switched(t, "westeurope", true)
	message := s.says(t, n, "japaneast", textTrue)
	if err := s.pushes(t, n, message); err != nil {
		t.Fatal(err)
	}
	off := map[string]bool{}
	for _, l := range must[[]api.Location](t)(showing{n}.Locations(t.Context())) {
		off[l.ID] = l.DisableGateway
	}
	held := n.pub.current.Load().outcome.Holds
	if len(held) != 1 || len(off) != 3 || off[held[0].Object.Name()] || !told(n, "intent_held", held[0].Object.Name()) {
		t.Errorf("got %v off, held %+v, events %v", off, held, kinds(n))
	}
	if got := problem(must[api.Status](t)(statusAPI{n}.Status(t.Context())), "intent_held"); got == "" {
		t.Error("status does not tell of what is held")
	}
	for id, isOff := range off { // room for one more
		if isOff && id != held[0].Object.Name() {
			r.switched(t, id, false)
			break
		}
	}
	if got := n.pub.current.Load().outcome.Holds; len(got) != 0 {
		t.Errorf("with room: still held %+v", got)
	}
}

// TestPushInPart: of a push that is refused in part the rest counts, and is on
// disk.
func TestPushInPart(t *testing.T) {
	w := newWorld(t, threePlaces)
	n := w.start(t, nil)
	s := newStranger(t, "s")
	if err := s.pushes(t, n, s.says(t, n, "westus2", textTrue), []byte("nonsense")); err == nil {
		t.Error("nonsense: got no error")
	}
	if !must[api.Location](t)(showing{n}.Location(t.Context(), "westus2")).DisableGateway {
		t.Error("what was taken in has no effect")
	}
	stop(t, n)
	n = w.start(t, nil)
	if !must[api.Location](t)(showing{n}.Location(t.Context(), "westus2")).DisableGateway {
		t.Error("what was taken in is gone after a restart")
	}
	if _, err := n.pushed(t.Context(), s.self.ID(), []byte(`{"kind":"weather","messages":[]}`)); err == nil {
		t.Error("an unknown kind: got no error")
	}
	many := must[[]byte](t)(json.Marshal(push{kindIntent, make([][]byte, maxPush+1)}))
	if _, err := n.pushed(t.Context(), s.self.ID(), many); err == nil {
		t.Error("too many records: got no error")
	}
}
