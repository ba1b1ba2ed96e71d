package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"meridian/admin/api"
	"meridian/admin/client"
)

func newDrill(a *asker) *cobra.Command {
	cmd := &cobra.Command{Use: "drill", Short: "Take a location out of service for a while, and measure what happens"}
	cmd.AddCommand(newDrillStart(a), newDrillStatus(a), newDrillList(a), newDrillAbort(a), newDrillReport(a))
	return cmd
}

func newDrillStatus(a *asker) *cobra.Command {
	return &cobra.Command{
		Use: "status [ID]", Short: "One drill; without ID the newest", Args: cobra.MaximumNArgs(1),
		RunE: a.with(func(cmd *cobra.Command, args []string, c *client.Client) error {
			id, err := drillID(cmd.Context(), c, args, false)
			if err != nil {
				return err
			}
			d, err := c.Drill(cmd.Context(), id)
			if err != nil {
				return err
			}
			return a.show(cmd.OutOrStdout(), d, func(w io.Writer) { writeDrill(w, &d) })
		}),
	}
}

// drillID returns the drill that is named, else the newest, or the only one
// that has not ended.
func drillID(ctx context.Context, c *client.Client, args []string, running bool) (string, error) {
	if len(args) > 0 {
		return args[0], nil
	}
	all, err := c.Drills(ctx, 0)
	if err != nil {
		return "", err
	}
	if running {
		return underWay(all.Drills)
	}
	if len(all.Drills) == 0 {
		return "", errors.New("there has been no drill")
	}
	return all.Drills[0].ID, nil
}

// underWay returns the only drill that has not ended.
func underWay(all []api.Drill) (string, error) {
	var found []string
	for i := range all {
		if all[i].State != "ended" {
			found = append(found, all[i].ID)
		}
	}
	switch len(found) {
	case 0:
		return "", errors.New("no drill is under way")
	case 1:
		return found[0], nil
	}
	return "", fmt.Errorf("%d drills are under way: want one of %s", len(found), strings.Join(found, ", "))
}

func writeDrill(w io.Writer, d *api.Drill) {
	fmt.Fprintf(w, "drill %s of %s, mode %s, %s %s\n", d.ID, d.Location, d.Mode, d.State, strings.TrimSpace(d.End+" "+d.Why))
	fmt.Fprintf(w, "by %s %q, %s to %s, ended %s\n", d.By, d.Reason, moment(&d.At), moment(&d.Until), moment(d.Ended))
	for i := range d.Findings {
		fmt.Fprintf(w, "%s: %s\n", d.Findings[i].Severity, d.Findings[i].Text)
	}
	for i := range d.Signals {
		s := &d.Signals[i]
		fmt.Fprintf(w, "%s signal %s: good %t, %s\n", s.Kind, s.Name, s.Good, dash(s.Value))
	}
	if n := len(d.Curve); n > 0 {
		p := d.Curve[n-1]
		fmt.Fprintf(w, "after %.0f s: %.1f %% of answers, %.1f %% of arrivals, %d errors\n", p.Second, 100*p.Answers, 100*p.Arrivals, p.Errors)
	}
	if d.Arrivals != nil {
		fmt.Fprintln(w, d.Arrivals.Text)
	}
	if d.Verdict != "" {
		fmt.Fprintln(w, "hypothesis: "+d.Verdict)
	}
}

func newDrillList(a *asker) *cobra.Command {
	var limit int
	cmd := &cobra.Command{
		Use: "list", Short: "Drills, newest first, and those that start by themselves", Args: cobra.NoArgs,
		RunE: a.with(func(cmd *cobra.Command, _ []string, c *client.Client) error {
			all, err := c.Drills(cmd.Context(), limit)
			if err != nil {
				return err
			}
			return a.show(cmd.OutOrStdout(), all, func(w io.Writer) { writeDrills(w, &all) })
		}),
	}
	cmd.Flags().IntVar(&limit, "limit", 20, "most drills to list")
	return cmd
}

func writeDrills(w io.Writer, all *api.Drills) {
	var lines [][]any
	for i := range all.Drills {
		d := &all.Drills[i]
		lines = append(lines, []any{d.ID, d.Location, d.Mode, d.State, dash(d.End), moment(&d.At), dash(d.Verdict), d.By, d.Reason})
	}
	rows(w, []any{"DRILL", "LOCATION", "MODE", "STATE", "END", "STARTED", "HYPOTHESIS", "BY", "REASON"}, lines)
	for i := range all.Schedules {
		s := &all.Schedules[i]
		fmt.Fprintf(w, "schedule %s of %s: %s, next %s %s\n", s.Name, s.Location, s.Window, moment(s.Next), s.Blocked)
	}
}

func newDrillAbort(a *asker) *cobra.Command {
	return a.order(&cobra.Command{
		Use: "abort [ID]", Short: "End a drill now; without ID the one under way", Args: cobra.MaximumNArgs(1),
	}, func(ctx context.Context, c *client.Client, args []string, t api.Terms) (api.Change, error) {
		id, err := drillID(ctx, c, args, true)
		if err != nil {
			return api.Change{}, err
		}
		return c.AbortDrill(ctx, id, t)
	})
}

func newDrillReport(a *asker) *cobra.Command {
	var format, out string
	cmd := &cobra.Command{
		Use: "report [ID]", Short: "What a drill measured; without ID the newest", Args: cobra.MaximumNArgs(1),
		RunE: a.with(func(cmd *cobra.Command, args []string, c *client.Client) error {
			id, err := drillID(cmd.Context(), c, args, false)
			if err != nil {
				return err
			}
			r, err := c.DrillReport(cmd.Context(), id, format)
			if err != nil {
				return err
			}
			if out == "" {
				_, err = cmd.OutOrStdout().Write(r.Body)
				return err
			}
			if err := os.WriteFile(out, r.Body, 0o644); err != nil {
				return fmt.Errorf("writing report: %w", err)
			}
			fmt.Fprintf(cmd.OutOrStdout(), "report of %s written to %s\n", id, out)
			return nil
		}),
	}
	cmd.Flags().StringVar(&format, "format", "markdown", "markdown, html or json")
	cmd.Flags().StringVar(&out, "out", "", "write it to this file")
	return cmd
}
