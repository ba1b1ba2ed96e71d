package main

import (
	"cmp"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"meridian/admin/api"
	"meridian/admin/client"
)

func newHealth(a *asker) *cobra.Command {
	var filter client.HealthFilter
	var matrix bool
	cmd := &cobra.Command{
		Use:   "health",
		Short: "Health of everything that is probed, with reasons",
		Args:  cobra.NoArgs,
		RunE: a.with(func(cmd *cobra.Command, _ []string, c *client.Client) error {
			if matrix {
				return showMatrix(cmd, a, c)
			}
			h, err := c.Health(cmd.Context(), filter)
			if err != nil {
				return err
			}
			return a.show(cmd.OutOrStdout(), h, func(w io.Writer) { writeHealth(w, &h) })
		}),
	}
	f := cmd.Flags()
	f.StringVar(&filter.Profile, "profile", "", "only targets of this profile")
	f.StringVar(&filter.Location, "location", "", "only targets in this location")
	f.StringVar(&filter.Verdict, "verdict", "", "only targets that are up, down or unchecked")
	f.BoolVar(&matrix, "matrix", false, "what every observer says of every target, and what follows")
	cmd.AddCommand(newProbe(a), newRelease(a), newForce(a))
	return cmd
}

func writeHealth(w io.Writer, h *api.Health) {
	fmt.Fprintf(w, "observer %s in %s is %s", h.Node, h.Location, h.Prober.State)
	if h.Prober.Reason != "" {
		fmt.Fprintf(w, ": %s", h.Prober.Reason)
	}
	fmt.Fprintln(w)
	var lines [][]any
	for i := range h.Targets {
		t := &h.Targets[i]
		last := "-"
		if t.LastProbe != nil {
			last = fmt.Sprintf("%s in %.1f ms", t.LastProbe.Reason, t.LastProbe.TotalMs)
		}
		lines = append(lines, []any{t.ID, t.Verdict, t.Reason, age(t.Since), last, t.Check})
	}
	rows(w, []any{"TARGET", "VERDICT", "REASON", "SINCE", "LAST PROBE", "CHECK"}, lines)
	for i := range h.Targets {
		if in := h.Targets[i].LastChange; in != nil {
			writeIncident(w, in)
		}
	}
}

// writeIncident writes the timeline of a change.
func writeIncident(w io.Writer, in *api.Incident) {
	fmt.Fprintf(w, "%s went %s -> %s (%s)", in.Target, in.From, in.To, cmp.Or(in.Reason, "as the others say"))
	if in.FirstProbe != nil {
		fmt.Fprintf(w, ": first probe that saw it %s, verdict %.2f s later", clock(*in.FirstProbe), in.Verdict.Sub(*in.FirstProbe).Seconds())
	}
	if in.FirstChangedAnswer != nil {
		fmt.Fprintf(w, ", first changed answer %.0f ms after that", float64(in.FirstChangedAnswer.Sub(in.Verdict).Microseconds())/1000)
	}
	if in.CachesExpire != nil {
		fmt.Fprintf(w, ", caches empty at %s", clock(*in.CachesExpire))
	}
	fmt.Fprintln(w)
}

func clock(t time.Time) string { return t.Format("15:04:05.000Z") }

// age writes how long ago an instant was.
func age(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return time.Since(t).Round(time.Second).String()
}

func newProbe(a *asker) *cobra.Command {
	return &cobra.Command{
		Use:   "probe TARGET",
		Short: "Probe now: request, TLS, status, timings",
		Args:  cobra.ExactArgs(1),
		RunE: a.with(func(cmd *cobra.Command, args []string, c *client.Client) error {
			r, err := c.Probe(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			if err := a.show(cmd.OutOrStdout(), r, func(w io.Writer) { fmt.Fprint(w, r.Text) }); err != nil {
				return err
			}
			if !r.Result.OK {
				return exitError(exitRefused)
			}
			return nil
		}),
	}
}

func newRelease(a *asker) *cobra.Command {
	return &cobra.Command{
		Use:   "release TARGET",
		Short: "Let a target that is down come back: lifts failback: manual and hold-down",
		Args:  cobra.ExactArgs(1),
		RunE: a.with(func(cmd *cobra.Command, args []string, c *client.Client) error {
			r, err := c.Release(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			return a.show(cmd.OutOrStdout(), r, func(w io.Writer) { fmt.Fprintln(w, r.Text) })
		}),
	}
}
