//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"meridian/bench/rig"
)

// report collects samples by kind of trial and server.
type report struct {
	o       options
	servers []*rig.Server
	samples map[string][]sample
	idle    map[string]uint64
}

func sampleKey(rate int, s *rig.Server) string { return fmt.Sprintf("%s, %d requests/s", s.Name, rate) }

// rounds makes both trials of every server once a round.
func (r *report) rounds(ctx context.Context) error {
	r.samples = map[string][]sample{}
	return rig.Rounds(ctx, r.o.Rounds, []int{0, r.o.Rate}, r.servers, func(_, rate int, s *rig.Server) error {
		x, err := measure(s, r.o, rate)
		if err != nil {
			return fmt.Errorf("%s: %w", sampleKey(rate, s), err)
		}
		r.samples[sampleKey(rate, s)] = append(r.samples[sampleKey(rate, s)], x)
		return nil
	})
}

// memory looks what idle connections take, once for each server.
func (r *report) memory(ctx context.Context) error {
	r.idle = map[string]uint64{}
	for _, s := range r.servers {
		if ctx.Err() != nil {
			return errors.New("interrupted")
		}
		if r.o.idle == 0 {
			return nil
		}
		n, err := idleMemory(s, r.o.idle)
		if err != nil {
			return err
		}
		r.idle[s.Name] = n
	}
	return nil
}

// verdict is an error if any answer was wrong, or if one in a thousand was
// missing.
func (r *report) verdict() error {
	var errs []error
	for key, list := range r.samples {
		for _, x := range list {
			if x.wrong > 0 || x.lost*1000 > x.sent || x.answered == 0 {
				errs = append(errs, fmt.Errorf("%s: %d wrong, %d of %d missing", key, x.wrong, x.lost, x.sent))
			}
		}
	}
	return errors.Join(errs...)
}

// print writes what the figures depend on, and a table for each kind of trial.
func (r *report) print(w io.Writer) {
	fmt.Fprintln(w, rig.Machine())
	fmt.Fprintf(w, "%d rounds of %v per trial, proxies on core %d, load and backends on core %d, %d connections, answers of %d octets\n",
		r.o.Rounds, r.o.Duration, r.o.ServerCPU, r.o.ClientCPU, r.o.connections, answerSize)
	for _, rate := range []int{0, r.o.Rate} {
		name := "as fast as it goes"
		if rate > 0 {
			name = fmt.Sprintf("%d requests/s, each at its own moment", rate)
		}
		fmt.Fprintf(w, "\n### %s\n\n", name)
		tw := tabwriter.NewWriter(w, 0, 0, 1, ' ', 0)
		fmt.Fprintf(tw, "| server\t| CPU µs/request\t| meridian ÷ this\t| requests/s\t| p50 µs\t| p99 µs\t| MiB per 10,000 idle\t| answers\t| wrong\t| missing\t|\n")
		fmt.Fprintf(tw, "|---\t|---:\t|---:\t|---:\t|---:\t|---:\t|---:\t|---:\t|---:\t|---:\t|\n")
		for _, s := range r.servers {
			r.row(tw, rate, s)
		}
		_ = tw.Flush() // the writer behind it reports
	}
}

// cost is a server's median CPU per request in a trial.
func (r *report) cost(rate int, s *rig.Server) time.Duration {
	return rig.SpreadOf(r.samples[sampleKey(rate, s)], func(x sample) time.Duration { return x.perRequest }).Middle
}

func (r *report) row(w io.Writer, rate int, s *rig.Server) {
	list := r.samples[sampleKey(rate, s)]
	ratio := "-"
	if ours := r.servers[0]; ours.Name == "meridian" && s != ours {
		ratio = rig.Ratio(r.cost(rate, ours), r.cost(rate, s))
	}
	memory := "-"
	if r.o.idle > 0 {
		memory = fmt.Sprintf("%.1f", float64(r.idle[s.Name])/float64(r.o.idle)*10_000/(1<<20))
	}
	var total tally
	for _, x := range list {
		total.answered, total.wrong, total.lost = total.answered+x.answered, total.wrong+x.wrong, total.lost+x.lost
	}
	quantile := func(q float64) float64 {
		return float64(rig.SpreadOf(list, func(x sample) time.Duration { return x.latency.Quantile(q) }).Middle) / 1e3
	}
	speed := rig.SpreadOf(list, func(x sample) float64 { return float64(x.answered) / x.elapsed.Seconds() }).Middle
	fmt.Fprintf(w, "| %s%s\t| %.1f\t| %s\t| %.0f\t| %.0f\t| %.0f\t| %s\t| %d\t| %d\t| %d\t|\n",
		s.Title(), goVersion(s.Path), float64(r.cost(rate, s))/1e3, ratio, speed, quantile(0.5), quantile(0.99), memory, total.answered, total.wrong, total.lost)
}
