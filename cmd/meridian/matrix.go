package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"meridian/admin/api"
	"meridian/admin/client"
)

// showMatrix shows what every observer says of every target.
func showMatrix(cmd *cobra.Command, a *asker, c *client.Client) error {
	m, err := c.Matrix(cmd.Context(), "", 0)
	if err != nil {
		return err
	}
	return a.show(cmd.OutOrStdout(), m, func(w io.Writer) { writeMatrix(w, &m) })
}

func writeMatrix(w io.Writer, m *api.Matrix) {
	header := []any{"TARGET", "VERDICT"}
	for i := range m.Observers {
		header = append(header, strings.ToUpper(m.Observers[i].Location))
	}
	var lines [][]any
	for i := range m.Targets {
		t := &m.Targets[i]
		line := []any{t.ID, t.Verdict}
		for k := range m.Observers {
			line = append(line, cellOf(t, m.Observers[k].Location))
		}
		lines = append(lines, append(line, t.Conclusion))
	}
	rows(w, append(header, "CONCLUSION"), lines)
	for i := range m.Targets {
		if t := &m.Targets[i]; t.Text != "" {
			fmt.Fprintf(w, "%s: %s\n", t.ID, t.Text)
		}
	}
	for i := range m.Observers {
		if o := &m.Observers[i]; o.State != "voting" || o.Conclusion != "ok" {
			fmt.Fprintf(w, "observer %s is %s, %s: %s\n", o.Location, o.State, o.Conclusion, o.Text+o.Reason)
		}
	}
}

// cellOf writes what an observer says of a target, and how long ago.
func cellOf(t *api.MatrixTarget, observer string) string {
	for i := range t.Cells {
		c := &t.Cells[i]
		if c.Observer != observer {
			continue
		}
		text := c.Verdict
		if c.Reason != "" && c.Reason != "ok" {
			text += " " + c.Reason
		}
		if c.AgeMs != nil {
			text += " " + time.Duration(*c.AgeMs*float64(time.Millisecond)).Round(100*time.Millisecond).String()
		}
		if !c.Fresh {
			text += " (stale)"
		}
		return text
	}
	return "-"
}

func newForce(a *asker) *cobra.Command {
	var length string
	cmd := a.orderSafe(&cobra.Command{
		Use: "force TARGET up|down|auto", Short: "Set a target's verdict at every node, in place of what the probes find", Args: cobra.ExactArgs(2),
	}, func(ctx context.Context, c *client.Client, args []string, t api.Terms) (api.Change, error) {
		p := api.TargetPatch{For: length}
		switch args[1] {
		case "up", "down":
			p.Verdict = &args[1]
		case "auto":
		default:
			return api.Change{}, fmt.Errorf("verdict %q: want up, down or auto", args[1])
		}
		return c.PatchTarget(ctx, args[0], p, t)
	})
	cmd.Flags().StringVar(&length, "for", "", "how long, such as 30m; without it, until it is auto again")
	return cmd
}
