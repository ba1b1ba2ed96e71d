package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"meridian/admin/api"
	"meridian/admin/client"
)

func newStatus(a *asker) *cobra.Command {
	var ready bool
	cmd := &cobra.Command{
		Use:   "status",
		Short: "One screen; exit 0 only if all is well",
		Args:  cobra.NoArgs,
		RunE: a.with(func(cmd *cobra.Command, _ []string, c *client.Client) error {
			if ready {
				return showReady(cmd, a, c)
			}
			s, err := c.Status(cmd.Context())
			if err != nil {
				return err
			}
			if err := a.show(cmd.OutOrStdout(), s, func(w io.Writer) { writeStatus(w, &s) }); err != nil {
				return err
			}
			if !s.OK {
				return exitError(exitRefused)
			}
			return nil
		}),
	}
	cmd.Flags().BoolVar(&ready, "ready", false, "only whether a plan is served: exit 0 also while endpoints are down")
	return cmd
}

// showReady tells whether the node serves, for health checks of its container.
func showReady(cmd *cobra.Command, a *asker, c *client.Client) error {
	r, err := c.Ready(cmd.Context())
	if err != nil {
		return err
	}
	err = a.show(cmd.OutOrStdout(), r, func(w io.Writer) {
		if r.Ready {
			fmt.Fprintln(w, "ready")
		}
		for _, reason := range r.Reasons {
			fmt.Fprintln(w, "not ready: "+reason)
		}
	})
	if err == nil && !r.Ready {
		return exitError(exitRefused)
	}
	return err
}

func writeStatus(w io.Writer, s *api.Status) {
	fmt.Fprintf(w, "node %s in %s, roles %s, version %s, up since %s\n", s.Node, s.Location, strings.Join(s.Roles, " "), s.Version, s.Started.Format("2006-01-02 15:04:05Z"))
	fmt.Fprintf(w, "zone %s, plan %d from %s (%.12s)", s.Zone, s.Plan.Serial, s.Plan.Source, s.Plan.Hash)
	if s.Plan.Durable {
		fmt.Fprint(w, ", safe on disk")
	}
	switch {
	case s.Plan.Provision:
		fmt.Fprint(w, ", provisional: no node has written one yet")
	case s.Cluster:
		fmt.Fprintf(w, ", written by %s", s.Writer)
	}
	fmt.Fprintf(w, "\nlisteners %s\n%d queries answered, snapshot %d\n\n", strings.Join(s.Listeners, ", "), s.Queries, s.Generation)
	line := func(name string, c api.Count) []any { return []any{name, c.Total, c.Good, c.Bad, c.Off} }
	rows(w, []any{"", "TOTAL", "GOOD", "BAD", "OFF"}, [][]any{
		line("profiles", s.Profiles), line("endpoints", s.Endpoints), line("locations", s.Locations), line("targets", s.Targets),
		line("nodes", s.Nodes),
	})
	if s.OK {
		fmt.Fprintln(w, "\nall is well")
	}
	for i, p := range s.Problems {
		if i == 0 {
			fmt.Fprintln(w)
		}
		fmt.Fprintf(w, "%s: %s\n", p.Severity, p.Text)
	}
}
