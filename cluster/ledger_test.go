package cluster

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestRefused: what is not acceptable is refused with the error that says why,
// and nothing changes.
func TestRefused(t *testing.T) {
	id, stranger := testIdentity(t, 1), testIdentity(t, 2)
	law := latest()
	law.Trusted = func(key ed25519.PublicKey) error {
		if !key.Equal(id.Public()) {
			return errors.New("not pinned")
		}
		return nil
	}
	sealed := func(id *Identity, label string, r Record) []byte {
		raw, err := id.seal(label, &r)
		if err != nil {
			t.Fatal(err)
		}
		return appendMessage(nil, 0, raw)
	}
	good := sealed(id, "test", Record{Kind: "note", Key: "k", Body: []byte(`{"At":1}`)})
	forged := slices.Clone(good)
	forged[len(forged)-ed25519.SignatureSize-2] ^= 1
	for name, c := range map[string]struct {
		message []byte
		want    error
	}{
		"nothing":           {nil, ErrMalformed},
		"age only":          {good[:1], ErrMalformed},
		"endless age":       {[]byte(strings.Repeat("\xff", 20)), ErrMalformed},
		"cut off":           {good[:len(good)-1], ErrBadSignature},
		"too long":          {append([]byte{0}, make([]byte, MaxRecord+1)...), ErrMalformed},
		"body changed":      {forged, ErrBadSignature},
		"another label":     {sealed(id, "other", Record{Kind: "note", Key: "k", Body: []byte(`{}`)}), ErrBadSignature},
		"another kind":      {sealed(id, "test", Record{Kind: "plan", Key: "k", Body: []byte(`{}`)}), ErrMalformed},
		"stranger":          {sealed(stranger, "test", Record{Kind: "note", Key: "k", Body: []byte(`{}`)}), ErrUntrusted},
		"refused by parser": {sealed(id, "test", Record{Kind: "note", Key: "k", Body: []byte(`?`)}), ErrMalformed},
	} {
		l := NewLedger("test", law)
		changed, err := l.Merge(c.message)
		if changed || !errors.Is(err, c.want) {
			t.Errorf("%s: got %t, %v, want %v", name, changed, err, c.want)
		}
		if got := len(l.Entries()); got != 0 || !slices.Equal(l.Digest(), make([]byte, DigestSize)) {
			t.Errorf("%s: got %d records, want an empty ledger", name, got)
		}
	}
	l := NewLedger("test", law)
	if changed, err := l.Merge(good); !changed || err != nil {
		t.Errorf("good: got %t, %v", changed, err)
	}
	if _, _, err := l.Write(stranger, "k", Version{}, []byte(`{}`)); !errors.Is(err, ErrUntrusted) {
		t.Errorf("stranger's own write: got %v, want %v", err, ErrUntrusted)
	}
}

// TestKnownRecordIsCheap: a record that is held already is neither verified
// nor parsed again.
func TestKnownRecordIsCheap(t *testing.T) {
	asked, parsed := 0, 0
	law := latest()
	law.Trusted = func(ed25519.PublicKey) error { asked++; return nil }
	law.Parse = func(r Record) (note, error) { parsed++; return parseNote(r) }
	l := NewLedger("test", law)
	m := write(t, l, testIdentity(t, 1), "k", 1)
	asked, parsed = 0, 0
	if merge(t, l, m, m, m) || asked != 0 || parsed != 0 {
		t.Errorf("got %d questions of trust and %d parsings, want none", asked, parsed)
	}
}

// TestWriteSuperseded: who writes what does not count is told so.
func TestWriteSuperseded(t *testing.T) {
	id := testIdentity(t, 1)
	l := NewLedger("test", latest())
	write(t, l, id, "k", 5)
	if _, _, err := l.Write(id, "k", Version{Minor: 4}, []byte(`{"At":4}`)); !errors.Is(err, ErrSuperseded) {
		t.Errorf("got %v, want %v", err, ErrSuperseded)
	}
	if got := l.Of("k"); len(got) != 1 || got[0].Value.At != 5 || got[0].Record.Version.Minor != 5 {
		t.Errorf("got %+v, want the one of version 5", got)
	}
	_, e, err := l.Write(id, "k", Version{Minor: 6}, []byte(`{"At":6}`))
	if err != nil || e.Value.At != 6 || e.Record.Key != "k" || !e.Record.Author.Equal(id.Public()) {
		t.Errorf("got %+v, %v, want what was written", e, err)
	}
	again, _, err := l.Write(id, "k", Version{Minor: 6}, []byte(`{"At":6}`))
	if err != nil || len(again) == 0 {
		t.Errorf("the same again: got %q, %v, want the message", again, err)
	}
	if _, _, err := l.Write(id, "k", Version{Minor: 7}, make([]byte, MaxRecord)); err == nil {
		t.Error("a record of more than 64 KiB: got no error")
	}
}

// TestLedgerLimits: a full ledger refuses what would make it larger, and goes
// on taking what replaces.
func TestLedgerLimits(t *testing.T) {
	law := versionVector()
	law.MaxKeys, law.MaxPerKey = 3, 2
	id, other := testIdentity(t, 1), testIdentity(t, 2)
	l := NewLedger("test", law)
	for i := range 3 {
		write(t, l, id, fmt.Sprint(i), 1)
	}
	full := func(name string, m []byte) {
		t.Helper()
		before := heldIn(l)
		if changed, err := l.Merge(m); changed || !errors.Is(err, ErrFull) {
			t.Errorf("%s: got %t, %v, want %v", name, changed, err, ErrFull)
		}
		if !slices.Equal(before, heldIn(l)) {
			t.Errorf("%s: the ledger changed", name)
		}
	}
	elsewhere := func(id *Identity, key string, at uint64) []byte {
		return write(t, NewLedger("test", versionVector()), id, key, at)
	}
	full("fourth key", elsewhere(id, "3", 1))
	merge(t, l, elsewhere(other, "0", 7))
	full("third record of a key", elsewhere(testIdentity(t, 3), "0", 7))
	write(t, l, id, "0", 8)
	if got := len(l.Of("0")); got != 1 {
		t.Errorf("a write that had seen both: got %d records, want 1", got)
	}
	l.most = l.bytes
	full("bytes", elsewhere(other, "1", 9))
	l.most = 0
	shrink := NewLedger("test", latest())
	write(t, shrink, id, "k", 1)
	shrink.most = 0
	if _, _, err := shrink.Write(id, "k", Version{Minor: 2}, []byte(`{"At":2}`)); err != nil {
		t.Errorf("a smaller one in place of a larger one: got %v", err)
	}
}

// TestRecheck: who is trusted no longer leaves nothing behind, and comes back
// with the next exchange when trusted again.
func TestRecheck(t *testing.T) {
	pinned := map[NodeID]bool{}
	law := versionVector()
	law.Trusted = func(key ed25519.PublicKey) error {
		if !pinned[IDOf(key)] {
			return errors.New("not pinned")
		}
		return nil
	}
	a, b := testIdentity(t, 1), testIdentity(t, 2)
	pinned[a.ID()], pinned[b.ID()] = true, true
	l := NewLedger("test", law)
	write(t, l, a, "k", 1)
	only := l.Digest()
	m := write(t, NewLedger("test", versionVector()), b, "k", 1)
	merge(t, l, m)
	write(t, l, b, "j", 2)
	if got := l.Recheck(); got != 0 {
		t.Errorf("nothing changed: got %d dropped", got)
	}
	delete(pinned, b.ID())
	if got := l.Recheck(); got != 2 || len(l.Entries()) != 1 || !slices.Equal(l.Digest(), only) {
		t.Errorf("got %d dropped and %q, want 2 and a's record", got, heldIn(l))
	}
	if _, err := l.Merge(m); !errors.Is(err, ErrUntrusted) {
		t.Errorf("got %v, want %v", err, ErrUntrusted)
	}
	pinned[b.ID()] = true
	if !merge(t, l, m) {
		t.Error("trusted again: got no change")
	}
}

// TestMessagesAreCopied: the ledger keeps no memory of its callers, and gives
// none of its own away to be written to by appending.
func TestMessagesAreCopied(t *testing.T) {
	m := write(t, NewLedger("test", latest()), testIdentity(t, 1), "k", 1)
	l := NewLedger("test", latest())
	want := slices.Clone(m)
	merge(t, l, m)
	clear(m)
	if got := l.Delta(nil, 1<<20)[0]; !slices.Equal(got[1:], want[1:]) {
		t.Errorf("got %.60q, want %.60q", got, want)
	}
}

func BenchmarkMergeKnown(b *testing.B) {
	l := NewLedger("test", latest())
	m := write(b, l, testIdentity(b, 1), "k", 1)
	for b.Loop() {
		if _, err := l.Merge(m); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkMergeNew(b *testing.B) {
	m := write(b, NewLedger("test", latest()), testIdentity(b, 1), "k", 1)
	for b.Loop() {
		if _, err := NewLedger("test", latest()).Merge(m); err != nil {
			b.Fatal(err)
		}
	}
}

// TestLedgerOfFewBytes: a law says how many bytes there are at most.
func TestLedgerOfFewBytes(t *testing.T) {
	law := latest()
	law.MaxBytes = 1000
	l := NewLedger("test", law)
	id, body := testIdentity(t, 1), append([]byte("{}"), bytes.Repeat([]byte(" "), 500)...)
	if _, _, err := l.Write(id, "a", Version{1, 1}, body); err != nil {
		t.Fatal(err)
	}
	if _, _, err := l.Write(id, "b", Version{1, 1}, body); !errors.Is(err, ErrFull) {
		t.Errorf("got %v, want %v", err, ErrFull)
	}
}
