package configs_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"meridian/configs"
)

// secretFile writes a file that only its owner may read.
func secretFile(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "keys")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestKeyFiles(t *testing.T) {
	a, b, c := bytes.Repeat([]byte{0xfb}, 16), bytes.Repeat([]byte{0xfe}, 24), bytes.Repeat([]byte{3}, 32)
	text := "# the next one first\r\n" + base64.StdEncoding.EncodeToString(c) + "\n\n  " + hex.EncodeToString(a) + "  \n" + base64.RawURLEncoding.EncodeToString(b)
	got, err := configs.ReadGossipKeys(secretFile(t, text))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([][]byte{c, a, b}, got); diff != "" {
		t.Errorf("gossip keys (-want +got):\n%s", diff)
	}
	got, err = configs.ReadSecretsKeys(secretFile(t, strings.ToUpper(hex.EncodeToString(c))))
	if err != nil || !cmp.Equal(got, [][]byte{c}) {
		t.Errorf("secrets keys: got %x, %v; want %x", got, err, c)
	}
}

func TestBrokenKeyFiles(t *testing.T) {
	key := hex.EncodeToString(bytes.Repeat([]byte{7}, 16))
	many := ""
	for i := range 17 {
		many += hex.EncodeToString(bytes.Repeat([]byte{byte(i)}, 32)) + "\n"
	}
	for name, tt := range map[string]struct {
		read       func(string) ([][]byte, error)
		text, want string
	}{
		"nothing":       {configs.ReadGossipKeys, "", "0 keys: want 1 .. 8"},
		"only a remark": {configs.ReadGossipKeys, "# key\n", "0 keys: want 1 .. 8"},
		"a word":        {configs.ReadGossipKeys, key + "\ntop-secret-word\n", "line 2 is no key: want 16, 24 or 32 octets"},
		"too short":     {configs.ReadSecretsKeys, key, "line 1 is no key: want 32 octets"},
		"twice":         {configs.ReadGossipKeys, key + "\n" + strings.ToUpper(key), "line 2 is a key that is there already"},
		"too many":      {configs.ReadSecretsKeys, many, "17 keys: want 1 .. 8"},
		"too long":      {configs.ReadGossipKeys, strings.Repeat("#", 64<<10+1), "more than 65536 octets"},
	} {
		_, err := tt.read(secretFile(t, tt.text))
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v; want %q", name, err, tt.want)
		}
		if err != nil && (strings.Contains(err.Error(), "secret-word") || strings.Contains(err.Error(), key)) {
			t.Errorf("%s: got %v; want what the file holds left out", name, err)
		}
	}
}

// TestPrivateFiles: what others may read is no secret, and what is no file is
// not waited for.
func TestPrivateFiles(t *testing.T) {
	name := secretFile(t, "x")
	for mode, want := range map[os.FileMode]string{
		0o600: "", 0o400: "", 0o640: "has the mode 0640", 0o604: "has the mode 0604", 0o620: "has the mode 0620", 0o601: "has the mode 0601",
	} {
		if err := os.Chmod(name, mode); err != nil {
			t.Fatal(err)
		}
		data, err := configs.ReadPrivate(name)
		if want == "" && (err != nil || string(data) != "x") {
			t.Errorf("mode %o: got %q, %v; want x", mode, data, err)
		}
		if want != "" && (err == nil || !strings.Contains(err.Error(), want+", so that others than its owner may use it: want 0600 or less") || !strings.Contains(err.Error(), name)) {
			t.Errorf("mode %o: got %q, %v; want an error with the file and %q", mode, data, err, want)
		}
	}
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := configs.ReadPrivate(pipe); err == nil || !strings.Contains(err.Error(), "is a named pipe: want a regular file") {
		t.Errorf("a pipe: got %v; want it refused", err)
	}
}

func FuzzKeyFile(f *testing.F) {
	f.Add([]byte("# keys\nnWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=\n"))
	f.Add([]byte("00112233445566778899aabbccddeeff"))
	f.Add([]byte("\r\n=\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		name := secretFile(t, string(data))
		keys, err := configs.ReadGossipKeys(name)
		if err != nil {
			return
		}
		for _, k := range keys {
			if n := len(k); n != 16 && n != 24 && n != 32 {
				t.Errorf("got a key of %d octets; want 16, 24 or 32", n)
			}
		}
		if len(keys) < 1 || len(keys) > 8 {
			t.Errorf("got %d keys; want 1 .. 8", len(keys))
		}
	})
}
