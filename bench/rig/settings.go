//go:build linux

package rig

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Settings are what every benchmark can be told.
type Settings struct {
	Meridian     string // path of the binary
	Duration     time.Duration
	Rounds, Rate int
	ServerCPU    int // core; -1: any
	ClientCPU    int // core; -1: any
	Only         string
}

// Register makes flags of the settings. Duration, Rounds and Rate are their own
// defaults; the cores are 1 and 0, or any where there is one only. unit is what a
// rate counts.
func (s *Settings) Register(flags *flag.FlagSet, unit string) {
	s.ServerCPU, s.ClientCPU = 1, 0
	if runtime.NumCPU() < 2 {
		s.ServerCPU, s.ClientCPU = -1, -1
	}
	flags.StringVar(&s.Meridian, "meridian", "bin/meridian", "path of the meridian binary")
	flags.DurationVar(&s.Duration, "duration", s.Duration, "of one trial, 100ms to 1m")
	flags.IntVar(&s.Rounds, "rounds", s.Rounds, "1 to 100")
	flags.IntVar(&s.Rate, "rate", s.Rate, unit+" a second of the paced trials, 100 to 100000")
	flags.IntVar(&s.ServerCPU, "server-cpu", s.ServerCPU, "core of the servers; -1: any")
	flags.IntVar(&s.ClientCPU, "client-cpu", s.ClientCPU, "core of the load generator and what belongs to it; -1: any")
	flags.StringVar(&s.Only, "servers", "", "only these, separated by commas")
}

// Range is a number that a flag was given, and its bounds.
type Range struct {
	Name         string
	V, Low, High int
}

// Validate checks the settings, and those a benchmark has besides.
func (s *Settings) Validate(more ...Range) error {
	var errs []error
	for _, n := range append([]Range{
		{"rounds", s.Rounds, 1, 100},
		{"rate", s.Rate, 100, 100_000},
		{"duration in ms", int(s.Duration.Milliseconds()), 100, 60_000},
		{"server-cpu", s.ServerCPU, -1, runtime.NumCPU() - 1},
		{"client-cpu", s.ClientCPU, -1, runtime.NumCPU() - 1},
	}, more...) {
		if n.V < n.Low || n.V > n.High {
			errs = append(errs, fmt.Errorf("%s %d: want %d .. %d", n.Name, n.V, n.Low, n.High))
		}
	}
	return errors.Join(errs...)
}

// Parse reads flags and tells on standard error what is wrong with them.
func Parse(flags *flag.FlagSet, args []string, validate func() error) error {
	if err := flags.Parse(args); err != nil {
		return err
	}
	err := validate()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	return err
}

// Chosen reports whether a list of names, empty for all, has a name.
func Chosen(list, name string) bool {
	return list == "" || slices.Contains(strings.Split(list, ","), name)
}

// Measure calls work in a folder, under a context that ends when the process is
// asked to.
func Measure(work func(ctx context.Context, root string) error) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	return InFolder(func(root string) error { return work(ctx, root) })
}

// ExitCode prints what went wrong in a benchmark and returns what its process
// ends with.
func ExitCode(name string, err error) int {
	if err == nil {
		return 0
	}
	fmt.Fprintf(os.Stderr, "%s benchmark: %v\n", name, err)
	return 1
}
