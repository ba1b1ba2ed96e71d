//go:build linux

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"syscall"
	"time"

	"meridian/bench/rig"
)

// options are the flags.
type options struct {
	rig.Settings
	connections, idle int
	role, listen, to  string
}

func main() { os.Exit(run(os.Args[1:])) }

func run(args []string) int {
	o, err := parse(args)
	if err != nil {
		return 2
	}
	if o.role != "" {
		return rig.ExitCode("gateway", play(o))
	}
	return rig.ExitCode("gateway", rig.Measure(o.measure))
}

func parse(args []string) (options, error) {
	o := options{Settings: rig.Settings{Duration: 3 * time.Second, Rounds: 3, Rate: 4000}}
	flags := flag.NewFlagSet("gateway", flag.ContinueOnError)
	o.Register(flags, "requests")
	flags.IntVar(&o.connections, "connections", 64, "kept by the load generator, 1 to 1024")
	flags.IntVar(&o.idle, "idle", 8000, "connections whose memory is measured, 0 to 9000; 0: not measured")
	flags.StringVar(&o.role, "role", "", "be backend or control, and measure nothing")
	flags.StringVar(&o.listen, "listen", "", "addresses of the role, separated by commas")
	flags.StringVar(&o.to, "to", "", "backends of the role control, separated by commas")
	err := rig.Parse(flags, args, o.validate)
	return o, err
}

func (o *options) validate() error {
	err := o.Validate(
		rig.Range{Name: "connections", V: o.connections, Low: 1, High: 1024},
		rig.Range{Name: "idle", V: o.idle, Low: 0, High: 9000},
	)
	if !slices.Contains([]string{"", "backend", "control"}, o.role) {
		err = errors.Join(err, fmt.Errorf("role %q: want backend or control", o.role))
	}
	return err
}

func (o *options) measure(ctx context.Context, root string) (err error) {
	if err := moreFiles(); err != nil {
		return err
	}
	s, err := newStage(root, *o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	if err := s.launch(peers()); err != nil {
		return err
	}
	if err := rig.Bind(o.ClientCPU); err != nil {
		return err
	}
	r := &report{o: *o, servers: s.servers}
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
