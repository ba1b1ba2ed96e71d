package main

import (
	"io"

	"github.com/spf13/cobra"

	"meridian/admin/client"
)

func newLocation(a *asker) *cobra.Command {
	cmd := &cobra.Command{Use: "location", Short: "Locations of the service"}
	cmd.AddCommand(&cobra.Command{
		Use: "list", Short: "All locations as they stand", Args: cobra.NoArgs,
		RunE: a.with(func(cmd *cobra.Command, _ []string, c *client.Client) error {
			all, err := c.Locations(cmd.Context())
			if err != nil {
				return err
			}
			return a.show(cmd.OutOrStdout(), all, func(w io.Writer) {
				var lines [][]any
				for i := range all.Locations {
					l := &all.Locations[i]
					lines = append(lines, []any{l.ID, l.Name, l.DisableGateway, l.Status, l.Why})
				}
				rows(w, []any{"LOCATION", "NAME", "DISABLED", "STATUS", "WHY"}, lines)
			})
		}),
	})
	return cmd
}
