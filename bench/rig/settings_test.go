//go:build linux

package rig

import (
	"context"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func parse(args ...string) (Settings, error) {
	s := Settings{Duration: 2 * time.Second, Rounds: 5, Rate: 1000}
	flags := flag.NewFlagSet("test", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	s.Register(flags, "questions")
	err := Parse(flags, args, func() error { return s.Validate(Range{"sockets", s.Rounds, 1, 50}) })
	return s, err
}

func TestSettings(t *testing.T) {
	got, err := parse("-rate", "300", "-server-cpu", "-1", "-client-cpu", "0")
	want := Settings{Meridian: "bin/meridian", Duration: 2 * time.Second, Rounds: 5, Rate: 300, ServerCPU: -1}
	if err != nil || got != want {
		t.Errorf("got %+v, error %v, want %+v", got, err, want)
	}
	for flags, want := range map[string]string{
		"-rounds=0": "rounds 0: want 1 .. 100", "-rate=99": "rate 99: want 100 .. 100000", "-duration=1ms": "duration in ms 1: want 100 .. 60000",
		"-server-cpu=-2": "server-cpu -2: want -1", "-client-cpu=4096": "client-cpu 4096: want -1", "-rounds=51": "sockets 51: want 1 .. 50",
		"-speed=1": "not defined",
	} {
		if _, err := parse(flags); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got error %v, want %q", flags, err, want)
		}
	}
}

func TestChosen(t *testing.T) {
	for _, c := range []struct {
		list, name string
		want       bool
	}{{"", "caddy", true}, {"nginx,caddy", "caddy", true}, {"nginx,caddy", "cad", false}} {
		if got := Chosen(c.list, c.name); got != c.want {
			t.Errorf("%s in %q: got %v", c.name, c.list, got)
		}
	}
}

// TestMeasureCleansUp: the folder is gone however the work ends.
func TestMeasureCleansUp(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	broken := errors.New("broken")
	var folder string
	err := Measure(func(ctx context.Context, root string) error {
		folder = root
		if err := (Place{Dir: root}).Write("a/b", "text"); err != nil {
			t.Error(err)
		}
		if data, err := os.ReadFile(filepath.Join(root, "a", "b")); string(data) != "text" {
			t.Errorf("got %q, error %v", data, err)
		}
		return errors.Join(broken, ctx.Err())
	})
	if !errors.Is(err, broken) || folder == "" || ExitCode("test", err) != 1 || ExitCode("test", nil) != 0 {
		t.Errorf("got error %v, folder %q", err, folder)
	}
	if _, err := os.Stat(folder); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("folder %s is left: %v", folder, err)
	}
}

func TestParentOf(t *testing.T) {
	if _, err := parentOf("1 (x"); err == nil {
		t.Error("a cut line of stat has a parent")
	}
	if got, err := parentOf("7 (a ) b) S 42 7"); err != nil || got != 42 {
		t.Errorf("got parent %d, error %v, want 42", got, err)
	}
}
