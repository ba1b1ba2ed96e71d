package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"meridian/configs"
	"meridian/node"
)

func newCheck() *cobra.Command {
	return &cobra.Command{
		Use:   "check FILE...",
		Short: "Check node files and service documents",
		Long: "Takes every step that serve takes up to binding sockets, for each file: a node\n" +
			"file with the service document it names, or a service document alone. It prints\n" +
			"everything that is wrong, with line, value and what is allowed.",
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return check(cmd, args) },
	}
}

func check(cmd *cobra.Command, files []string) error {
	failed := false
	for _, file := range files {
		r, err := node.Check(file)
		if err := r.Warnings.Print(cmd.ErrOrStderr()); err != nil {
			return err
		}
		if err != nil {
			failed = true
			var problems configs.Problems
			if !errors.As(err, &problems) {
				err = fmt.Errorf("%s: %w", file, err)
			}
			report(cmd.ErrOrStderr(), err)
			continue
		}
		fmt.Fprintf(cmd.OutOrStdout(), "%s: ok, %s\n", file, r.Summary)
	}
	if failed {
		return exitError(exitRefused)
	}
	return nil
}
