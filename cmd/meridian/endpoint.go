package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"meridian/admin/api"
	"meridian/admin/client"
)

func newEndpoint(a *asker) *cobra.Command {
	cmd := &cobra.Command{Use: "endpoint", Short: "Endpoints of profiles, as PROFILE/ENDPOINT"}
	cmd.AddCommand(
		newEndpointList(a), newEndpointShow(a), newEndpointDisable(a),
		newEndpointSwitch(a, "enable", "Put an endpoint back into service"), newEndpointSwitch(a, "reset", "Take away what operators said of an endpoint: the plan counts"),
	)
	return cmd
}

// splitEndpoint reads PROFILE/ENDPOINT.
func splitEndpoint(arg string) (profile, endpoint string, err error) {
	profile, endpoint, found := strings.Cut(arg, "/")
	if !found || profile == "" || endpoint == "" {
		return "", "", fmt.Errorf("endpoint %q: want PROFILE/ENDPOINT, such as shop/us", arg)
	}
	return profile, endpoint, nil
}

func newEndpointList(a *asker) *cobra.Command {
	return &cobra.Command{
		Use: "list PROFILE", Short: "The endpoints of a profile", Args: cobra.ExactArgs(1),
		RunE: a.with(func(cmd *cobra.Command, args []string, c *client.Client) error {
			p, err := c.Profile(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			return a.show(cmd.OutOrStdout(), p.Endpoints, func(w io.Writer) {
				var lines [][]any
				for i := range p.Endpoints {
					e := &p.Endpoints[i]
					line := append([]any{p.Name + "/" + e.Name, e.MonitorStatus}, columns(e.Settings, "endpointStatus")...)
					lines = append(lines, append(line, e.Why))
				}
				rows(w, []any{"ENDPOINT", "STATUS", "EFFECTIVE", "PLAN", "INTENT", "WHY"}, lines)
			})
		}),
	}
}

func newEndpointShow(a *asker) *cobra.Command {
	return &cobra.Command{
		Use: "show PROFILE/ENDPOINT", Short: "One endpoint", Args: cobra.ExactArgs(1),
		RunE: a.with(func(cmd *cobra.Command, args []string, c *client.Client) error {
			profile, name, err := splitEndpoint(args[0])
			if err != nil {
				return err
			}
			p, err := c.Profile(cmd.Context(), profile)
			if err != nil {
				return err
			}
			for i := range p.Endpoints {
				if e := &p.Endpoints[i]; e.Name == name {
					return a.show(cmd.OutOrStdout(), e, func(w io.Writer) {
						fmt.Fprintf(w, "%s/%s %s, %s: %s\n", profile, name, e.Target+e.Location+e.Profile, e.MonitorStatus, e.Why)
						writeSettings(w, e.Settings)
					})
				}
			}
			return fmt.Errorf("endpoint %q: profile %s has no such endpoint", name, profile)
		}),
	}
}

func newEndpointDisable(a *asker) *cobra.Command {
	status := "Disabled"
	p := api.EndpointPatch{Status: &status}
	cmd := a.orderSafe(&cobra.Command{
		Use: "disable PROFILE/ENDPOINT", Short: "Take an endpoint out of service", Args: cobra.ExactArgs(1),
	}, func(ctx context.Context, c *client.Client, args []string, t api.Terms) (api.Change, error) {
		return patchEndpoint(ctx, c, args[0], p, t)
	})
	cmd.Flags().StringVar(&p.For, "for", "", "how long, such as 30m; without it, until it is enabled again")
	cmd.Flags().StringVar(&p.Share, "share", "", "send only this share of the clients elsewhere, such as 20%")
	return cmd
}

// newEndpointSwitch is enable, or reset.
func newEndpointSwitch(a *asker, verb, short string) *cobra.Command {
	return a.orderSafe(&cobra.Command{
		Use: verb + " PROFILE/ENDPOINT", Short: short, Args: cobra.ExactArgs(1),
	}, func(ctx context.Context, c *client.Client, args []string, t api.Terms) (api.Change, error) {
		return patchEndpoint(ctx, c, args[0], api.EndpointPatch{Status: statusOf(verb)}, t)
	})
}

func patchEndpoint(ctx context.Context, c *client.Client, arg string, p api.EndpointPatch, t api.Terms) (api.Change, error) {
	profile, endpoint, err := splitEndpoint(arg)
	if err != nil {
		return api.Change{}, err
	}
	return c.PatchEndpoint(ctx, profile, endpoint, p, t)
}

// statusOf returns the status a verb sets; nil for reset.
func statusOf(verb string) *string {
	status := map[string]string{"enable": "Enabled", "disable": "Disabled"}[verb]
	if status == "" {
		return nil
	}
	return &status
}
