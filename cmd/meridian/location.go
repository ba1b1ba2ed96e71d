package main

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"meridian/admin/api"
	"meridian/admin/client"
)

func newLocation(a *asker) *cobra.Command {
	cmd := &cobra.Command{Use: "location", Short: "Locations of the service: see them, take them out of service, add and remove them"}
	cmd.AddCommand(
		newLocationList(a), newLocationShow(a),
		newLocationDisable(a), newLocationSwitch(a, "enable", "Put a location back into service"), newLocationSwitch(a, "reset", "Take away what operators said of a location: the plan counts"),
		newLocationAdd(a), newLocationRemove(a), newLocationScale(a),
	)
	return cmd
}

func newLocationList(a *asker) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "All locations: what counts, what the plan says, what operators said", Args: cobra.NoArgs,
		RunE: a.with(func(cmd *cobra.Command, _ []string, c *client.Client) error {
			all, err := c.Locations(cmd.Context())
			if err != nil {
				return err
			}
			return a.show(cmd.OutOrStdout(), all, func(w io.Writer) {
				var lines [][]any
				for i := range all.Locations {
					l := &all.Locations[i]
					line := append([]any{l.ID, l.Name, l.Status}, locationColumns(l)...)
					lines = append(lines, append(line, l.Why))
				}
				rows(w, []any{"LOCATION", "NAME", "STATUS", "EFFECTIVE", "PLAN", "INTENT", "WHY"}, lines)
			})
		}),
	}
}

// locationColumns is columns of disableGateway; of a node that knows no
// operators' values, what counts.
func locationColumns(l *api.Location) []any {
	if len(l.Settings) == 0 {
		return []any{word("disableGateway", strconv.FormatBool(l.DisableGateway)), "-", "-"}
	}
	return columns(l.Settings, "disableGateway")
}

func newLocationShow(a *asker) *cobra.Command {
	return &cobra.Command{
		Use: "show NAME", Short: "One location: switches, gateways, and what still arrives", Args: cobra.ExactArgs(1),
		RunE: a.with(func(cmd *cobra.Command, args []string, c *client.Client) error {
			l, err := c.Location(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			return a.show(cmd.OutOrStdout(), l, func(w io.Writer) { writeLocation(w, &l) })
		}),
	}
}

func writeLocation(w io.Writer, l *api.Location) {
	fmt.Fprintf(w, "%s (%s), %s: %s\n", l.ID, l.Name, l.Status, l.Why)
	capacity := "not said"
	if l.Capacity > 0 {
		capacity = strconv.Itoa(l.Capacity)
	}
	fmt.Fprintf(w, "capacity %s, live nodes %d: %s\n", capacity, l.LiveNodes, dash(strings.Join(l.Nodes, " ")))
	writeSettings(w, l.Settings)
	var lines [][]any
	for i := range l.Gateways {
		g := &l.Gateways[i]
		lines = append(lines, []any{g.Node, g.Address, g.Verdict, dash(g.State)})
	}
	rows(w, []any{"NODE", "GATEWAY", "VERDICT", "STATE"}, lines)
	if n := l.Arrivals; n != nil {
		fmt.Fprintf(w, "arrivals: %d served, %d relayed, %d refused, last late %s\n", n.Served, n.Relayed, n.Refused, moment(n.LastLate))
		fmt.Fprintln(w, n.Text)
	}
}

// newLocationDisable takes a location out of service, whole or for a share of
// its clients.
func newLocationDisable(a *asker) *cobra.Command {
	p := api.LocationPatch{DisableGateway: new(true)}
	cmd := a.orderSafe(&cobra.Command{
		Use: "disable NAME", Short: "Take a location out of service", Args: cobra.ExactArgs(1),
		Long: "Takes a location out of service, at whichever node is asked: its name servers'\n" +
			"answers leave it out, and requests that still arrive are carried elsewhere.\n" +
			"The exit code is 0 when all reachable nodes serve it (see --wait), 3 when it is\n" +
			"accepted and some do not yet, 1 when it is refused, and 4 when that is unknown.",
	}, func(ctx context.Context, c *client.Client, args []string, t api.Terms) (api.Change, error) {
		return c.PatchLocation(ctx, args[0], p, t)
	})
	cmd.Flags().StringVar(&p.For, "for", "", "how long, such as 30m; without it, until it is enabled again")
	cmd.Flags().StringVar(&p.Share, "share", "", "send only this share of the clients elsewhere, such as 20%")
	return cmd
}

// newLocationSwitch is enable, or reset.
func newLocationSwitch(a *asker, verb, short string) *cobra.Command {
	return a.orderSafe(&cobra.Command{
		Use: verb + " NAME", Short: short, Args: cobra.ExactArgs(1),
	}, func(ctx context.Context, c *client.Client, args []string, t api.Terms) (api.Change, error) {
		p := api.LocationPatch{}
		if verb == "enable" {
			p.DisableGateway = new(false)
		}
		return c.PatchLocation(ctx, args[0], p, t)
	})
}

func newLocationAdd(a *asker) *cobra.Command {
	o := api.LocationOrder{}
	disabled := true
	var latitude, longitude float64
	cmd := &cobra.Command{Use: "add NAME", Short: "Add a location to the plan; it starts disabled", Args: cobra.ExactArgs(1)}
	f := cmd.Flags()
	f.IntVar(&o.Capacity, "capacity", 0, "nodes it shall have")
	f.StringSliceVar((*[]string)(&o.Zones), "zones", nil, "its zones")
	f.BoolVar(&disabled, "disabled", true, "start out of service")
	f.Float64Var(&latitude, "latitude", 0, "where it is; not needed for well-known cloud regions")
	f.Float64Var(&longitude, "longitude", 0, "where it is")
	cmd.MarkFlagsRequiredTogether("latitude", "longitude")
	return a.order(cmd, func(ctx context.Context, c *client.Client, args []string, t api.Terms) (api.Change, error) {
		o.Name, o.Disabled = args[0], &disabled
		if f.Changed("latitude") {
			o.Latitude, o.Longitude = &latitude, &longitude
		}
		return c.AddLocation(ctx, o, t)
	})
}

func newLocationRemove(a *asker) *cobra.Command {
	now := false
	cmd := a.orderSafe(&cobra.Command{
		Use: "remove NAME", Short: "Take a location out of the plan, once nobody arrives there", Args: cobra.ExactArgs(1),
	}, func(ctx context.Context, c *client.Client, args []string, t api.Terms) (api.Change, error) {
		return c.RemoveLocation(ctx, args[0], now, t)
	})
	cmd.Flags().BoolVar(&now, "now", false, "do not wait until arrivals end")
	return cmd
}

func newLocationScale(a *asker) *cobra.Command {
	return a.order(&cobra.Command{
		Use: "scale NAME N", Short: "Say how many nodes a location shall have", Args: cobra.ExactArgs(2),
	}, func(ctx context.Context, c *client.Client, args []string, t api.Terms) (api.Change, error) {
		n, err := strconv.Atoi(args[1])
		if err != nil || n < 1 {
			return api.Change{}, fmt.Errorf("capacity %q: want a number of nodes from 1", args[1])
		}
		return c.ScaleLocation(ctx, args[0], n, t)
	})
}
