//go:build linux

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"
)

// options are the flags.
type options struct {
	meridian, database    string
	duration              time.Duration
	rounds, rate          int
	sockets, window       int
	serverCPU, clientCPU  int
	onlyServers, onlyRole string
	floor                 string
}

func main() { os.Exit(run(os.Args[1:])) }

func run(args []string) int {
	o, err := parse(args)
	if err != nil {
		return 2
	}
	if o.floor == "" {
		ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
		defer stop()
		err = measure(ctx, o)
	} else {
		err = floorAt(o.floor)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "dns benchmark:", err)
		return 1
	}
	return 0
}

func floorAt(text string) error {
	addr, err := netip.ParseAddrPort(text)
	if err != nil || !addr.Addr().Is4() || !addr.Addr().IsLoopback() {
		return fmt.Errorf("floor %q: want an address in 127.0.0.0/8 with a port", text)
	}
	return serveFloor(addr)
}

func parse(args []string) (options, error) {
	var o options
	flags := flag.NewFlagSet("dns", flag.ContinueOnError)
	flags.StringVar(&o.meridian, "meridian", "bin/meridian", "path of the meridian binary")
	flags.StringVar(&o.database, "database", "", "mmdb city database for the geographic roles; without one they are left out for the peers")
	flags.DurationVar(&o.duration, "duration", 2*time.Second, "of one trial, 100ms to 1m")
	flags.IntVar(&o.rounds, "rounds", 5, "1 to 100")
	flags.IntVar(&o.rate, "rate", 10_000, "queries a second of the paced trials, 100 to 100000")
	flags.IntVar(&o.sockets, "sockets", 8, "client sockets, 1 to 64")
	flags.IntVar(&o.window, "window", 16, "queries on the way per socket, 1 to 256")
	flags.IntVar(&o.serverCPU, "server-cpu", 1, "core of the servers; -1: any")
	flags.IntVar(&o.clientCPU, "client-cpu", 0, "core of the load generator; -1: any")
	flags.StringVar(&o.onlyServers, "servers", "", "only these, separated by commas")
	flags.StringVar(&o.onlyRole, "roles", "", "only these, separated by commas")
	flags.StringVar(&o.floor, "floor", "", "be the server named floor, at this address, and measure nothing")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if runtime.NumCPU() < 2 {
		o.serverCPU, o.clientCPU = -1, -1
	}
	if err := o.validate(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return o, err
	}
	if o.database == "" {
		return o, nil
	}
	var err error
	o.database, err = filepath.Abs(o.database)
	return o, err
}

func (o *options) validate() error {
	var errs []error
	for _, n := range []struct {
		name         string
		v, low, high int
	}{
		{"rounds", o.rounds, 1, 100},
		{"rate", o.rate, 100, 100_000},
		{"sockets", o.sockets, 1, 64},
		{"window", o.window, 1, maxWindow},
		{"duration in ms", int(o.duration.Milliseconds()), 100, 60_000},
		{"server-cpu", o.serverCPU, -1, runtime.NumCPU() - 1},
		{"client-cpu", o.clientCPU, -1, runtime.NumCPU() - 1},
	} {
		if n.v < n.low || n.v > n.high {
			errs = append(errs, fmt.Errorf("%s %d: want %d .. %d", n.name, n.v, n.low, n.high))
		}
	}
	return errors.Join(errs...)
}

// chosen reports whether a list of names, empty for all, has a name.
func chosen(list, name string) bool {
	return list == "" || slices.Contains(strings.Split(list, ","), name)
}

func measure(ctx context.Context, o options) (err error) {
	runtime.LockOSThread() // a child dies with the thread that started it
	if o.clientCPU >= 0 {
		if err := bind(o.clientCPU); err != nil {
			return err
		}
	}
	root, err := os.MkdirTemp("", "meridian-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(root)) }()
	servers, err := launchAll(root, o)
	defer func() { err = errors.Join(err, stopAll(servers)) }()
	if err != nil {
		return err
	}
	r := &report{trials: trials(o), servers: servers}
	if err := r.rounds(ctx, o); err != nil {
		return err
	}
	describe(o)
	r.print(os.Stdout)
	return r.verdict()
}

// launchAll starts every chosen peer that is on this machine, Meridian first.
func launchAll(root string, o options) ([]*server, error) {
	var out []*server
	for _, p := range peers() {
		if !chosen(o.onlyServers, p.name) {
			continue
		}
		s, err := launch(p, root, o)
		if err != nil {
			return out, err
		}
		if s == nil {
			fmt.Fprintf(os.Stderr, "%s: no program %s here, left out\n", p.name, p.program)
			continue
		}
		fmt.Fprintf(os.Stderr, "%s %s: process %d answers at %s\n", s.name, s.release, s.process.cmd.Process.Pid, s.addr)
		out = append(out, s)
	}
	if len(out) == 0 {
		return nil, errors.New("no server to measure")
	}
	return out, nil
}

func stopAll(servers []*server) error {
	var errs []error
	for _, s := range servers {
		errs = append(errs, s.process.stop())
	}
	return errors.Join(errs...)
}

func trials(o options) []trial {
	var out []trial
	for _, rate := range []int{0, o.rate} {
		for _, r := range roles() {
			if chosen(o.onlyRole, r.name) {
				out = append(out, trial{r, rate})
			}
		}
	}
	return out
}

// rounds makes every trial of every server once a round, the servers of a trial
// one after the other.
func (r *report) rounds(ctx context.Context, o options) error {
	for round := range o.rounds {
		for _, t := range r.trials {
			for i := range r.servers {
				s := r.servers[(i+round)%len(r.servers)]
				if s.means[t.role.name] == "" {
					continue
				}
				if ctx.Err() != nil {
					return errors.New("interrupted")
				}
				x, err := s.run(t, o, round)
				if err != nil {
					return fmt.Errorf("%s, %s, %s: %w", s.name, t.role.name, t.kind(), err)
				}
				r.add(t, s, x)
			}
		}
		fmt.Fprintf(os.Stderr, "round %d of %d done, load %s\n", round+1, o.rounds, loadAverage())
	}
	return nil
}

// describe prints what figures depend on.
func describe(o options) {
	fmt.Printf("%s, %d cores, %s, load average %s\n", time.Now().UTC().Format("2006-01-02 15:04 MST"), runtime.NumCPU(), model(), loadAverage())
	fmt.Printf("%d rounds of %v per trial, servers on core %d, load generator on core %d, %d sockets × %d queries on the way\n",
		o.rounds, o.duration, o.serverCPU, o.clientCPU, o.sockets, o.window)
}

func loadAverage() string {
	data, _ := os.ReadFile("/proc/loadavg")
	first, _, _ := strings.Cut(string(data), " ")
	return first
}

func model() string {
	data, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(data)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}
