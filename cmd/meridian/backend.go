package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"meridian/admin/api"
	"meridian/admin/client"
)

func newBackend(a *asker) *cobra.Command {
	cmd := &cobra.Command{Use: "backend", Short: "Backends of the gateways: see them, take them out of service"}
	cmd.AddCommand(newBackendList(a), newBackendShow(a), newBackendDisable(a), newBackendEnable(a))
	return cmd
}

func newBackendList(a *asker) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "All backends: what operators said, and the breaker at each gateway", Args: cobra.NoArgs,
		RunE: a.with(func(cmd *cobra.Command, _ []string, c *client.Client) error {
			all, err := c.Backends(cmd.Context())
			if err != nil {
				return err
			}
			return a.show(cmd.OutOrStdout(), all, func(w io.Writer) {
				if len(all.Backends) == 0 {
					fmt.Fprintln(w, "the plan has no backends")
					return
				}
				var lines [][]any
				for i := range all.Backends {
					lines = append(lines, backendLines(&all.Backends[i])...)
				}
				rows(w, []any{"BACKEND", "EFFECTIVE", "LOCATION", "NODE", "BREAKER", "UNTIL", "FAILURES", "LAST ERROR"}, lines)
			})
		}),
	}
}

// backendLines are a backend's lines of the list: one for each gateway, or one.
func backendLines(b *api.Backend) (lines [][]any) {
	name, effective := b.Name, "Enabled"
	if b.Disabled {
		effective = "Disabled"
	}
	for i := range b.Nodes {
		n := &b.Nodes[i]
		lines = append(lines, []any{
			name, effective, dash(n.Location), n.Node, n.Breaker.State, moment(n.Breaker.Until),
			tally(&n.Breaker), dash(failureText(n.Breaker.LastError)),
		})
	}
	if len(lines) == 0 {
		return [][]any{{name, effective, "-", "-", "-", "-", "-", "-"}}
	}
	return lines
}

// tally writes failures of attempts.
func tally(b *api.Breaker) string { return fmt.Sprintf("%d of %d", b.Failures, b.Attempts) }

// failureText writes a failed attempt on one line.
func failureText(e *api.BackendError) string {
	if e == nil {
		return ""
	}
	words := []string{moment(&e.At)}
	if e.Status > 0 {
		words = append(words, fmt.Sprint(e.Status))
	}
	for _, word := range []string{e.Reason, e.Text} {
		if word != "" {
			words = append(words, word)
		}
	}
	return strings.Join(words, " ")
}

func newBackendShow(a *asker) *cobra.Command {
	return &cobra.Command{
		Use: "show NAME", Short: "One backend: switches, pools, and at each gateway its breaker and addresses", Args: cobra.ExactArgs(1),
		RunE: a.with(func(cmd *cobra.Command, args []string, c *client.Client) error {
			b, err := c.Backend(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			return a.show(cmd.OutOrStdout(), b, func(w io.Writer) { writeBackend(w, &b) })
		}),
	}
}

func writeBackend(w io.Writer, b *api.Backend) {
	fmt.Fprintf(w, "%s %s", b.Name, b.URL)
	if b.Region != "" {
		fmt.Fprintf(w, " in %s", b.Region)
	}
	fmt.Fprintln(w)
	rule := b.Rule
	if rule == "" {
		rule = "none; operators can trip it"
	}
	fmt.Fprintf(w, "breaker rule: %s\n", rule)
	for _, p := range b.Pools {
		fmt.Fprintf(w, "member of %s, priority %d, weight %d\n", p.Pool, p.Priority, p.Weight)
	}
	writeSettings(w, b.Settings)
	for i := range b.Nodes {
		writeBackendState(w, &b.Nodes[i])
	}
}

func writeBackendState(w io.Writer, n *api.BackendState) {
	fmt.Fprintf(w, "\nat %s in %s: %s\n", n.Node, dash(n.Location), breakerText(&n.Breaker))
	if e := failureText(n.Breaker.LastError); e != "" {
		fmt.Fprintf(w, "last error: %s\n", e)
	}
	if n.Lookup != "" {
		fmt.Fprintf(w, "lookup: %s\n", n.Lookup)
	}
	var lines [][]any
	for i := range n.Addresses {
		d := &n.Addresses[i]
		state := "used"
		if d.Stale {
			state = "stale"
		}
		if d.EjectedUntil != nil {
			state = "ejected until " + moment(d.EjectedUntil)
		}
		lines = append(lines, []any{d.Address, d.Source, fmt.Sprintf("%.0fs", d.AgeSeconds), state, d.InFlight, dash(d.LastError)})
	}
	if len(lines) > 0 {
		rows(w, []any{"ADDRESS", "SOURCE", "AGE", "STATE", "IN FLIGHT", "LAST ERROR"}, lines)
	}
}

// breakerText writes a breaker on one line.
func breakerText(b *api.Breaker) string {
	text := b.State
	if b.Cause != "" {
		text += " (" + b.Cause + ")"
	}
	if b.Since != nil {
		text += " since " + moment(b.Since)
	}
	if b.Until != nil {
		text += " until " + moment(b.Until)
	}
	if b.Share > 0 && b.Share < 1 {
		text += fmt.Sprintf(", lets %.0f %% pass", b.Share*100)
	}
	return text + ", failures " + tally(b) + " attempts"
}

func newBackendDisable(a *asker) *cobra.Command {
	p := api.BackendPatch{Disabled: new(true)}
	cmd := a.orderSafe(&cobra.Command{
		Use: "disable NAME", Short: "Take a backend out of service at every gateway", Args: cobra.ExactArgs(1),
	}, func(ctx context.Context, c *client.Client, args []string, t api.Terms) (api.Change, error) {
		return c.PatchBackend(ctx, args[0], p, t)
	})
	cmd.Flags().StringVar(&p.For, "for", "", "how long, such as 30m; without it, until it is enabled again")
	return cmd
}

func newBackendEnable(a *asker) *cobra.Command {
	return a.orderSafe(&cobra.Command{
		Use: "enable NAME", Short: "Put a backend back into service", Args: cobra.ExactArgs(1),
	}, func(ctx context.Context, c *client.Client, args []string, t api.Terms) (api.Change, error) {
		return c.PatchBackend(ctx, args[0], api.BackendPatch{Disabled: new(false)}, t)
	})
}
