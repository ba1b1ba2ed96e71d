package store

import (
	"errors"
	"fmt"
	"io"
	"syscall"
	"testing"
)

// saved returns a store on a disk with two generations, "one" and "two".
func saved(t *testing.T, noLink bool) (*Store, *memDisk) {
	t.Helper()
	d := newMemDisk(t)
	d.noLink = noLink
	s := &Store{disk: d}
	for _, data := range []string{"one", "two"} {
		if err := s.Save("plan", []byte(data)); err != nil {
			t.Fatal(err)
		}
	}
	d.op = 0
	return s, d
}

// check loads from a disk that has been through something and saves once more.
func check(t *testing.T, d *memDisk, want ...string) string {
	t.Helper()
	s := &Store{disk: d}
	g, err := s.Load("plan")
	if err != nil {
		t.Fatalf("loading: %v", err)
	}
	got, known := string(g.Data), false
	for _, w := range want {
		known = known || got == w
	}
	if !known || g.Previous {
		t.Fatalf("got %q (previous %t), want one of %q from the current file", got, g.Previous, want)
	}
	if err := s.Save("plan", []byte("four")); err != nil {
		t.Fatalf("saving after it: %v", err)
	}
	if g, err := s.Load("plan"); err != nil || string(g.Data) != "four" {
		t.Fatalf("loading after it: got %q, %v, want four", g.Data, err)
	}
	if g, err := s.read("plan", previousFile("plan")); err != nil || string(g.Data) != got {
		t.Fatalf("previous generation after it: got %q, %v, want %q", g.Data, err, got)
	}
	return got
}

// TestCrashAtEveryStep (faults.md C11): whatever operation of Save is the last,
// and whatever of it reaches the platter, the old or the new generation is found.
func TestCrashAtEveryStep(t *testing.T) {
	for _, noLink := range []bool{false, true} {
		results := map[string]int{}
		k, done := 0, false
		for k = 1; !done; k++ {
			s, d := saved(t, noLink)
			d.fault = func(op int) error {
				if op == k {
					return errCrash
				}
				return nil
			}
			err := s.Save("plan", []byte("three"))
			done = err == nil
			if !done && !errors.Is(err, errCrash) {
				t.Fatalf("step %d: got error %v, want the crash", k, err)
			}
			want := []string{"two", "three"}
			if done {
				want = want[1:] // acknowledged: it must be there
			}
			results[check(t, d.afterKill(), want...)]++
			for _, found := range d.afterPowerLoss() {
				results[check(t, found, want...)]++
			}
		}
		if k < 8 || results["two"] == 0 || results["three"] == 0 {
			t.Errorf("no links %t: %d steps with results %v, want at least 8 steps and both results", noLink, k, results)
		}
	}
}

// TestFaultAtEveryStep (faults.md C9, C10): one error is met by a second
// attempt; a lasting one is reported; neither loses a generation.
func TestFaultAtEveryStep(t *testing.T) {
	for _, fault := range []error{syscall.EIO, syscall.ENOSPC, syscall.EROFS, io.ErrShortWrite} {
		for k := 1; k <= 9; k++ {
			t.Run(fmt.Sprintf("%v once at step %d", fault, k), func(t *testing.T) {
				s, d := saved(t, false)
				d.fault = func(op int) error {
					if op == k {
						return fault
					}
					return nil
				}
				if err := s.Save("plan", []byte("three")); err != nil {
					t.Fatalf("got %v, want the second attempt to succeed", err)
				}
				for _, found := range d.afterPowerLoss() {
					check(t, found, "three")
				}
			})
			t.Run(fmt.Sprintf("%v from step %d on", fault, k), func(t *testing.T) {
				s, d := saved(t, false)
				d.fault = func(op int) error {
					if op >= k {
						return fault
					}
					return nil
				}
				var failed *SaveError
				if err := s.Save("plan", []byte("three")); !errors.As(err, &failed) || !errors.Is(err, fault) || failed.Name != "plan" {
					t.Fatalf("got %v, want a *SaveError that wraps %v", err, fault)
				}
				d.fault = nil
				for _, found := range append(d.afterPowerLoss(), d.afterKill()) {
					check(t, found, "two", "three")
				}
			})
		}
	}
}

// TestDamagedCurrentIsNotKept: saving over a damaged file leaves the good
// previous one where it is.
func TestDamagedCurrentIsNotKept(t *testing.T) {
	s, d := saved(t, false)
	d.names[currentFile("plan")].data = []byte("scribble")
	if err := s.Save("plan", []byte("three")); err != nil {
		t.Fatal(err)
	}
	if g, err := s.read("plan", previousFile("plan")); err != nil || string(g.Data) != "one" {
		t.Errorf("previous: got %q, %v, want one", g.Data, err)
	}
}

// TestSameDataKeepsPrevious: saving what is there already renews the time only.
func TestSameDataKeepsPrevious(t *testing.T) {
	s, _ := saved(t, false)
	if err := s.Save("plan", []byte("two")); err != nil {
		t.Fatal(err)
	}
	if g, err := s.read("plan", previousFile("plan")); err != nil || string(g.Data) != "one" {
		t.Errorf("previous: got %q, %v, want one", g.Data, err)
	}
}
