package cluster

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// note is the value of the test laws. Latest is the order of secrets, the
// registry and observations; descends that of intent.
type note struct {
	Author NodeID
	At     uint64            // unique of its author
	Seen   map[NodeID]uint64 // of each author the newest it knew of on the key
}

func (n note) later(o note) bool {
	return cmp.Or(cmp.Compare(n.At, o.At), cmp.Compare(n.Author, o.Author)) > 0
}

func (n note) descends(o note) bool { return o.At <= n.Seen[o.Author] }

func parseNote(r Record) (n note, err error) {
	err = json.Unmarshal(r.Body, &n)
	return n, err
}

func latest() Law[note] {
	return Law[note]{Kind: "note", Parse: parseNote, Displaces: note.later}
}

func versionVector() Law[note] {
	return Law[note]{Kind: "note", Parse: parseNote, Displaces: note.descends}
}

func testIdentity(t testing.TB, n byte) *Identity {
	t.Helper()
	seed := make([]byte, 32)
	seed[0] = n
	id, err := NewIdentity(seed)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// fatal is what testing.TB and rapid.T have in common.
type fatal = rapid.TB

// write has an author put a note under a key in its own ledger.
func write(t fatal, l *Ledger[note], id *Identity, key string, at uint64) []byte {
	t.Helper()
	n := note{Author: id.ID(), At: at, Seen: map[NodeID]uint64{}}
	for _, e := range l.Of(key) {
		maps.Copy(n.Seen, newer(n.Seen, e.Value.Seen))
		n.Seen[e.Value.Author] = max(n.Seen[e.Value.Author], e.Value.At)
	}
	body, err := json.Marshal(n)
	if err != nil {
		t.Fatalf("marshalling: %v", err)
	}
	message, _, err := l.Write(id, key, Version{Minor: at}, body)
	if err != nil {
		t.Fatalf("writing: %v", err)
	}
	return message
}

func newer(have, other map[NodeID]uint64) map[NodeID]uint64 {
	out := map[NodeID]uint64{}
	for id, at := range other {
		out[id] = max(at, have[id])
	}
	return out
}

func merge(t fatal, l *Ledger[note], messages ...[]byte) (changed bool) {
	t.Helper()
	for _, m := range messages {
		c, err := l.Merge(m)
		if err != nil {
			t.Fatalf("merging: %v", err)
		}
		changed = changed || c
	}
	return changed
}

// held lists what a ledger holds, without ages.
func heldIn(l *Ledger[note]) []string {
	var out []string
	for _, e := range l.Entries() {
		out = append(out, e.Record.Key+" "+string(e.Value.Author[:4])+" "+string(e.Record.Body))
	}
	return out
}

// twin says what a ledger must hold: every record that no other displaces.
func twin(t fatal, law Law[note], messages [][]byte) []string {
	t.Helper()
	type seen struct {
		r Record
		n note
	}
	var all []seen
	for _, m := range messages {
		_, raw, err := cutMessage(m)
		if err != nil {
			t.Fatalf("cutting: %v", err)
		}
		r, err := parseRecord(raw)
		if err != nil {
			t.Fatalf("parsing: %v", err)
		}
		n, err := parseNote(r)
		if err != nil {
			t.Fatalf("parsing note: %v", err)
		}
		all = append(all, seen{r, n})
	}
	kept := map[string]bool{}
	for _, a := range all {
		if !slices.ContainsFunc(all, func(b seen) bool { return a.r.Key == b.r.Key && law.Displaces(b.n, a.n) }) {
			kept[a.r.Key+" "+string(a.n.Author[:4])+" "+string(a.r.Body)] = true
		}
	}
	return slices.Sorted(maps.Keys(kept))
}
