//go:build linux

package main

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

// options are the flags.
type options struct {
	meridian             string
	duration             time.Duration
	rounds, rate         int
	connections, idle    int
	serverCPU, clientCPU int
	only                 string
	role, listen, to     string
}

func main() { os.Exit(run(os.Args[1:])) }

func run(args []string) int {
	o, err := parse(args)
	if err != nil {
		return 2
	}
	if o.role == "" {
		ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
		defer stop()
		err = measure(ctx, o)
	} else {
		err = play(o)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "gateway benchmark:", err)
		return 1
	}
	return 0
}

func parse(args []string) (options, error) {
	var o options
	flags := flag.NewFlagSet("gateway", flag.ContinueOnError)
	flags.StringVar(&o.meridian, "meridian", "bin/meridian", "path of the meridian binary")
	flags.DurationVar(&o.duration, "duration", 3*time.Second, "of one trial, 100ms to 30s")
	flags.IntVar(&o.rounds, "rounds", 3, "1 to 20")
	flags.IntVar(&o.rate, "rate", 4000, "requests a second of the paced trials, 100 to 100000")
	flags.IntVar(&o.connections, "connections", 64, "kept by the load generator, 1 to 1024")
	flags.IntVar(&o.idle, "idle", 8000, "connections whose memory is measured, 0 to 9000; 0: not measured")
	flags.IntVar(&o.serverCPU, "server-cpu", 1, "core of the proxies; -1: any")
	flags.IntVar(&o.clientCPU, "client-cpu", 0, "core of load generator and backends; -1: any")
	flags.StringVar(&o.only, "servers", "", "only these, separated by commas")
	flags.StringVar(&o.role, "role", "", "be backend or control, and measure nothing")
	flags.StringVar(&o.listen, "listen", "", "addresses of the role, separated by commas")
	flags.StringVar(&o.to, "to", "", "backends of the role control, separated by commas")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if runtime.NumCPU() < 2 {
		o.serverCPU, o.clientCPU = -1, -1
	}
	err := o.validate()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	return o, err
}

func (o *options) validate() error {
	var errs []error
	for _, n := range []struct {
		name         string
		v, low, high int
	}{
		{"rounds", o.rounds, 1, 20},
		{"rate", o.rate, 100, 100_000},
		{"connections", o.connections, 1, 1024},
		{"idle", o.idle, 0, 9000},
		{"duration in ms", int(o.duration.Milliseconds()), 100, 30_000},
		{"server-cpu", o.serverCPU, -1, runtime.NumCPU() - 1},
		{"client-cpu", o.clientCPU, -1, runtime.NumCPU() - 1},
	} {
		if n.v < n.low || n.v > n.high {
			errs = append(errs, fmt.Errorf("%s %d: want %d .. %d", n.name, n.v, n.low, n.high))
		}
	}
	if !slices.Contains([]string{"", "backend", "control"}, o.role) {
		errs = append(errs, fmt.Errorf("role %q: want backend or control", o.role))
	}
	return errors.Join(errs...)
}

// chosen reports whether a list of names, empty for all, has a name.
func chosen(list, name string) bool {
	return list == "" || slices.Contains(strings.Split(list, ","), name)
}

func measure(ctx context.Context, o options) (err error) {
	runtime.LockOSThread() // a child dies with the thread that started it
	if err := moreFiles(); err != nil {
		return err
	}
	if err := startOn(o.clientCPU, func() error { return nil }); err != nil {
		return err
	}
	root, err := os.MkdirTemp("", "meridian-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(root)) }()
	s, err := newStage(root, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	if err := s.launch(peers()); err != nil {
		return err
	}
	if o.clientCPU >= 0 {
		if err := bind(o.clientCPU); err != nil {
			return err
		}
	}
	r := &report{o: o, servers: s.servers}
	if err := r.rounds(ctx); err != nil {
		return err
	}
	if err := r.memory(ctx); err != nil {
		return err
	}
	r.print(os.Stdout)
	return r.verdict()
}

// moreFiles raises the bound of open files as far as it goes, for this process
// and its children.
func moreFiles() error {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return err
	}
	limit.Cur = limit.Max
	return syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit)
}
