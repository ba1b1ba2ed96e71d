//go:build linux

package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// report collects samples by kind of trial and server.
type report struct {
	o       options
	servers []*server
	samples map[string][]sample
	idle    map[string]uint64
}

func sampleKey(rate int, s *server) string { return fmt.Sprintf("%s, %d requests/s", s.name, rate) }

// rounds makes both trials of every server once a round, the servers of a trial
// one after the other.
func (r *report) rounds(ctx context.Context) error {
	r.samples = map[string][]sample{}
	for round := range r.o.rounds {
		for _, rate := range []int{0, r.o.rate} {
			for i := range r.servers {
				if ctx.Err() != nil {
					return errors.New("interrupted")
				}
				s := r.servers[(i+round)%len(r.servers)]
				x, err := s.run(r.o, rate)
				if err != nil {
					return fmt.Errorf("%s: %w", sampleKey(rate, s), err)
				}
				r.samples[sampleKey(rate, s)] = append(r.samples[sampleKey(rate, s)], x)
			}
		}
		fmt.Fprintf(os.Stderr, "round %d of %d done, load %s\n", round+1, r.o.rounds, loadAverage())
	}
	return nil
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
		n, err := s.idleMemory(r.o.idle)
		if err != nil {
			return err
		}
		r.idle[s.name] = n
	}
	return nil
}

// middle is the median of some values of samples.
func middle[T cmp.Ordered](samples []sample, value func(sample) T) T {
	var v []T
	for _, s := range samples {
		v = append(v, value(s))
	}
	slices.Sort(v)
	return v[len(v)/2]
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
	fmt.Fprintf(w, "%s, %d cores, %s, load average %s\n", time.Now().UTC().Format("2006-01-02 15:04 MST"), runtime.NumCPU(), model(), loadAverage())
	fmt.Fprintf(w, "%d rounds of %v per trial, proxies on core %d, load and backends on core %d, %d connections, answers of %d octets\n",
		r.o.rounds, r.o.duration, r.o.serverCPU, r.o.clientCPU, r.o.connections, answerSize)
	for _, rate := range []int{0, r.o.rate} {
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
func (r *report) cost(rate int, s *server) time.Duration {
	return middle(r.samples[sampleKey(rate, s)], func(x sample) time.Duration { return x.perRequest })
}

func (r *report) row(w io.Writer, rate int, s *server) {
	list := r.samples[sampleKey(rate, s)]
	ratio := "-"
	if ours := r.servers[0]; ours.name == "meridian" && s != ours && r.cost(rate, s) > 0 {
		ratio = fmt.Sprintf("%.2f", float64(r.cost(rate, ours))/float64(r.cost(rate, s)))
	}
	memory := "-"
	if r.o.idle > 0 {
		memory = fmt.Sprintf("%.1f", float64(r.idle[s.name])/float64(r.o.idle)*10_000/(1<<20))
	}
	var total tally
	for _, x := range list {
		total.answered, total.wrong, total.lost = total.answered+x.answered, total.wrong+x.wrong, total.lost+x.lost
	}
	quantile := func(q float64) float64 {
		return float64(middle(list, func(x sample) time.Duration { return x.latency.quantile(q) })) / 1e3
	}
	speed := middle(list, func(x sample) float64 { return float64(x.answered) / x.elapsed.Seconds() })
	fmt.Fprintf(w, "| %s %s\t| %.1f\t| %s\t| %.0f\t| %.0f\t| %.0f\t| %s\t| %d\t| %d\t| %d\t|\n",
		s.name, s.release, float64(r.cost(rate, s))/1e3, ratio, speed, quantile(0.5), quantile(0.99), memory, total.answered, total.wrong, total.lost)
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
