//go:build linux

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"meridian/bench/rig"
)

// options are the flags.
type options struct {
	rig.Settings
	database        string
	sockets, window int
	onlyRole        string
	floor           string
}

func main() { os.Exit(run(os.Args[1:])) }

func run(args []string) int {
	o, err := parse(args)
	if err != nil {
		return 2
	}
	if o.floor != "" {
		return rig.ExitCode("dns", floorAt(o.floor))
	}
	return rig.ExitCode("dns", rig.Measure(o.measure))
}

func floorAt(text string) error {
	addr, err := netip.ParseAddrPort(text)
	if err != nil || !addr.Addr().Is4() || !addr.Addr().IsLoopback() {
		return fmt.Errorf("floor %q: want an address in 127.0.0.0/8 with a port", text)
	}
	return serveFloor(addr)
}

func parse(args []string) (options, error) {
	o := options{Settings: rig.Settings{Duration: 2 * time.Second, Rounds: 5, Rate: 10_000}}
	flags := flag.NewFlagSet("dns", flag.ContinueOnError)
	o.Register(flags, "queries")
	flags.StringVar(&o.database, "database", "", "mmdb city database for the geographic roles; without one they are left out for the peers")
	flags.IntVar(&o.sockets, "sockets", 8, "client sockets, 1 to 64")
	flags.IntVar(&o.window, "window", 16, "queries on the way per socket, 1 to 256")
	flags.StringVar(&o.onlyRole, "roles", "", "only these, separated by commas")
	flags.StringVar(&o.floor, "floor", "", "be the server named floor, at this address, and measure nothing")
	if err := rig.Parse(flags, args, o.validate); err != nil || o.database == "" {
		return o, err
	}
	var err error
	o.database, err = filepath.Abs(o.database)
	return o, err
}

func (o *options) validate() error {
	return o.Validate(
		rig.Range{Name: "sockets", V: o.sockets, Low: 1, High: 64},
		rig.Range{Name: "window", V: o.window, Low: 1, High: maxWindow},
	)
}

func (o *options) measure(ctx context.Context, root string) (err error) {
	servers, err := launchAll(root, *o)
	defer func() { err = errors.Join(err, stopAll(servers)) }()
	if err != nil {
		return err
	}
	if err := rig.Bind(o.ClientCPU); err != nil {
		return err
	}
	r := &report{trials: trials(*o), servers: servers}
	if err := r.rounds(ctx, *o); err != nil {
		return err
	}
	describe(*o)
	r.print(os.Stdout)
	return r.verdict()
}

func trials(o options) []trial {
	var out []trial
	for _, rate := range []int{0, o.Rate} {
		for _, r := range roles() {
			if rig.Chosen(o.onlyRole, r.name) {
				out = append(out, trial{r, rate})
			}
		}
	}
	return out
}

// rounds makes every trial of every server once a round.
func (r *report) rounds(ctx context.Context, o options) error {
	return rig.Rounds(ctx, o.Rounds, r.trials, r.servers, func(round int, t trial, s *server) error {
		if s.peer.means[t.role.name] == "" {
			return nil
		}
		x, err := s.run(t, o, round)
		if err != nil {
			return fmt.Errorf("%s, %s, %s: %w", s.Name, t.role.name, t.kind(), err)
		}
		r.add(t, s, x)
		return nil
	})
}

// describe prints what figures depend on.
func describe(o options) {
	fmt.Println(rig.Machine())
	fmt.Printf("%d rounds of %v per trial, servers on core %d, load generator on core %d, %d sockets × %d queries on the way\n",
		o.Rounds, o.Duration, o.ServerCPU, o.ClientCPU, o.sockets, o.window)
}
