package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"meridian/admin/api"
	"meridian/admin/client"
)

func newProfile(a *asker) *cobra.Command {
	cmd := &cobra.Command{Use: "profile", Short: "Profiles: see them, switch them"}
	cmd.AddCommand(
		&cobra.Command{
			Use: "list", Short: "All profiles", Args: cobra.NoArgs,
			RunE: a.with(func(cmd *cobra.Command, _ []string, c *client.Client) error {
				all, err := c.Profiles(cmd.Context(), 0)
				if err != nil {
					return err
				}
				return a.show(cmd.OutOrStdout(), all, func(w io.Writer) { writeProfiles(w, &all) })
			}),
		},
		&cobra.Command{
			Use: "show NAME", Short: "One profile with its endpoints", Args: cobra.ExactArgs(1),
			RunE: a.with(func(cmd *cobra.Command, args []string, c *client.Client) error {
				p, err := c.Profile(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				return a.show(cmd.OutOrStdout(), p, func(w io.Writer) { writeProfile(w, &p) })
			}),
		},
		newProfileSwitch(a, "disable", "Switch a profile off: its name is answered by nothing"),
		newProfileSwitch(a, "enable", "Switch a profile on again"),
		newProfileSwitch(a, "reset", "Take away what operators said of a profile: the plan counts"),
	)
	return cmd
}

// newProfileSwitch is disable, enable or reset.
func newProfileSwitch(a *asker, verb, short string) *cobra.Command {
	var length string
	cmd := a.orderSafe(&cobra.Command{
		Use: verb + " NAME", Short: short, Args: cobra.ExactArgs(1),
	}, func(ctx context.Context, c *client.Client, args []string, t api.Terms) (api.Change, error) {
		return c.PatchProfile(ctx, args[0], api.ProfilePatch{Status: statusOf(verb), For: length}, t)
	})
	if verb == "disable" {
		cmd.Flags().StringVar(&length, "for", "", "how long, such as 30m; without it, until it is enabled again")
	}
	return cmd
}

func writeProfiles(w io.Writer, all *api.Profiles) {
	var lines [][]any
	for i := range all.Profiles {
		p := &all.Profiles[i]
		lines = append(lines, []any{p.Name, p.Method, p.TTL, p.MonitorStatus, p.Serving, p.Why})
	}
	rows(w, []any{"PROFILE", "METHOD", "TTL", "STATUS", "SERVING", "WHY"}, lines)
}

func writeProfile(w io.Writer, p *api.Profile) {
	fmt.Fprintf(w, "%s %s, ttl %d, %s, serving %s\n", p.FQDN, p.Method, p.TTL, p.MonitorStatus, p.Serving)
	if f := p.Failover; f != nil {
		fmt.Fprintf(w, "a dead endpoint is left after %.0f to %.0f s by new answers, %.0f to %.0f s by clients with caches\n",
			f.DetectionBest, f.DetectionWorst, f.ClientsBest, f.ClientsWorst)
	}
	var lines [][]any
	for i := range p.Endpoints {
		e := &p.Endpoints[i]
		lines = append(lines, []any{e.Name, e.Target + e.Location + e.Profile, e.MonitorStatus, e.Tier, e.Candidate, e.Why})
	}
	writeSettings(w, p.Settings)
	rows(w, []any{"ENDPOINT", "TARGET", "STATUS", "TIER", "CANDIDATE", "WHY"}, lines)
}
