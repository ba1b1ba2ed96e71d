package secret

import (
	"bytes"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"testing"

	"pgregory.net/rapid"
)

func testKey(t testing.TB, n byte) *Key {
	t.Helper()
	raw := bytes.Repeat([]byte{7}, KeySize)
	raw[0] = n
	k, err := NewKey(raw)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// TestDeriveIsHKDF: our derivation is the standard library's, for any key,
// purpose and generation.
func TestDeriveIsHKDF(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		key := rapid.SliceOfN(rapid.Byte(), 1, 100).Draw(t, "key")
		purpose := rapid.StringMatching(`[a-z ]{0,40}`).Draw(t, "purpose")
		generation := rapid.Uint32().Draw(t, "generation")
		info := string(binary.BigEndian.AppendUint32([]byte(purpose+"\x00"), generation))
		want, err := hkdf.Key(sha256.New, key, nil, info, 32)
		if err != nil {
			t.Fatalf("hkdf: %v", err)
		}
		if got := Derive(key, purpose, generation); !bytes.Equal(got[:], want) {
			t.Fatalf("got %x, want %x", got, want)
		}
	})
}

// TestDeriveTellsApart: every part of what is derived from matters.
func TestDeriveTellsApart(t *testing.T) {
	seen := map[[32]byte]string{}
	for name, got := range map[string][32]byte{
		"one":        Derive([]byte("key"), "cookies", 1),
		"key":        Derive([]byte("kez"), "cookies", 1),
		"purpose":    Derive([]byte("key"), "relay", 1),
		"generation": Derive([]byte("key"), "cookies", 2),
		"border":     Derive([]byte("key"), "cookies\x00", 1),
	} {
		if other, ok := seen[got]; ok {
			t.Errorf("%s and %s: got the same key", name, other)
		}
		seen[got] = name
	}
}

// TestFingerprint: equal for equal values of one name under one key, and
// different otherwise.
func TestFingerprint(t *testing.T) {
	k := testKey(t, 1)
	same := k.Fingerprint("name", []byte("value"))
	if got := testKey(t, 1).Fingerprint("name", []byte("value")); got != same || len(got) != 16 {
		t.Errorf("got %q and %q, want 16 equal digits", got, same)
	}
	for what, got := range map[string]string{
		"value": k.Fingerprint("name", []byte("valuf")), "name": k.Fingerprint("namf", []byte("value")),
		"key": testKey(t, 2).Fingerprint("name", []byte("value")), "border": k.Fingerprint("nam", []byte("evalue")),
	} {
		if got == same {
			t.Errorf("another %s: got the same fingerprint", what)
		}
	}
}
