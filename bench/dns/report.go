//go:build linux

package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// report collects samples by trial and server, in the order they first came.
type report struct {
	trials  []trial
	servers []*server
	samples map[string][]sample
}

func sampleKey(t trial, s *server) string { return t.role.name + "\x00" + t.kind() + "\x00" + s.name }

func (r *report) add(t trial, s *server, x sample) {
	if r.samples == nil {
		r.samples = map[string][]sample{}
	}
	r.samples[sampleKey(t, s)] = append(r.samples[sampleKey(t, s)], x)
}

// spread is the least, middle and greatest of some values.
type spread[T cmp.Ordered] struct{ least, middle, most T }

func spreadOf[T cmp.Ordered](samples []sample, value func(sample) T) spread[T] {
	var v []T
	for _, s := range samples {
		v = append(v, value(s))
	}
	slices.Sort(v)
	return spread[T]{v[0], v[len(v)/2], v[len(v)-1]}
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
	list := r.samples[sampleKey(t, s)]
	if len(list) == 0 {
		return 0
	}
	return spreadOf(list, func(x sample) time.Duration { return x.perQuery }).middle
}

func (r *report) row(w io.Writer, t trial, s *server, list []sample, ours time.Duration) {
	cost := spreadOf(list, func(x sample) time.Duration { return x.perQuery })
	ratio := "-"
	if s.name != r.servers[0].name && ours > 0 && cost.middle > 0 {
		ratio = fmt.Sprintf("%.2f", float64(ours)/float64(cost.middle))
	}
	memory := spreadOf(list, func(x sample) uint64 { return x.memory })
	var answered, missing, scoped, wrong uint64
	for _, x := range list {
		answered, missing, scoped = answered+x.answered, missing+x.lost, scoped+x.scoped
		wrong += x.bad() - x.lost
	}
	fmt.Fprintf(w, "| %s %s\t| %s\t| %s .. %s\t| %s\t| %s\t| %.0f\t| %d\t| %d\t| %d\t| %.0f %%\t| %s\t|\n",
		s.name, s.release, micros(cost.middle), micros(cost.least), micros(cost.most), ratio, speed(t, list),
		float64(memory.most)/(1<<20), answered, wrong, missing, 100*float64(scoped)/float64(max(answered, 1)), s.means[t.role.name])
}

// speed is the middle rate of a saturated trial, the middle latencies of a
// paced one: in a full queue latency says nothing of the server.
func speed(t trial, list []sample) string {
	if t.rate == 0 {
		return fmt.Sprintf("%.0f", spreadOf(list, func(x sample) float64 { return float64(x.answered) / x.elapsed.Seconds() }).middle)
	}
	p50 := spreadOf(list, func(x sample) time.Duration { return x.latency.quantile(0.5) })
	p99 := spreadOf(list, func(x sample) time.Duration { return x.latency.quantile(0.99) })
	return fmt.Sprintf("%.0f\t| %.0f", float64(p50.middle)/1e3, float64(p99.middle)/1e3)
}

func micros(d time.Duration) string { return fmt.Sprintf("%.2f", float64(d)/float64(time.Microsecond)) }
