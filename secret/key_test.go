package secret

import (
	"bytes"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
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

// TestKeyFile: only a regular file that nobody else can read, with a key in it,
// is taken, and no error quotes what is in a file.
func TestKeyFile(t *testing.T) {
	dir := t.TempDir()
	put := func(name, text string, mode fs.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	digits := strings.Repeat("0123456789abcdef", 4)
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, says := range map[string]string{
		put("readable", digits, 0o640):                "mode 0640",
		put("everybody", digits, 0o604):               "mode 0604",
		put("executable", digits, 0o700):              "mode 0700",
		put("empty", "", 0o600):                       "holds 0 characters",
		put("short", digits[1:], 0o600):               "holds 63 characters",
		put("long", digits+"0", 0o600):                "holds 65 characters",
		put("huge", strings.Repeat("0", 1000), 0o600): "more than 256 bytes",
		put("text", "x"+digits[1:], 0o600):            "something else than hexadecimal",
		put("zero", strings.Repeat("0", 64), 0o600):   "not random",
		dir:  "is a directory",
		pipe: "is a named pipe",
	} {
		_, err := ReadKeyFile(path)
		if !errors.Is(err, ErrKeyFile) || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: got %v, want an error that says %q", path, err, says)
		}
		if err != nil && strings.Contains(err.Error(), "6789abcdef") {
			t.Errorf("%s: the error quotes the key: %v", path, err)
		}
	}
	if _, err := ReadKeyFile(filepath.Join(dir, "absent")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("absent: got %v, want %v", err, fs.ErrNotExist)
	}
	for _, path := range []string{put("good", digits, 0o600), put("spaced", " "+strings.ToUpper(digits)+"\n", 0o400)} {
		if _, err := ReadKeyFile(path); err != nil {
			t.Errorf("%s: got %v", path, err)
		}
	}
}

// TestWriteKeyFile: a new file is one that ReadKeyFile takes, each has another
// key, and an existing file is left alone.
func TestWriteKeyFile(t *testing.T) {
	dir := t.TempDir()
	ids := map[KeyID]bool{}
	for _, name := range []string{"a", "b"} {
		path := filepath.Join(dir, name)
		if err := WriteKeyFile(path); err != nil {
			t.Fatal(err)
		}
		before, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		k, err := ReadKeyFile(path)
		if err != nil {
			t.Fatal(err)
		}
		ids[k.ID()] = true
		if err := WriteKeyFile(path); !errors.Is(err, fs.ErrExist) {
			t.Errorf("an existing file: got %v, want %v", err, fs.ErrExist)
		}
		if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
			t.Errorf("an existing file was changed: %v", err)
		}
	}
	if len(ids) != 2 {
		t.Errorf("got the same key twice")
	}
}
