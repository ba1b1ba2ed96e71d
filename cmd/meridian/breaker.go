package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"meridian/admin/api"
	"meridian/admin/client"
)

func newBreaker(a *asker) *cobra.Command {
	cmd := &cobra.Command{Use: "breaker", Short: "Circuit breakers of backends: see which are open, trip them, reset them (backend show NAME shows all of one)"}
	cmd.AddCommand(newBreakerList(a), newBreakerTrip(a), newBreakerReset(a))
	return cmd
}

func newBreakerList(a *asker) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "Breakers that are not closed, at every gateway, as the gateways told", Args: cobra.NoArgs,
		RunE: a.with(func(cmd *cobra.Command, _ []string, c *client.Client) error {
			all, err := c.Breakers(cmd.Context())
			if err != nil {
				return err
			}
			return a.show(cmd.OutOrStdout(), all, func(w io.Writer) { writeBreakers(w, &all) })
		}),
	}
}

func writeBreakers(w io.Writer, all *api.Breakers) {
	var lines [][]any
	for i := range all.Breakers {
		o := &all.Breakers[i]
		state, since, cause := o.Breaker.State, moment(o.Breaker.Since), dash(o.Breaker.Cause)
		if o.Disabled && state == "closed" {
			since, cause = "-", "-" // those of the breaker, which keeps nobody away
		}
		if o.Disabled {
			state += ", disabled"
		}
		lines = append(lines, []any{
			o.Backend, state, dash(o.Location), o.Node, since, moment(o.Breaker.Until), cause,
			dash(failureText(o.Breaker.LastError)), fmt.Sprintf("%.0fs", o.AgeSeconds),
		})
	}
	if len(lines) == 0 {
		fmt.Fprintln(w, "no breaker is known to be open")
	} else {
		rows(w, []any{"BACKEND", "STATE", "LOCATION", "NODE", "SINCE", "UNTIL", "CAUSE", "LAST ERROR", "AGE"}, lines)
	}
	for i := range all.Nodes {
		writeBreakerNews(w, &all.Nodes[i])
	}
}

// writeBreakerNews writes what the list lacks of a gateway.
func writeBreakerNews(w io.Writer, n *api.BreakerNews) {
	if n.Omitted > 0 {
		fmt.Fprintf(w, "%s in %s: %d more are not shown\n", n.Node, n.Location, n.Omitted)
	}
	switch {
	case n.Problem != "" && n.At != nil:
		fmt.Fprintf(w, "%s in %s, %.0fs ago: %s\n", n.Node, n.Location, n.AgeSeconds, n.Problem)
	case n.Problem != "":
		fmt.Fprintf(w, "%s in %s: %s\n", n.Node, n.Location, n.Problem)
	}
}

func newBreakerTrip(a *asker) *cobra.Command {
	o := api.BreakerTrip{}
	cmd := a.orderSafe(&cobra.Command{
		Use: "trip NAME --for 10m --reason WHY", Short: "Open a backend's breaker at every gateway, for a time", Args: cobra.ExactArgs(1),
	}, func(ctx context.Context, c *client.Client, args []string, t api.Terms) (api.Change, error) {
		if t.Reason == "" {
			return api.Change{}, errors.New("breaker trip: want --reason")
		}
		return c.TripBreaker(ctx, args[0], o, t)
	})
	cmd.Flags().StringVar(&o.For, "for", "", "how long, such as 10m; then it recovers as after a trip of its own")
	_ = cmd.MarkFlagRequired("for")
	return cmd
}

func newBreakerReset(a *asker) *cobra.Command {
	o := api.BreakerReset{}
	cmd := a.orderSafe(&cobra.Command{
		Use: "reset NAME", Short: "Close a backend's breaker at every gateway; its rule counts from zero", Args: cobra.ExactArgs(1),
	}, func(ctx context.Context, c *client.Client, args []string, t api.Terms) (api.Change, error) {
		return c.ResetBreaker(ctx, args[0], o, t)
	})
	cmd.Flags().StringVar(&o.For, "for", "", "how long nothing trips it, such as 10m (default 10s)")
	return cmd
}
