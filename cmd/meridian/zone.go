package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"meridian/admin/api"
	"meridian/admin/client"
)

func newZone(a *asker) *cobra.Command {
	cmd := &cobra.Command{Use: "zone", Short: "The delegation of the zone"}
	cmd.AddCommand(
		&cobra.Command{
			Use: "delegation", Short: "NS and glue records for the parent zone", Args: cobra.NoArgs,
			RunE: a.with(func(cmd *cobra.Command, _ []string, c *client.Client) error {
				z, err := c.Zone(cmd.Context())
				if err != nil {
					return err
				}
				return a.show(cmd.OutOrStdout(), z.Lines, func(w io.Writer) {
					for _, line := range z.Lines {
						fmt.Fprintln(w, line)
					}
				})
			}),
		},
		&cobra.Command{
			Use: "check", Short: "Compare the parent and every name server; exit 0 only if all agree", Args: cobra.NoArgs,
			RunE: a.with(func(cmd *cobra.Command, _ []string, c *client.Client) error {
				z, err := c.CheckZone(cmd.Context())
				if err != nil {
					return err
				}
				if err := a.show(cmd.OutOrStdout(), z, func(w io.Writer) { writeZoneCheck(w, &z) }); err != nil {
					return err
				}
				if !z.OK {
					return exitError(exitRefused)
				}
				return nil
			}),
		})
	return cmd
}

func writeZoneCheck(w io.Writer, z *api.ZoneCheck) {
	var lines [][]any
	for _, p := range z.Asked {
		ok := "ok"
		if !p.OK {
			ok = "FAILED"
		}
		lines = append(lines, []any{p.Server, p.Role, p.Transport, ok, p.Detail})
	}
	rows(w, []any{"SERVER", "ROLE", "TRANSPORT", "", "DETAIL"}, lines)
	for _, t := range z.Text {
		fmt.Fprintln(w, t)
	}
	if z.OK {
		fmt.Fprintln(w, "parent and name servers agree")
	}
}
