//go:build linux

package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"meridian/bench/rig"
)

// report collects samples by trial and server, in the order they first came.
type report struct {
	trials  []trial
	servers []*server
	samples map[string][]sample
}

func sampleKey(t trial, s *server) string { return t.role.name + "\x00" + t.kind() + "\x00" + s.Name }

func (r *report) add(t trial, s *server, x sample) {
	if r.samples == nil {
		r.samples = map[string][]sample{}
	}
	r.samples[sampleKey(t, s)] = append(r.samples[sampleKey(t, s)], x)
}

// verdict is an error if any answer was wrong, or if more than one of fifty was
// missing in a trial: on a busy machine a server that does not get its core in
// time loses packets.
func (r *report) verdict() error {
	var errs []error
	for key, list := range r.samples {
		for _, x := range list {
			if wrong := x.bad() - x.lost; wrong > 0 || x.lost*50 > x.sent {
				errs = append(errs, fmt.Errorf("%s: %d wrong, %d of %d missing", strings.ReplaceAll(key, "\x00", ", "), wrong, x.lost, x.sent))
			}
		}
	}
	return errors.Join(errs...)
}

func (r *report) print(w io.Writer) {
	for _, t := range r.trials {
		fmt.Fprintf(w, "\n### %s, %s: %s\n\n", t.role.name, t.kind(), t.role.what)
		tw := tabwriter.NewWriter(w, 0, 0, 1, ' ', 0)
		speed, rule := "answers/s", ""
		if t.rate > 0 {
			speed, rule = "p50 µs\t| p99 µs", "---:\t|"
		}
		fmt.Fprintf(tw, "| server\t| CPU µs/query: median\t| min .. max\t| meridian ÷ this\t| %s\t| MiB\t| answers\t| wrong\t| missing\t| scoped\t| by\t|\n", speed)
		fmt.Fprintf(tw, "|---\t|---:\t|---:\t|---:\t|---:\t|%s---:\t|---:\t|---:\t|---:\t|---:\t|---\t|\n", rule)
		ours := r.cost(t, r.servers[0])
		for _, s := range r.servers {
			if list := r.samples[sampleKey(t, s)]; len(list) > 0 {
				r.row(tw, t, s, list, ours)
			}
		}
		_ = tw.Flush() // the writer behind it reports
	}
}

// cost is a server's median CPU per query in a trial, 0 where it has none.
func (r *report) cost(t trial, s *server) time.Duration {
	return rig.SpreadOf(r.samples[sampleKey(t, s)], func(x sample) time.Duration { return x.perQuery }).Middle
}

func (r *report) row(w io.Writer, t trial, s *server, list []sample, ours time.Duration) {
	cost := rig.SpreadOf(list, func(x sample) time.Duration { return x.perQuery })
	ratio := "-"
	if first := r.servers[0]; s != first && first.Name == "meridian" {
		ratio = rig.Ratio(ours, cost.Middle)
	}
	memory := rig.SpreadOf(list, func(x sample) uint64 { return x.memory })
	var answered, missing, scoped, wrong uint64
	for _, x := range list {
		answered, missing, scoped = answered+x.answered, missing+x.lost, scoped+x.scoped
		wrong += x.bad() - x.lost
	}
	fmt.Fprintf(w, "| %s\t| %s\t| %s .. %s\t| %s\t| %s\t| %.0f\t| %d\t| %d\t| %d\t| %.0f %%\t| %s\t|\n",
		s.Title(), micros(cost.Middle), micros(cost.Least), micros(cost.Most), ratio, speed(t, list),
		float64(memory.Most)/(1<<20), answered, wrong, missing, 100*float64(scoped)/float64(max(answered, 1)), s.peer.means[t.role.name])
}

// speed is the middle rate of a saturated trial, the middle latencies of a
// paced one: in a full queue latency says nothing of the server.
func speed(t trial, list []sample) string {
	if t.rate == 0 {
		return fmt.Sprintf("%.0f", rig.SpreadOf(list, func(x sample) float64 { return float64(x.answered) / x.elapsed.Seconds() }).Middle)
	}
	p50 := rig.SpreadOf(list, func(x sample) time.Duration { return x.latency.Quantile(0.5) })
	p99 := rig.SpreadOf(list, func(x sample) time.Duration { return x.latency.Quantile(0.99) })
	return fmt.Sprintf("%.0f\t| %.0f", float64(p50.Middle)/1e3, float64(p99.Middle)/1e3)
}

func micros(d time.Duration) string { return fmt.Sprintf("%.2f", float64(d)/float64(time.Microsecond)) }
