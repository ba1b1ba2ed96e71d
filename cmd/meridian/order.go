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

// order holds the flags of a verb that changes something.
type order struct {
	wait   string
	reason string
	bypass []string
	dryRun bool
}

func (o *order) addFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.wait, "wait", api.WaitReachable, "nodes to wait for, up to --timeout, until they serve the change: none, reachable or all")
	f.StringVar(&o.reason, "reason", "", "why, for others and for the audit log")
	f.BoolVar(&o.dryRun, "dry-run", false, "show what would change; nothing does")
	_ = cmd.RegisterFlagCompletionFunc("wait", cobra.FixedCompletions([]string{api.WaitNone, api.WaitReachable, api.WaitAll}, cobra.ShellCompDirectiveNoFileComp))
}

// addBypass adds the flag of verbs that safety rules may hold.
func (o *order) addBypass(cmd *cobra.Command) {
	cmd.Flags().StringSliceVar(&o.bypass, "bypass", nil, "safety rule that shall not hold it, such as minEnabledLocations or degraded; needs --reason")
}

// orderFunc gives an order.
type orderFunc func(ctx context.Context, c *client.Client, args []string, t api.Terms) (api.Change, error)

// order makes cmd a verb that changes something: it gives the order, shows the
// change, and ends with the code that says how far it came.
func (a *asker) order(cmd *cobra.Command, give orderFunc) *cobra.Command {
	return a.orderWith(cmd, &order{}, give)
}

// orderSafe is order for verbs that safety rules may hold.
func (a *asker) orderSafe(cmd *cobra.Command, give orderFunc) *cobra.Command {
	o := &order{}
	o.addBypass(cmd)
	return a.orderWith(cmd, o, give)
}

func (a *asker) orderWith(cmd *cobra.Command, o *order, give orderFunc) *cobra.Command {
	o.addFlags(cmd)
	cmd.RunE = a.with(func(cmd *cobra.Command, args []string, c *client.Client) error {
		change, err := give(cmd.Context(), c, args, o.terms(a))
		if err != nil {
			return err
		}
		return a.showChange(cmd.OutOrStdout(), &change)
	})
	return cmd
}

func (o *order) terms(a *asker) api.Terms {
	return api.Terms{Reason: o.reason, Bypass: o.bypass, Wait: o.wait, Timeout: a.timeout, DryRun: o.dryRun}
}

// showChange shows a change; one that has not come as far as was waited for is
// an exit code of its own.
func (a *asker) showChange(w io.Writer, c *api.Change) error {
	if err := a.show(w, c, func(w io.Writer) { writeChange(w, c) }); err != nil {
		return err
	}
	return incomplete(c)
}

func incomplete(c *api.Change) error {
	if c.Reached || c.Noop || c.DryRun {
		return nil
	}
	return exitError(exitIncomplete)
}

func writeChange(w io.Writer, c *api.Change) {
	for i := range c.Findings {
		fmt.Fprintf(w, "%s: %s\n", c.Findings[i].Severity, c.Findings[i].Text)
	}
	writeHead(w, c)
	if c.Held != "" {
		fmt.Fprintf(w, "held: %s\n", c.Held)
	}
	for _, note := range c.Notes {
		fmt.Fprintln(w, note)
	}
	if c.Answers != nil {
		writeAnswers(w, c.Answers)
	}
	writeNodesOf(w, c)
	if incomplete(c) != nil {
		fmt.Fprintf(w, "accepted and not yet everywhere; it stands. See: meridian change wait %s\n", c.ID)
	}
}

// writeNodesOf writes which nodes serve a change, and which do not.
func writeNodesOf(w io.Writer, c *api.Change) {
	var lines [][]any
	for i := range c.Applied {
		n := &c.Applied[i]
		lines = append(lines, []any{n.Name, n.Location, fmt.Sprintf("%.1f", n.Ms)})
	}
	if len(lines) > 0 {
		rows(w, []any{"APPLIED AT", "LOCATION", "MS"}, lines)
	}
	for i := range c.Missing {
		writeMissing(w, &c.Missing[i])
	}
}

func writeHead(w io.Writer, c *api.Change) {
	what := subject(c)
	switch {
	case c.DryRun:
		fmt.Fprintf(w, "%s: dry run, nothing has changed\n", what)
		return
	case c.Noop:
		fmt.Fprintf(w, "%s: nothing had to change\n", what)
		return
	case c.ID == "":
		fmt.Fprintf(w, "%s: done by %s\n", what, c.Node)
		return
	}
	fmt.Fprintf(w, "%s: accepted by %s as %s, on disk at %d nodes", what, c.Node, c.ID, c.Durable)
	if c.Until != nil {
		fmt.Fprintf(w, ", until %s", moment(c.Until))
	}
	fmt.Fprintln(w)
}

// subject writes what a change is about, in words.
func subject(c *api.Change) string {
	text := c.Object
	if c.Property != "" {
		text += " " + c.Property
	}
	switch {
	case c.Property == "shed" && c.Value != "":
		return text + " " + word(c.Property, c.Value)
	case c.Value != "":
		return text + " " + c.Value
	case c.Property != "" && !c.Noop && !c.DryRun:
		return text + " taken away"
	}
	return text
}

func writeMissing(w io.Writer, m *api.Missing) {
	fmt.Fprintf(w, "missing at %s", m.Name)
	if m.Location != "" {
		fmt.Fprintf(w, " in %s", m.Location)
	}
	if m.UnreachableSince != nil {
		fmt.Fprintf(w, ", unreachable since %s", m.UnreachableSince.Format("2006-01-02 15:04:05Z"))
	}
	fmt.Fprintf(w, ": %s\n", m.Reason)
}

// writeAnswers writes a change in answers.
func writeAnswers(w io.Writer, d *api.AnswerChanges) {
	if d.Text != "" {
		fmt.Fprintln(w, strings.TrimSuffix(d.Text, "\n"))
		return
	}
	if len(d.Profiles)+len(d.Zone) == 0 {
		fmt.Fprintf(w, "no answer changes, of %d groups of clients\n", d.Groups)
	}
	for i := range d.Profiles {
		p := &d.Profiles[i]
		fmt.Fprintf(w, "%s %s (%d of %d groups of clients)\n", p.Name, p.Kind, p.Groups, d.Groups)
		for _, e := range p.Examples {
			fmt.Fprintf(w, "  %s %s: %s -> %s\n", e.Client, e.Geo, e.Before, e.After)
		}
	}
	for _, line := range d.Zone {
		fmt.Fprintln(w, line)
	}
}

// moment writes an instant; "-" for none.
func moment(t *time.Time) string {
	if t == nil {
		return "-"
	}
	return t.UTC().Format("2006-01-02 15:04:05Z")
}
