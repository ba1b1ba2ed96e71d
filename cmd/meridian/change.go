package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"meridian/admin/api"
	"meridian/admin/client"
)

func newChange(a *asker) *cobra.Command {
	cmd := &cobra.Command{Use: "change", Short: "Accepted changes, and which nodes serve them"}
	cmd.AddCommand(newChangeList(a), newChangeShow(a), newChangeWait(a))
	return cmd
}

func newChangeList(a *asker) *cobra.Command {
	var limit int
	cmd := &cobra.Command{
		Use: "list", Short: "Changes, newest first", Args: cobra.NoArgs,
		RunE: a.with(func(cmd *cobra.Command, _ []string, c *client.Client) error {
			all, err := c.Changes(cmd.Context(), limit)
			if err != nil {
				return err
			}
			return a.show(cmd.OutOrStdout(), all, func(w io.Writer) { writeChanges(w, all.Changes) })
		}),
	}
	cmd.Flags().IntVar(&limit, "limit", 20, "most changes to list")
	return cmd
}

func writeChanges(w io.Writer, all []api.Change) {
	var lines [][]any
	for i := range all {
		c := &all[i]
		lines = append(lines, []any{c.ID, moment(&c.At), c.Object, c.Property, c.Value, c.By, fmt.Sprintf("%d of %d", len(c.Applied), len(c.Applied)+len(c.Missing)), c.Reason})
	}
	rows(w, []any{"CHANGE", "AT", "OBJECT", "PROPERTY", "VALUE", "BY", "APPLIED", "REASON"}, lines)
}

func newChangeShow(a *asker) *cobra.Command {
	return &cobra.Command{
		Use: "show ID", Short: "One change, as it stands", Args: cobra.ExactArgs(1),
		RunE: a.with(func(cmd *cobra.Command, args []string, c *client.Client) error {
			change, err := c.Change(cmd.Context(), args[0], api.Terms{})
			if err != nil {
				return err
			}
			return a.show(cmd.OutOrStdout(), change, func(w io.Writer) { writeChange(w, &change) })
		}),
	}
}

func newChangeWait(a *asker) *cobra.Command {
	var wait string
	cmd := &cobra.Command{
		Use: "wait ID", Short: "Wait up to --timeout until nodes serve a change; exit 3 if they do not", Args: cobra.ExactArgs(1),
		RunE: a.with(func(cmd *cobra.Command, args []string, c *client.Client) error {
			change, err := c.Change(cmd.Context(), args[0], api.Terms{Wait: wait, Timeout: a.timeout})
			if err != nil {
				return err
			}
			return a.showChange(cmd.OutOrStdout(), &change)
		}),
	}
	cmd.Flags().StringVar(&wait, "wait", api.WaitReachable, "nodes to wait for: reachable or all")
	return cmd
}
