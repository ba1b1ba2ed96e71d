package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"meridian/admin/api"
	"meridian/admin/client"
)

func newEvents(a *asker) *cobra.Command {
	var follow bool
	cmd := &cobra.Command{
		Use: "events", Short: "What happened", Args: cobra.NoArgs,
		RunE: a.with(func(cmd *cobra.Command, _ []string, c *client.Client) error {
			w := cmd.OutOrStdout()
			if follow {
				return c.Stream(cmd.Context(), "", func(e api.Event) error {
					writeEvent(w, &e)
					return nil
				})
			}
			all, err := c.Events(cmd.Context(), "", 0)
			if err != nil {
				return err
			}
			return a.show(w, all, func(w io.Writer) {
				for i := range all.Events {
					writeEvent(w, &all.Events[i])
				}
			})
		}),
	}
	cmd.Flags().BoolVarP(&follow, "follow", "f", false, "go on with what happens from now on")
	return cmd
}

func writeEvent(w io.Writer, e *api.Event) {
	fmt.Fprintf(w, "%s  %-20s %s\n", e.At.Format("2006-01-02 15:04:05.000Z"), e.Kind, e.Text)
}
