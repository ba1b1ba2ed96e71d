package store

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// mount makes a tmpfs of 256 KiB, or skips the test where that is not allowed.
func mount(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := unix.Mount("meridian-test", dir, "tmpfs", 0, "size=256k"); err != nil {
		t.Skipf("mounting a tmpfs needs root: %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Errorf("unmounting: %v", err)
		}
	})
	return dir
}

// TestDiskFull (faults.md C9): a full disk is reported, the stored state stays
// whole, and saving works again once there is room.
func TestDiskFull(t *testing.T) {
	dir := mount(t)
	s := open(t, dir)
	save(t, s, "plan", "one", "two")
	ballast := filepath.Join(dir, "ballast")
	err := os.WriteFile(ballast, make([]byte, 1<<20), 0o600)
	if !errors.Is(err, unix.ENOSPC) {
		t.Fatalf("filling the disk: got %v, want ENOSPC", err)
	}
	large := bytes.Repeat([]byte("x"), 100<<10)
	var failed *SaveError
	if err := s.Save("plan", large); !errors.As(err, &failed) || !errors.Is(err, unix.ENOSPC) {
		t.Errorf("saving: got %v, want a *SaveError of ENOSPC", err)
	}
	if g, err := s.Load("plan"); err != nil || string(g.Data) != "two" || g.Previous {
		t.Errorf("loading: got %+v, %v, want two", g, err)
	}
	if _, err := os.Stat(filepath.Join(dir, newFile("plan"))); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("leftover: got %v, want none: it takes space", err)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	if err := s.Save("plan", large); err != nil {
		t.Errorf("with room again: %v", err)
	}
	if g, err := s.Load("plan"); err != nil || !bytes.Equal(g.Data, large) {
		t.Errorf("loading: got %d bytes, %v, want %d", len(g.Data), err, len(large))
	}
}

// TestReadOnly (faults.md C10): a disk that turns read-only is reported and
// still read.
func TestReadOnly(t *testing.T) {
	dir := mount(t)
	s := open(t, dir)
	save(t, s, "plan", "one")
	if err := s.Close(); err != nil { // the lock is a file open for writing
		t.Fatal(err)
	}
	if err := unix.Mount("", dir, "", unix.MS_REMOUNT|unix.MS_RDONLY, ""); err != nil {
		t.Skipf("remounting read-only: %v", err)
	}
	s = open(t, dir)
	if err := s.Save("plan", []byte("two")); !errors.Is(err, unix.EROFS) {
		t.Errorf("saving: got %v, want EROFS", err)
	}
	if g, err := s.Load("plan"); err != nil || string(g.Data) != "one" {
		t.Errorf("loading: got %q, %v, want one", g.Data, err)
	}
	if _, err := Open(dir); !errors.Is(err, ErrLocked) {
		t.Errorf("opening twice: got %v, want ErrLocked", err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
