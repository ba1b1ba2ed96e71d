package store

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func open(t *testing.T, dir string) *Store {
	t.Helper()
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func save(t *testing.T, s *Store, name string, generations ...string) {
	t.Helper()
	for _, data := range generations {
		if err := s.Save(name, []byte(data)); err != nil {
			t.Fatal(err)
		}
	}
}

func TestSaveAndLoad(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "dir")
	s := open(t, dir)
	before := time.Now().Add(-time.Second)
	save(t, s, "plan", "one", "", "three")
	g, err := s.Load("plan")
	if err != nil || string(g.Data) != "three" || g.Previous || g.Warning != nil || g.Note != "" {
		t.Errorf("got %+v, %v, want three without warning", g, err)
	}
	if g.SavedAt.Before(before) || g.SavedAt.After(time.Now().Add(time.Second)) {
		t.Errorf("saved at: got %v, want about now", g.SavedAt)
	}
	for _, file := range []string{"plan.current", "plan.previous", "lock"} {
		info, err := os.Stat(filepath.Join(dir, file))
		if err != nil || info.Mode() != 0o600 {
			t.Errorf("%s: got mode %v, %v, want 0600", file, info.Mode(), err)
		}
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 3 {
		t.Errorf("got %d files, %v, want 3: no leftovers", len(files), err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if g, err := open(t, dir).Load("plan"); err != nil || string(g.Data) != "three" {
		t.Errorf("after opening again: got %q, %v, want three", g.Data, err)
	}
}

func TestLoadAbsent(t *testing.T) {
	if _, err := open(t, t.TempDir()).Load("plan"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want fs.ErrNotExist", err)
	}
}

func TestNames(t *testing.T) {
	s := open(t, t.TempDir())
	for _, name := range []string{"", "..", "../plan", "a/b", "plan.current", "Plan", "-plan", "1plan", "plan\x00", "plän", strings.Repeat("a", 65)} {
		if err := s.Save(name, nil); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("%q", name)) {
			t.Errorf("Save(%q): got %v, want an error that quotes it", name, err)
		}
		if _, err := s.Load(name); err == nil || errors.Is(err, fs.ErrNotExist) {
			t.Errorf("Load(%q): got %v, want an error about the name", name, err)
		}
	}
	save(t, s, strings.Repeat("a", 64), "x")
}

func TestTooLarge(t *testing.T) {
	s := open(t, t.TempDir())
	save(t, s, "plan", "one")
	if err := s.Save("plan", make([]byte, MaxSize+1)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("saving: got %v, want ErrTooLarge", err)
	}
	huge, err := os.OpenFile(filepath.Join(s.disk.(folder).path, "plan.current"), os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(huge.Truncate(1<<40), huge.Close()); err != nil { // sparse
		t.Skipf("making a sparse file: %v", err)
	}
	if _, err := s.Load("plan"); !errors.Is(err, ErrTooLarge) {
		t.Errorf("loading: got %v, want ErrTooLarge", err)
	}
}

// TestPipeForAFile: what is no file does not hold up a load.
func TestPipeForAFile(t *testing.T) {
	s := open(t, t.TempDir())
	name := filepath.Join(s.disk.(folder).path, "plan.current")
	if err := syscall.Mkfifo(name, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Load("plan"); err == nil || !strings.Contains(err.Error(), "plan.current is a file of mode prw-------: want a regular file") {
		t.Errorf("named pipe: got %v", err)
	}
}

// TestDamage (faults.md C12): each damage to the current file gives the
// previous generation and says so; to both files, a typed error.
func TestDamage(t *testing.T) {
	swap := func(t *testing.T, s *Store, file string) []byte {
		save(t, s, "other", "x", "y", "z")
		raw, err := os.ReadFile(filepath.Join(s.disk.(folder).path, strings.Replace(file, "plan", "other", 1)))
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	change := func(do func([]byte) []byte) func(*testing.T, *Store, string) []byte {
		return func(t *testing.T, s *Store, file string) []byte {
			raw, err := os.ReadFile(filepath.Join(s.disk.(folder).path, file))
			if err != nil {
				t.Fatal(err)
			}
			return do(raw)
		}
	}
	newer := func(raw []byte) []byte {
		binary.BigEndian.PutUint32(raw[len(magic):], format+1)
		return raw
	}
	tests := []struct {
		name string
		make func(*testing.T, *Store, string) []byte
		want error
	}{
		{"empty", change(func([]byte) []byte { return nil }), ErrTruncated},
		{"truncated header", change(func(raw []byte) []byte { return raw[:headerSize-1] }), ErrTruncated},
		{"truncated data", change(func(raw []byte) []byte { return raw[:len(raw)-1] }), ErrTruncated},
		{"zeros", change(func(raw []byte) []byte { return make([]byte, len(raw)) }), ErrNotOurs},
		{"trailing byte", change(func(raw []byte) []byte { return append(raw, 0) }), ErrTrailing},
		{"flipped data", change(func(raw []byte) []byte { raw[len(raw)-1] ^= 1; return raw }), ErrChecksum},
		{"newer format", change(newer), ErrNewerFormat},
		{"swapped with another name", swap, ErrChecksum},
		{"another program's", change(func([]byte) []byte { return []byte("SQLite format 3\x00") }), ErrNotOurs},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := open(t, t.TempDir())
			save(t, s, "plan", "one", "two")
			damage := func(file string) {
				t.Helper()
				raw := tt.make(t, s, file)
				if err := os.WriteFile(filepath.Join(s.disk.(folder).path, file), raw, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			damage("plan.current")
			g, err := s.Load("plan")
			var damaged *DamageError
			if err != nil || string(g.Data) != "one" || !g.Previous || !errors.Is(g.Warning, tt.want) || !errors.As(g.Warning, &damaged) {
				t.Errorf("current damaged: got %+v, %v, want one with a warning of %v", g, err, tt.want)
			}
			if !strings.Contains(g.Note, "previous generation") || !strings.Contains(g.Note, "plan.current") {
				t.Errorf("note: got %q, want it to name the file and the previous generation", g.Note)
			}
			damage("plan.previous")
			var lost *LostError
			if _, err := s.Load("plan"); !errors.As(err, &lost) || !errors.Is(err, tt.want) || errors.Is(err, fs.ErrNotExist) {
				t.Errorf("both damaged: got %v, want a *LostError of %v", err, tt.want)
			}
			save(t, s, "plan", "three")
			if g, err := s.Load("plan"); err != nil || string(g.Data) != "three" || g.Previous {
				t.Errorf("after saving: got %+v, %v, want three", g, err)
			}
		})
	}
}

// TestMissingCurrent: a crash of another program, or an operator, took it away.
func TestMissingCurrent(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	save(t, s, "plan", "one", "two")
	if err := os.Remove(filepath.Join(dir, "plan.current")); err != nil {
		t.Fatal(err)
	}
	if g, err := s.Load("plan"); err != nil || string(g.Data) != "one" || !errors.Is(g.Warning, fs.ErrNotExist) {
		t.Errorf("got %+v, %v, want one and a warning that the file is missing", g, err)
	}
}

// TestEveryByteFlippedOnce and every length cut: nothing unverified is served.
func TestEveryByteFlippedOnce(t *testing.T) {
	file := encode("plan", time.Unix(1_700_000_000, 5), []byte("some state of some size"))
	if at, data, err := decode("plan", file); err != nil || string(data) != "some state of some size" || at.UnixNano() != 1_700_000_000_000_000_005 {
		t.Fatalf("intact: got %v %q %v", at, data, err)
	}
	for i := range file {
		for bit := range 8 {
			flipped := bytes.Clone(file)
			flipped[i] ^= 1 << bit
			if _, _, err := decode("plan", flipped); err == nil {
				t.Errorf("byte %d bit %d flipped: got no error", i, bit)
			}
		}
		if _, _, err := decode("plan", file[:i]); !errors.Is(err, ErrTruncated) {
			t.Errorf("cut at %d: got %v, want ErrTruncated", i, err)
		}
	}
}

func TestEncodeDecode(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		name, other := rapid.StringMatching("[a-z]{1,8}").Draw(rt, "name"), rapid.StringMatching("[a-z]{1,8}").Draw(rt, "other")
		data := rapid.SliceOf(rapid.Byte()).Draw(rt, "data")
		at := time.Unix(0, rapid.Int64().Draw(rt, "at")).UTC()
		gotAt, got, err := decode(name, encode(name, at, data))
		if err != nil || !bytes.Equal(got, data) || !gotAt.Equal(at) {
			rt.Fatalf("got %v %x %v, want %v %x", gotAt, got, err, at, data)
		}
		if _, _, err := decode(other, encode(name, at, data)); (err == nil) != (name == other) {
			rt.Fatalf("as %q: got %v", other, err)
		}
	})
}

func FuzzDecode(f *testing.F) {
	f.Add(encode("plan", time.Unix(1, 2), []byte("data")))
	f.Add([]byte(magic))
	f.Fuzz(func(t *testing.T, file []byte) {
		at, data, err := decode("plan", file)
		if err == nil && !bytes.Equal(encode("plan", at, data), file) {
			t.Errorf("accepted %x, which is not what it stands for", file)
		}
	})
}

func TestLocked(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	if _, err := Open(dir); !errors.Is(err, ErrLocked) || !strings.Contains(err.Error(), dir) {
		t.Errorf("second Open: got %v, want ErrLocked with the directory", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	open(t, dir)
}

const childDir = "STORE_TEST_CHILD_DIR"

// TestMain turns the test program into the process that gets killed.
func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		os.Exit(saveForEver(dir))
	}
	os.Exit(m.Run())
}

// saveForEver saves 1, 2, 3, … and prints each number once it is durable.
func saveForEver(dir string) int {
	s, err := Open(dir)
	if err != nil {
		fmt.Println(err)
		return 1
	}
	for n := 1; ; n++ {
		if err := s.Save("plan", fmt.Appendf(nil, "%d %s", n, strings.Repeat("x", 100_000))); err != nil {
			fmt.Println(err)
			return 1
		}
		fmt.Println(n)
	}
}

// TestKilledProcess (faults.md C11) kills a saving process and takes over: the
// lock is free, what was acknowledged is there.
func TestKilledProcess(t *testing.T) {
	dir := t.TempDir()
	for round := 1; round <= 8; round++ {
		cmd := exec.CommandContext(t.Context(), os.Args[0])
		cmd.Env = append(os.Environ(), childDir+"="+dir)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines, acknowledged := bufio.NewScanner(out), 0
		for lines.Scan() {
			n, err := strconv.Atoi(lines.Text())
			if err != nil {
				t.Fatalf("child says %q", lines.Text())
			}
			if acknowledged = n; n == round {
				if _, err := Open(dir); !errors.Is(err, ErrLocked) {
					t.Errorf("while the child lives: got %v, want ErrLocked", err)
				}
				if err := cmd.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
		}
		_ = cmd.Wait() // killed
		s, err := Open(dir)
		if err != nil {
			t.Fatalf("after the kill: %v", err)
		}
		g, err := s.Load("plan")
		var got int
		if _, scanErr := fmt.Sscan(string(g.Data), &got); err != nil || scanErr != nil || g.Previous || got < acknowledged || got > acknowledged+1 {
			t.Errorf("round %d: got %d, %v, want %d or the one after it", round, got, err, acknowledged)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
