package secret

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func origin(version uint64) Origin {
	return Origin{Version: version, At: time.Date(2026, 11, 22, 1, 2, 3, 4, time.UTC), By: "alice", Author: "n1"}
}

func seal(t testing.TB, k *Key, name Name, version uint64, clear string) Secret {
	t.Helper()
	s, err := k.Seal(name, []byte(clear), origin(version))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestSealedTravels: what is sealed, written, read and opened is what it was,
// and shows nothing on the way.
func TestSealedTravels(t *testing.T) {
	k := testKey(t, 1)
	rapid.Check(t, func(t *rapid.T) {
		clear := rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "clear")
		name := Name(rapid.StringMatching(`[A-Za-z0-9][A-Za-z0-9._-]{0,63}`).Draw(t, "name"))
		s, err := k.Seal(name, clear, origin(rapid.Uint64Range(1, 1<<63).Draw(t, "version")))
		if err != nil {
			t.Fatalf("sealing: %v", err)
		}
		encoded, err := s.Encode()
		if err != nil {
			t.Fatalf("encoding: %v", err)
		}
		if len(clear) >= 8 && bytes.Contains(s.Box, clear) {
			t.Fatalf("the box shows the value")
		}
		back, err := Decode(encoded)
		if diff := cmp.Diff(s, back); err != nil || diff != "" {
			t.Fatalf("decoding: %v\n%s", err, diff)
		}
		got, err := k.Open(back)
		if err != nil || !bytes.Equal(got, clear) {
			t.Fatalf("got %q, %v, want %q", got, err, clear)
		}
	})
}

// TestBoxesAreBound: a box opens only as what it was sealed as, under its key,
// unchanged to the bit.
func TestBoxesAreBound(t *testing.T) {
	k := testKey(t, 1)
	s := seal(t, k, "name", 2, "value")
	otherName, otherVersion, otherBox := s, s, s
	otherName.Name, otherVersion.Version = "namf", 3
	otherBox.Box = seal(t, k, "other", 2, "value").Box
	short, gone := s, Delete("name", origin(3))
	short.Box = s.Box[:boxOverhead-1]
	for what, c := range map[string]struct {
		s    Secret
		want error
	}{
		"name": {otherName, ErrDamaged}, "version": {otherVersion, ErrDamaged}, "box": {otherBox, ErrDamaged},
		"shorter": {short, ErrDamaged}, "deleted": {gone, ErrDeleted}, "key": {seal(t, testKey(t, 2), "name", 2, "value"), ErrOtherKey},
	} {
		if got, err := k.Open(c.s); !errors.Is(err, c.want) || got != nil {
			t.Errorf("another %s: got %q, %v, want %v", what, got, err, c.want)
		}
	}
	for i := range s.Box {
		bad := s
		bad.Box = slices.Clone(s.Box)
		bad.Box[i] ^= 1
		if got, err := k.Open(bad); err == nil {
			t.Errorf("byte %d changed: got %q", i, got)
		}
	}
	if a, b := seal(t, k, "name", 2, "value"), s; bytes.Equal(a.Box, b.Box) {
		t.Error("sealing twice: got the same box")
	}
	if _, err := k.Seal("name", make([]byte, MaxClear+1), origin(1)); err == nil {
		t.Error("too large: got no error")
	}
	if s, err := k.Seal("name", make([]byte, MaxClear), origin(1)); err != nil {
		t.Errorf("the largest: got %v", err)
	} else if _, err := s.Encode(); err != nil {
		t.Errorf("writing the largest: got %v", err)
	}
	if _, err := k.Seal("no name", nil, origin(1)); err == nil {
		t.Error("a bad name: got no error")
	}
}

// TestRing: a ring opens what any of its keys sealed, and nothing else.
func TestRing(t *testing.T) {
	older, old, current := testKey(t, 1), testKey(t, 2), testKey(t, 3)
	ring := NewRing(current, old, older)
	if ring.Current() != current {
		t.Error("got another key than the first to seal with")
	}
	for _, k := range []*Key{older, old, current} {
		if got, err := ring.Open(seal(t, k, "name", 4, "value")); err != nil || string(got) != "value" {
			t.Errorf("sealed under %s: got %q, %v", k.ID(), got, err)
		}
	}
	if _, err := ring.Open(seal(t, testKey(t, 9), "name", 1, "value")); !errors.Is(err, ErrOtherKey) {
		t.Errorf("sealed under a key we do not have: got %v, want %v", err, ErrOtherKey)
	}
	if _, err := ring.Open(Delete("name", origin(1))); !errors.Is(err, ErrDeleted) {
		t.Errorf("deleted: got %v, want %v", err, ErrDeleted)
	}
}

// TestDisplacesIsAnOrder: of any two different secrets, or tokens, of a name
// exactly one displaces the other, and transitively so.
func TestDisplacesIsAnOrder(t *testing.T) {
	k := testKey(t, 1)
	secrets := []Secret{seal(t, k, "name", 1, "a"), seal(t, k, "name", 1, "a"), seal(t, k, "name", 2, "a"), Delete("name", origin(2)), Delete("name", origin(3))}
	other := seal(t, k, "name", 2, "b")
	other.Author = "n2"
	secrets = append(secrets, other)
	checkOrder(t, secrets, Secret.Displaces)
	if !Delete("name", origin(3)).Displaces(secrets[2]) || secrets[2].Displaces(Delete("name", origin(3))) || !other.Displaces(secrets[2]) {
		t.Error("want the higher version, then the greater author")
	}
	_, hash := NewToken()
	token := Token{Name: "t", Role: Viewer, Hash: hash, Version: 1, Created: origin(1).At, Author: "n1"}
	admin, gone, later, author := token, token, token, token
	admin.Role, gone.Deleted, later.Version, author.Author = Admin, true, 2, "n2"
	checkOrder(t, []Token{token, admin, gone, later, author}, Token.Displaces)
}

func checkOrder[V any](t *testing.T, all []V, displaces func(a, b V) bool) {
	t.Helper()
	for i, a := range all {
		for j, b := range all {
			if i == j && displaces(a, a) || i != j && displaces(a, b) == displaces(b, a) {
				t.Errorf("%d and %d: got %t both ways", i, j, displaces(a, b))
			}
			for l, c := range all {
				if displaces(a, b) && displaces(b, c) && !displaces(a, c) {
					t.Errorf("%d, %d, %d: not transitive", i, j, l)
				}
			}
		}
	}
}

// TestValidate: what is wrong is said, and what is sealed is not.
func TestValidate(t *testing.T) {
	good := seal(t, testKey(t, 1), "name", 1, "value")
	for says, change := range map[string]func(*Secret){
		"name \"a b\"":     func(s *Secret) { s.Name = "a b" },
		"version 0":        func(s *Secret) { s.Version = 0 },
		"200 bytes":        func(s *Secret) { s.By = strings.Repeat("x", 200) },
		"201 bytes":        func(s *Secret) { s.Author = strings.Repeat("x", 201) },
		"the year 1":       func(s *Secret) { s.Created = time.Time{} },
		"0 sealed bytes":   func(s *Secret) { s.Box = nil },
		"want none":        func(s *Secret) { s.Deleted = true },
		"at most":          func(s *Secret) { s.By = strings.Repeat("x", 129) },
		"30000 sealed byt": func(s *Secret) { s.Box = make(Box, 30000) },
	} {
		s := good
		change(&s)
		if _, err := s.Encode(); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("got %v, want an error that says %q", err, says)
		}
	}
	if err := good.Validate(); err != nil {
		t.Errorf("good: got %v", err)
	}
	if _, err := Decode(make([]byte, maxEncoded+1)); err == nil || !strings.Contains(err.Error(), "at most 49152") {
		t.Errorf("too long: got %v", err)
	}
}

func TestParseName(t *testing.T) {
	for _, good := range []string{"a", "9", "backend-key", "Tls.Cert_2", strings.Repeat("n", 64)} {
		if got, err := ParseName(good); err != nil || string(got) != good {
			t.Errorf("%q: got %q, %v", good, got, err)
		}
	}
	for _, bad := range []string{"", ".a", "-a", "_", "a b", "a/b", "ä", "a\x00", strings.Repeat("n", 65)} {
		if got, err := ParseName(bad); err == nil {
			t.Errorf("%q: got %q, want an error", bad, got)
		}
	}
}

// FuzzDecode: no record ends the process, and what is read is written again.
func FuzzDecode(f *testing.F) {
	k := testKey(f, 1)
	for _, s := range []Secret{seal(f, k, "name", 1, "value"), Delete("name", origin(2))} {
		b, err := s.Encode()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := Decode(b)
		if err != nil {
			return
		}
		again, err := s.Encode()
		if err != nil {
			t.Fatalf("read, but not written: %v", err)
		}
		back, err := Decode(again)
		if diff := cmp.Diff(s, back); err != nil || diff != "" {
			t.Errorf("got %v\n%s", err, diff)
		}
		_, _ = k.Open(s) // must not end the process
		if s.Displaces(s) {
			t.Error("displaces itself")
		}
	})
}
