package main

import (
	"context"
	"errors"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"meridian/admin/api"
	"meridian/admin/client"
)

func newNodes(a *asker) *cobra.Command {
	cmd := &cobra.Command{
		Use: "nodes", Short: "The registered nodes", Args: cobra.NoArgs,
		RunE: a.with(func(cmd *cobra.Command, _ []string, c *client.Client) error {
			all, err := c.Nodes(cmd.Context())
			if err != nil {
				return err
			}
			return a.show(cmd.OutOrStdout(), all, func(w io.Writer) { writeNodes(w, all.Nodes) })
		}),
	}
	cmd.AddCommand(a.orderSafe(&cobra.Command{
		Use: "forget NODE", Short: "Forget a node for good", Args: cobra.ExactArgs(1),
	}, func(ctx context.Context, c *client.Client, args []string, t api.Terms) (api.Change, error) {
		return c.ForgetNode(ctx, args[0], t)
	}))
	return cmd
}

func writeNodes(w io.Writer, all []api.Node) {
	var lines [][]any
	for i := range all {
		n := &all[i]
		name := n.Name
		if n.Primary {
			name += " (primary)"
		}
		lines = append(lines, []any{name, dash(n.Location), n.State, n.Member, strings.Join(n.Roles, ","), dash(n.Plan), n.Version, n.ID, n.Why})
	}
	rows(w, []any{"NODE", "LOCATION", "STATE", "MEMBER", "ROLES", "PLAN", "VERSION", "ID", "WHY"}, lines)
}

func newManagement(a *asker) *cobra.Command {
	cmd := &cobra.Command{Use: "management", Short: "Who writes the plan"}
	cmd.AddCommand(a.orderSafe(&cobra.Command{
		Use: "promote NODE --reason WHY", Short: "Make another node the writer of the plan", Args: cobra.ExactArgs(1),
	}, func(ctx context.Context, c *client.Client, args []string, t api.Terms) (api.Change, error) {
		if t.Reason == "" {
			return api.Change{}, errors.New("management promote: want --reason")
		}
		return c.Promote(ctx, args[0], t)
	}))
	return cmd
}
