package main

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"

	"meridian/node"
)

func newVersion() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Show the version and what is built in",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			fmt.Fprintf(cmd.OutOrStdout(), "meridian %s (%s, %s/%s)\n", version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
			origin, err := node.EmbeddedGeo()
			if err != nil {
				return err
			}
			fmt.Fprintln(cmd.OutOrStdout(), origin)
			return nil
		},
	}
}
